"""The page of a described list, and its Excel file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import TooManyFieldsSent
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from zhilu.server.evidence.services import saved_views
from zhilu.server.pages.services import exports, keyset, listing, seen
from zhilu.server.pages.services.listing import Asked, Asker, Column, Filter, Listing
from zhilu.server.pages.services.rights import person_of
from zhilu.server.pages.templatetags.zhilu import beijing

PLAIN = "plain"
"""Asks for the list as it is for everybody, where a saved view is where it begins."""


@dataclass(frozen=True)
class Field:
    """A filter as the form draws it."""

    filter: Filter
    value: str
    options: listing.Options


@dataclass(frozen=True)
class Chip:
    """One thing that was asked, and the address without it."""

    label: Any
    text: str
    without: str


def show(request: HttpRequest, shape: Listing, asker: Asker | None = None, **more: Any) -> HttpResponse:
    """`more`: for the template, besides. A county's list has no saved views: those are of the own one."""
    asker = asker or Asker(request)
    views = [] if asker.bureau else list(saved_views.of(person_of(request), shape.code))
    default = next((one for one in views if one.is_default), None)
    if default and not request.GET:
        return redirect(f"{request.path}?{default.asked or PLAIN + '=1'}")
    with asker.standing():
        found = listing.asked(shape, request.GET, asker)
        query = listing.narrowed(shape, found, asker)
        file = _lines(request, shape, query, asker) if exports.wanted(request) else None
        context = {} if file else _context(request, shape, query, found, asker)
    if file:
        return exports.xlsx(request, shape.code, str(shape.title), *file)
    view = next((one for one in views if one.asked == context["asked"]), None)
    is_citys = settings.ZHILU.tier == "city" and shape.is_own_only
    context |= {"views": views, "view": view, "asker": asker, "is_citys": is_citys} | more
    answer = render(request, "pages/list.html", context)
    begins = context["asked"] or (f"{PLAIN}=1" if default else "")
    answer["HX-Push-Url"] = f"{request.path}?{begins}" if begins else request.path
    return answer


def _context(
    request: HttpRequest, shape: Listing, query: listing.Rows, found: list[Asked], asker: Asker
) -> dict[str, Any]:
    page = keyset.newest_first(
        query,
        shape.order,
        request.GET.get("older", ""),
        request.GET.get("newer", ""),
        listing.per(request.GET),
    )
    seen.listed(request, map(shape.about, page.rows))
    drawn = fields(shape, found, asker)  # the choices first: they know the officers' names
    rows, columns = shape.rows(page.rows, asker), listing.columns(shape, request.GET, asker)
    return {
        "list": shape,
        "rows": rows,
        "lines": [(_ticket(shape, row), [(one, _cell(one, row)) for one in columns]) for row in rows],
        "columns": columns,
        "all_columns": listing.columns_for(shape, asker),
        "older": page.older,
        "newer": page.newer,
        "asked": listing.canonical(shape, request.GET, asker),
        "counted": counted(shape, found, query, page, asker),
        "main_fields": [one for one in drawn if one.filter.main],
        "more_fields": [one for one in drawn if not one.filter.main],
        "is_more": any(not one.filter.main for one in found),
        "chips": _chips(request.GET, found, drawn, asker),
        "per": listing.per(request.GET),
        "pers": listing.PERS,
        "plain": PLAIN,
    }


def canonical_of(shape: Listing, asked: str, asker: Asker) -> str:
    """What somebody wants to save, as far as the list knows it."""
    try:
        query = QueryDict(asked)
    except TooManyFieldsSent:
        return ""
    return listing.canonical(shape, query, asker)


def _ticket(shape: Listing, row: Any) -> str:
    return shape.ticket(row) if shape.ticket else ""


def _cell(column: Column, row: Any) -> Any:
    shown = column.cell(row) if column.cell else column.value(row)
    if isinstance(shown, bool):
        return _("yes") if shown else _("no")
    if isinstance(shown, datetime):
        return beijing(shown)
    return "—" if shown in (None, "") else shown


def counted(
    shape: Listing, found: list[Asked], query: listing.Rows, page: keyset.Page[Any], asker: Asker
) -> str:
    is_whole = page.older is None and page.newer is None
    count = len(page.rows) if is_whole else _count(shape, found, query, asker)
    if count > listing.MOST_COUNTED:
        return _("more than %(count)s rows") % {"count": f"{listing.MOST_COUNTED:,}"}
    return _("1 row") if count == 1 else _("%(count)s rows") % {"count": f"{count:,}"}


def _count(shape: Listing, found: list[Asked], query: listing.Rows, asker: Asker) -> int:
    """How many rows `query` has, which is what `found` narrows the list to; of more than MOST_COUNTED one
    more than that.
    """
    if any(one.filter.counted for one in found):
        query = listing.narrowed(shape, [one for one in found if not one.filter.counted], asker)
        for one in found:
            query = one.filter.counted(query, one.value, asker) if one.filter.counted else query
    return query.order_by()[: listing.MOST_COUNTED + 1].count()


def fields(shape: Listing, found: list[Asked], asker: Asker) -> list[Field]:
    said = {one.filter.code: one.text for one in found}
    return [
        Field(one, said.get(one.code, ""), one.options(asker))
        for one in shape.filters
        if asker.sees_others or not one.others
    ]


def _chips(query: QueryDict, found: list[Asked], fields: list[Field], asker: Asker) -> list[Chip]:
    options = {one.filter.code: dict(one.options) for one in fields}
    chips = []
    for one in found:
        without = query.copy()
        for name in (one.filter.code, "older", "newer"):
            without.pop(name, None)
        said = options[one.filter.code].get(one.text, "").strip() or _said(one, asker)
        chips.append(Chip(one.filter.label, said, without.urlencode() or f"{PLAIN}=1"))
    return chips


def _said(one: Asked, asker: Asker) -> str:
    """Of an id that is not among the options: somebody who is no officer any more has a name still."""
    return asker.names(one.value).get(one.text, one.text) if one.filter.code == "officer" else one.text


def _lines(
    request: HttpRequest, shape: Listing, query: listing.Rows, asker: Asker
) -> tuple[list[str], list[list[Any]]]:
    """Of the file: its header, and its rows."""
    columns = listing.columns(shape, request.GET, asker)
    lines = []
    for chunk in exports.in_chunks(keyset.in_order(query, shape.order)):
        seen.listed(request, map(shape.about, chunk))
        lines += [[one.value(row) for one in columns] for row in shape.rows(chunk, asker)]
    return [str(one.label) for one in columns], lines
