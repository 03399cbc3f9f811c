"""What a browser is shown that came under another name than the room's, or that sent something from a page of
another origin: what is wrong, and where the room is, in words and as a link. Plain text in one page: scripts
and styles of the room are not served under another name either. Made at the start, as everything that is
served.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape

from aiohttp import web

from zhilu import i18n
from zhilu.errors import CallerError, fill
from zhilu.i18n import N_

LANGUAGES = {"zh": "zh-CN", "en": "en"}
TITLES = {
    "host": N_("There is no viewing room under this name."),
    "foreign-page": N_("This was sent from a page of another address."),
}
HTML = """<!doctype html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<title>{title}</title>
</head>
<body>
<main>
<h1>{title}</h1>
<p>{says}</p>
<p><a href="{url}">{url}</a></p>
</main>
</body>
</html>
"""


def is_not_here(origin: str) -> CallerError:
    return CallerError("host", "This place is {origin}.", origin=origin)


def is_foreign(origin: str) -> CallerError:
    return CallerError(
        "foreign-page", "The viewing room takes what its own pages send: those of {origin}.", origin=origin
    )


def pages(origin: str) -> dict[tuple[str, str], str]:
    """Code of the refusal and language → the page."""
    errors = (is_not_here(origin), is_foreign(origin))
    return {(error.code, language): _page(language, error) for error in errors for language in LANGUAGES}


def _page(language: str, error: CallerError) -> str:
    told = {
        "lang": LANGUAGES[language],
        "title": i18n.told(TITLES[error.code], language),
        "says": fill(i18n.told(error.hint, language), error.fields),
        "url": f"{error.fields['origin']}/",
    }
    return HTML.format(**{name: escape(value) for name, value in told.items()})


def answer(request: web.Request, status: int, code: str, made: Mapping[tuple[str, str], str]) -> web.Response:
    language = wanted(request.headers.get("Accept-Language", ""))
    return web.Response(status=status, text=made[code, language], content_type="text/html", charset="utf-8")


def wanted(accepted: str) -> str:
    """As the room's pages choose: the first of both that is named, else Chinese."""
    for one in accepted[:1000].split(","):
        if found := re.match(r"\s*(zh|en)\b", one, re.IGNORECASE):
            return found[1].lower()
    return "zh"
