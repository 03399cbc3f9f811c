"""Texts as the kiosk's browser sends them, made ready to be signed."""

from __future__ import annotations

from collections.abc import Mapping

from zhilu.errors import CallerError
from zhilu.protocols.word_forms import ELEMENTS
from zhilu.seen import is_unseen


def clean_elements(texts: Mapping[str, object]) -> dict[str, str]:
    """In their order, without those that say nothing."""
    if not all(name in ELEMENTS and isinstance(text, str) for name, text in texts.items()):
        raise CallerError("elements", "There are seven elements, each a text.")
    found = {name: clean(str(texts[name])) for name in ELEMENTS if name in texts}
    return {name: text for name, text in found.items() if text}


def clean(text: str) -> str:
    """What a browser's fields add is taken away: other ends of lines, tabs, space around; and of a text in
    which nothing is seen all, for the county takes none.
    """
    found = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ").strip()
    return "" if is_unseen(found) else found
