"""The language of the programs' own messages: Simplified Chinese unless the reader asks for English.

English msgids; catalogue `locale/zh_Hans/LC_MESSAGES/zhilu.po`, compiled by `make setup`. The choice, first
that speaks: `--lang`, `ZHILU_LANG`, LC_ALL or LANG beginning with "en", else Chinese. The Django server and
the pages have catalogues of their own (`scripts/catalogues.py` checks all three).
"""

import gettext
import os
from collections.abc import Mapping
from pathlib import Path

from zhilu.errors import ZhiluError, fill, plain

LANGUAGES = ("zh", "en")
LOCALE_FOLDER = Path(__file__).parent / "locale"

_catalogue: gettext.NullTranslations = gettext.NullTranslations()
_language = "en"


def wanted_language(environ: Mapping[str, str]) -> str:
    """Which language the environment asks for."""
    asked = environ.get("ZHILU_LANG", "").lower()[:2]
    if asked in LANGUAGES:
        return asked
    locale = environ.get("LC_ALL") or environ.get("LANG") or ""
    return "en" if locale.lower().startswith("en") else "zh"


def use_language(language: str) -> None:
    """Set the language of this process: "zh" or "en"."""
    global _catalogue, _language
    _language, _catalogue = language, _read(language)


def told(msgid: str, language: str) -> str:
    """The sentence in another language than the process's own."""
    return _read(language).gettext(msgid)


def _read(language: str) -> gettext.NullTranslations:
    # No fallback: a missing catalogue is a broken installation, not an English one.
    if language == "zh":
        return gettext.translation("zhilu", LOCALE_FOLDER, languages=["zh_Hans"])
    return gettext.NullTranslations()


def language() -> str:
    """The language in use: "zh" or "en"."""
    return _language


def _(msgid: str) -> str:
    """The sentence in the language in use. The msgid must stand as a literal where this is called."""
    return _catalogue.gettext(msgid) if msgid else ""


def N_(msgid: str) -> str:
    """Mark a msgid for the catalogue without translating it here (error messages, tables)."""
    return msgid


SYSTEM = (
    N_("No such file or directory"),
    N_("Permission denied"),
    N_("File exists"),
    N_("Is a directory"),
    N_("Not a directory"),
    N_("No space left on device"),
    N_("Read-only file system"),
    N_("Address already in use"),
    N_("Connection refused"),
)
"""What an operating system says most, in place of a reason."""


def error_line(error: ZhiluError) -> str:
    """One plain line for a person: the hint in the language in use, then the code to quote to support."""
    named = " ".join(f"{name}={value}" for name, value in error.fields.items())
    fields = {name: _(one) if one in SYSTEM else one for name, one in error.fields.items()}
    sentence = fill(_(error.hint), fields) or named or _("No further explanation.")
    return plain(f"{sentence} [{error.code}]")


use_language(
    wanted_language(os.environ) if (LOCALE_FOLDER / "zh_Hans/LC_MESSAGES/zhilu.mo").exists() else "en"
)
