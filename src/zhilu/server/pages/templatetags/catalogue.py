"""How the catalogue's values look on a page."""

from __future__ import annotations

from typing import Any

from django import template

from zhilu.server.catalogue.services.differences import Field, pieces
from zhilu.server.pages import words_catalogue as words

register = template.Library()
TABLES = {"field": words.FIELDS, "part": words.PARTS, "how": words.HOW, "decision": words.DECISIONS}


@register.filter
def named(code: str, table: str) -> str:
    return str(TABLES[table].get(code, code))


@register.filter
def kept_for(retention: str) -> str:
    return words.kept_for(retention)


@register.filter
def in_words(value: Any, field: str) -> str:
    return words.in_words(field, value)


@register.filter
def marked(field: Field) -> list[tuple[str, str]]:
    """What is gone and what is new in it, in words."""
    return list(pieces(words.in_words(field.name, field.was), words.in_words(field.name, field.now)))
