"""What of a text a reader sees: not controls, marks of direction and of variants, fillers."""

from __future__ import annotations

import re
import unicodedata

_HIDDEN = re.compile(
    "[\\u034f\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u2065\\u2800\\u3164\\ufe00-\\ufe0f\\uffa0"
    "\\ufff0-\\ufff8\\U000e0000-\\U000e0fff]"
)
"""Fillers and selectors of variants; controls and marks of direction have a class of their own."""


def seen(text: str) -> str:
    """Blanks stay."""
    return "".join(one for one in text if one.isspace() or not _is_hidden(one))


def is_unseen(text: str) -> bool:
    """Whether it looks empty and is not: blanks alone are no such text, everybody strips them."""
    text = text.strip()
    # The first says it of nearly every text, and there are many in a file.
    return bool(text) and _is_hidden(text[0]) and not seen(text).strip()


def _is_hidden(one: str) -> bool:
    return unicodedata.category(one) in ("Cc", "Cf") or bool(_HIDDEN.match(one))
