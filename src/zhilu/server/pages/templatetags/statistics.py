"""A number and a rate of statistics as they look. A page has a thousand of them: a template each would take
longer than all counting, and Django's own escaping, which looks for words still to be translated, half of it.
"""

from __future__ import annotations

from html import escape

from django import template
from django.utils.safestring import SafeString

from zhilu.server.pages.services.statistics_page import Cell, Line

register = template.Library()
NONE = '<span class="z-quiet">—</span>'


@register.filter
def linked(told: tuple[int, str]) -> SafeString:
    """A number, and where its rows are."""
    return SafeString(_linked(told))


@register.filter
def share(cell: Cell) -> SafeString:
    """In percent, and both numbers."""
    return SafeString(_share(cell))


@register.filter
def cells(line: Line) -> SafeString:
    """A line's rates, a table cell each."""
    return SafeString("".join(map(_cell, line.cells)))


def _linked(told: tuple[int, str]) -> str:
    number, url = told
    return f'<a href="{escape(url)}">{number:d}</a>' if url else f"{number:d}"


def _share(cell: Cell) -> str:
    if not cell.share.whole:
        return NONE
    both = f"{_linked(cell.part)} / {_linked(cell.whole)}"
    return f'<strong>{escape(cell.percent)}</strong><br><span class="z-quiet">{both}</span>'


def _cell(cell: Cell) -> str:
    permille = "" if cell.share.permille is None else f"{cell.share.permille:d}"
    rate = escape(cell.rate.code)
    return f'<td class="z-num" data-rate="{rate}" data-value="{permille}">{_share(cell)}</td>'
