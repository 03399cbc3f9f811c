"""The viewing room's static files, read into memory at the start: after dropping privileges nothing is
opened.

Only what a page needs is served: names of the kinds below, out of the browser folder, no Python, nothing
hidden. All pages have one head, which names the page's own module, and all that this one imports: so they
come side by side, not one wave after the other.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import PurePosixPath

from zhilu.encoding import sha256
from zhilu.errors import WorldError

TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}
HEAD, NAME = "pages/page.html", b"PAGE"
PRELOAD = '<link rel="modulepreload" href="/browser/{}">\n'
IMPORT = re.compile(r'^(?:import|export)\b[^"\';]*?["\'](\.{1,2}/[^"\']+)["\']', re.MULTILINE)
MAX_FILES = 2000
PAGES = {
    "/": "home",
    "/request": "request",
    "/register": "register",
    "/witness": "witness",
    "/keys": "keys",
    "/viewings/{viewing}": "viewing",
    "/viewings/{viewing}/decide": "decide",
    "/viewings/{viewing}/report": "report",
}
NOTHING = "nothing"
"""The page of every other address."""


@dataclass(frozen=True)
class Page:
    body: bytes
    content_type: str
    etag: str


def load_pages(folder: Traversable | None = None) -> dict[str, Page]:
    """Path below the browser folder → file."""
    found: dict[str, Page] = {}
    _collect(folder or files("zhilu").joinpath("browser"), "", found)
    names = [*PAGES.values(), NOTHING]
    missing = [
        name for name in ("page.html", *(f"{one}.js" for one in names)) if f"pages/{name}" not in found
    ]
    if missing:
        raise WorldError(
            "no-pages", "The viewing room's page {page} is missing: run `make setup`.", page=missing[0]
        )
    head = found.pop(HEAD).body
    for name in names:
        links = "".join(PRELOAD.format(one) for one in imported(found, f"pages/{name}.js"))
        body = head.replace(NAME, name.encode()).replace(b"</head>", links.encode() + b"</head>")
        found[f"pages/{name}.html"] = _page(body, TYPES[".html"])
    return found


def imported(found: Mapping[str, Page], name: str) -> list[str]:
    """Modules that a module needs at its start, the nearest first."""
    needed = [name]
    for one in needed:
        for path in IMPORT.findall(found[one].body.decode()) if one in found else ():
            target = posixpath.normpath(posixpath.join(posixpath.dirname(one), path))
            if target not in needed:
                needed.append(target)
    return needed[1:]


def _collect(folder: Traversable, prefix: str, found: dict[str, Page]) -> None:
    for item in folder.iterdir():
        name = prefix + item.name
        if item.name.startswith((".", "__")) or len(found) >= MAX_FILES:
            continue
        if item.is_dir():
            _collect(item, name + "/", found)
        elif (kind := TYPES.get(PurePosixPath(item.name).suffix)) and not item.name.endswith(".d.ts"):
            found[name] = _page(item.read_bytes(), kind)


def _page(body: bytes, kind: str) -> Page:
    return Page(body, kind, f'"{sha256(body).hex()[:32]}"')
