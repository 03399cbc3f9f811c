"""Errors in three families: who has to act?

- CallerError: whoever called us erred (a wrong option, a wrong order of steps). Trying again changes nothing.
- DataError: what came in is bad (damaged, forged, not of this bureau). It is refused and recorded.
- WorldError: the world failed (disk full, TCP port in use, peer away). Trying again later may work.

Each carries a stable `code` (kebab-case, for programs, pages and tests), `fields` (what the sentence names)
and a `hint`: an English msgid, one sentence for the person in front of it, with `{field}` where a field
belongs. Edges translate it (`zhilu.i18n.error_line`, the pages' catalogues) and fill the fields in
afterwards.

Fields go to logs and screens: no keys, no plaintext, no personal text. What others said may be among them,
so the whole line goes through `plain`.
Bad evidence is not an error: verification returns a report.
"""

from __future__ import annotations

from typing import TypeVar

E = TypeVar("E", bound=BaseException)


class ZhiluError(Exception):
    """Base of the three families."""

    def __init__(self, code: str, hint: str = "", **fields: object) -> None:
        super().__init__(code)
        self.code = code
        self.hint = hint
        self.fields = fields

    def __str__(self) -> str:
        """For logs: code, fields, hint, in English."""
        named = " ".join(f"{name}={value}" for name, value in self.fields.items())
        return plain(" ".join(part for part in (self.code, named, fill(self.hint, self.fields)) if part))


class CallerError(ZhiluError):
    """Whoever called us erred."""


class DataError(ZhiluError):
    """What came in is bad."""


class WorldError(ZhiluError):
    """The world failed; trying again may work."""


def bare(error: E) -> E:
    """Without where it was raised and because of what: that holds every local of every frame. For whoever
    keeps many errors.
    """
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)


def plain(text: object) -> str:
    """On one line, nothing that a terminal would obey: so that nobody's words end a line of ours, or clear
    the screen and write their own.
    """
    return "".join(char if char.isprintable() else "�" for char in str(text))


def fill(sentence: str, fields: dict[str, object]) -> str:
    """Put fields into a sentence. A sentence that names a field it was not given stays as it is: never a
    second error.
    """
    try:
        return sentence.format(**fields)
    except (KeyError, IndexError, ValueError, AttributeError):
        return sentence
