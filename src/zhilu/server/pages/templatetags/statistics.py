"""A number and a rate of statistics as they look. A page has a thousand of them: a template each would take
longer than all counting.
"""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from zhilu.server.pages.services.statistics_page import Cell

register = template.Library()
NONE = mark_safe('<span class="z-quiet">—</span>')


@register.filter
def linked(told: tuple[int, str]) -> SafeString | int:
    """A number, and where its rows are."""
    number, url = told
    return format_html('<a href="{}">{}</a>', url, number) if url else number


@register.filter
def share(cell: Cell) -> SafeString:
    """In percent, and both numbers."""
    if not cell.share.whole:
        return NONE
    form = '<strong>{}</strong><br><span class="z-quiet">{} / {}</span>'
    return format_html(form, cell.percent, linked(cell.part), linked(cell.whole))
