"""A list, described once: its columns, its filters, what its rows are. Its page, its Excel file, its saved
views and the batches of a work list follow from that.

An address asks by `?`: each filter by its own name, `col` for each column to be shown, `per` for how many
rows a page has, `older` and `newer` for where it begins. What cannot be is left out; an id that nothing has,
finds nothing. `base` says what a person may see. A filter only narrows that, so nothing that is asked can
widen it, and a count tells of no row that the list would not show.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhilu.encoding import as_uuid
from zhilu.server.equipment.models import Station
from zhilu.server.evidence.services import search
from zhilu.server.federation.services import ledgers
from zhilu.server.ledger.clock import midnight
from zhilu.server.organisation import rules
from zhilu.server.organisation.models import Department
from zhilu.server.organisation.services.people import names, officers
from zhilu.server.organisation.services.rights import READS_TEXT, Rights, departments
from zhilu.server.pages.services import lists
from zhilu.server.pages.services.rights import rights, sees_others
from zhilu.server.pages.templatetags.zhilu import said
from zhilu.server.statistics.services.counting import BEHIND

Words = str | Promise
Rows = QuerySet[Any]
Options = Sequence[tuple[str, str]]
PER, PERS = 50, (20, 50, 100, 200)
MOST_COUNTED = 10_000


class Asker:
    """Who asks, with what several columns and filters need; each is read once. `bureau`: a county whose
    ledger is mirrored here, and whose records are asked for with `mine`.
    """

    def __init__(self, request: HttpRequest, bureau: str = "", mine: Rights | None = None) -> None:
        self.request = request
        self.bureau = bureau
        self.rights: Rights = mine or rights(request)
        self.sees_others = sees_others(request)
        # Of catalogue_options.
        self.catalogue: list[tuple[str, str, str, dict[str, str]]] | None = None
        self._people: dict[str, str] = {}
        self.sees_all = self.rights.scope_of(*READS_TEXT) is None
        self.commonness = functools.cache(search.commonness)

    @contextmanager
    def standing(self) -> Iterator[None]:
        """Where the rows that are asked for lie."""
        with ledgers.of(self.bureau or ledgers.own()):
            yield

    def url(self, kind: str, record: UUID) -> str:
        """Of the page of an act or a recording."""
        return (
            reverse(f"county-{kind}", args=[self.bureau, record])
            if self.bureau
            else reverse(kind, args=[record])
        )

    @cached_property
    def departments(self) -> dict[UUID, Any]:
        known = self.rights.departments
        return {one.id: one for one in (departments() if known is None else known)}

    @cached_property
    def stations(self) -> dict[str, str]:
        return dict(Station.objects.order_by("name").values_list("kid", "name"))

    @cached_property
    def officers(self) -> list[tuple[str, str]]:
        self._people |= (found := {str(one.id): str(one) for one in officers()})
        return list(found.items())

    def names(self, *people: UUID | None) -> dict[str, str]:
        """Of these, and of whoever was asked for before."""
        if unknown := {one for one in people if one and str(one) not in self._people}:
            self._people |= names(unknown)
        return self._people

    def unknown(self, people: Iterable[UUID | None]) -> list[UUID]:
        return list({one for one in people if one and str(one) not in self._people})

    def learn(self, person: UUID, name: str) -> None:
        """Somebody has asked for it with something else."""
        self._people[str(person)] = name

    def place(self, department: UUID | None) -> str:
        return self.departments[department].name if department in self.departments else ""

    def below(self, department: UUID) -> frozenset[UUID]:
        return rules.below([department], {one.id: one.parent for one in self.departments.values()})

    def places(self) -> Options:
        """The departments over which this person reads, each below the one above it."""
        scope = self.rights.scope_of(*READS_TEXT)
        if scope is None:
            scope = frozenset(one.id for one in self.departments.values() if one.is_own)
        return list(_tree(self.departments, scope, None, 0))


def _tree(known: dict[UUID, Department], scope: frozenset[UUID], above: UUID | None, deep: int) -> Options:
    found: list[tuple[str, str]] = []
    for one in known.values():
        parent = one.parent if one.parent in scope else None
        if one.id in scope and parent == above:
            found.append((str(one.id), "\u3000" * deep + one.name))
            found += _tree(known, scope, one.id, deep + 1)
    return found


@dataclass(frozen=True)
class Column:
    """`value`: of a row, for the file, and for the page where `cell` (HTML) is none. `usual`: shown unless
    the person chose; `role`: there only for who has it. `css` of the cell.
    """

    code: str
    label: Words
    value: Callable[[Any], Any]
    cell: Callable[[Any], str] | None = None
    usual: bool = True
    css: str = ""
    role: str = ""


@dataclass(frozen=True)
class Filter:
    """`read`: what an address says, or None where that cannot be; `narrow`: the rows that fit. Of a choice
    `options`, and `unset`: what it says while nothing is chosen. A filter that is not `main` stands among the
    further ones; `others`: it is for those only who see what is not theirs. `counted`: the same as `narrow`
    where rows are only counted, of rows that the other filters have left.
    """

    code: str
    label: Words
    narrow: Callable[[Rows, Any, Asker], Rows]
    read: Callable[[str], Any] = lists.text
    kind: str = "choice"
    options: Callable[[Asker], Options] = lambda asker: ()
    main: bool = False
    others: bool = False
    unset: Words = ""
    counted: Callable[[Rows, Any, Asker], Rows] | None = None


@dataclass(frozen=True)
class Action:
    """What may be done with the rows that were ticked. `fields`: of a form, beside its button."""

    code: str
    label: Words
    form: type[Any] | None = None
    allowed: Callable[[Rights], bool] = lambda rights: True


@dataclass(frozen=True)
class Listing:
    """`code`: the name of its page's address. `order`: a time by which, with the id, rows come, newest first.
    `rows`: what columns are given. `ticket`: of a row, what a batch names it by.
    """

    code: str
    title: Words
    base: Callable[[Asker], Rows]
    rows: Callable[[Sequence[Any], Asker], list[Any]]
    columns: tuple[Column, ...]
    filters: tuple[Filter, ...]
    empty: Words
    none_fits: Words
    order: str = "opened_at"
    actions: tuple[Action, ...] = ()
    ticket: Callable[[Any], str] | None = None
    is_own_only: bool = False
    """At a city it has no list of its counties' beside it, and says so."""
    about: Callable[[Any], UUID | None] = lambda model: model.pk
    """The record that a row shows, for the access log."""


@dataclass(frozen=True)
class Asked:
    """Of one filter: what was asked, as the address says it and as it is used."""

    filter: Filter
    text: str
    value: Any


def asked(listing: Listing, query: QueryDict, asker: Asker) -> list[Asked]:
    found = []
    for one in listing.filters:
        text = lists.text(query.get(one.code, ""))
        value = one.read(text) if text and (asker.sees_others or not one.others) else None
        if value not in (None, ""):
            found.append(Asked(one, text, value))
    return found


def narrowed(listing: Listing, found: list[Asked], asker: Asker) -> Rows:
    query = listing.base(asker)
    for one in found:
        query = one.filter.narrow(query, one.value, asker)
    return query


def columns_for(listing: Listing, asker: Asker) -> list[Column]:
    return [one for one in listing.columns if not one.role or one.role in asker.rights.roles]


def columns(listing: Listing, query: QueryDict, asker: Asker) -> list[Column]:
    """In the list's own order; the usual ones where none was chosen that there is."""
    chosen, there = set(query.getlist("col")), columns_for(listing, asker)
    return [one for one in there if one.code in chosen] or [one for one in there if one.usual]


def per(query: QueryDict) -> int:
    said = query.get("per", "")
    return int(said) if said in map(str, PERS) else PER


def canonical(listing: Listing, query: QueryDict, asker: Asker) -> str:
    """The same question in few words: without what is empty, unknown, or as usual."""
    kept = QueryDict(mutable=True)
    for one in asked(listing, query, asker):
        kept[one.filter.code] = one.text
    shown = columns(listing, query, asker)
    if shown != [one for one in columns_for(listing, asker) if one.usual]:
        kept.setlist("col", [one.code for one in shown])
    if per(query) != PER:
        kept["per"] = str(per(query))
    return kept.urlencode()


# -- filters that several lists have


def one_of(*codes: str) -> Callable[[str], str | None]:
    return lambda text: text if text in codes else None


def since(code: str, label: Words, field: str, main: bool = False) -> Filter:
    def narrow(query: Rows, day: date, asker: Asker) -> Rows:
        return query.filter(**{f"{field}__gte": midnight(day)})

    return Filter(code, label, narrow, lists.day, "day", main=main)


def until(code: str, label: Words, field: str, main: bool = False) -> Filter:
    """To the end of that day, in Beijing."""

    def narrow(query: Rows, day: date, asker: Asker) -> Rows:
        return query.filter(**{f"{field}__lt": midnight(day + timedelta(days=1))})

    return Filter(code, label, narrow, lists.day, "day", main=main)


def days(field: str = "day") -> tuple[Filter, Filter]:
    """From and to, of a column that is a day; both of them count."""

    def bound(how: str) -> Callable[[Rows, Any, Asker], Rows]:
        return lambda query, day, asker: query.filter(**{f"{field}__{how}": day})

    return (
        Filter("first", gettext_lazy("From"), bound("gte"), lists.day, "day", main=True),
        Filter("last", gettext_lazy("To"), bound("lte"), lists.day, "day", main=True),
    )


NO_DEPARTMENT = "none"


def department(label: Words, main: bool = True) -> Filter:
    """With those below it; or what lies in none."""

    def read(text: str) -> UUID | str | None:
        return text if text == NO_DEPARTMENT else as_uuid(text)

    def narrow(query: Rows, one: UUID | str, asker: Asker) -> Rows:
        if isinstance(one, str):
            return query.filter(department=None)
        return query.filter(department__in=asker.below(one))

    def options(asker: Asker) -> Options:
        nowhere = [(NO_DEPARTMENT, _("in no department"))] if asker.sees_all else []
        return [*asker.places(), *nowhere]

    return Filter("department", label, narrow, read, options=options, main=main, others=True)


def counts(kind: str) -> Filter:
    """The rows that are in a number of the statistics."""

    def narrow(query: Rows, number: str, asker: Asker) -> Rows:
        return query.filter(asker.rights.within(*READS_TEXT), BEHIND[kind][number])

    def options(asker: Asker) -> Options:
        return [(number, said(number, "number")) for number in BEHIND[kind]]

    return Filter(
        "counts", gettext_lazy("Counted as"), narrow, one_of(*BEHIND[kind]), options=options, others=True
    )


def equal(
    code: str,
    label: Words,
    words: Mapping[str, Any],
    narrow: Mapping[str, Q],
    main: bool = False,
    unset: Words = "",
) -> Filter:
    """A choice among fixed codes, each of which stands for a condition."""

    def options(asker: Asker) -> Options:
        return [(one, str(words[one])) for one in narrow]

    return Filter(
        code,
        label,
        lambda query, value, asker: query.filter(narrow[value]),
        one_of(*narrow),
        options=options,
        main=main,
        unset=unset,
    )


Narrow = str | Callable[[Rows, Any, Asker], Rows]
"""The field that is to have the value, or how."""


def _narrow(by: Narrow) -> Callable[[Rows, Any, Asker], Rows]:
    return by if callable(by) else lambda query, value, asker: query.filter(**{by: value})


def choice(
    code: str, label: Words, words: Mapping[str, Any], by: Narrow = "", main: bool = False, unset: Words = ""
) -> Filter:
    """A choice among fixed codes, of the field of that name where `by` names no other."""

    def options(asker: Asker) -> Options:
        return [(one, str(text)) for one, text in words.items()]

    return Filter(code, label, _narrow(by or code), one_of(*words), options=options, main=main, unset=unset)


def officer(label: Words, by: Narrow = "officer", main: bool = True) -> Filter:
    return Filter(
        "officer",
        label,
        _narrow(by),
        as_uuid,
        options=lambda asker: asker.officers,
        main=main,
        others=True,
    )


def same(code: str, label: Words, field: str, options: Callable[[Asker], Options]) -> Filter:
    """A choice among values of a field; one that it never had finds nothing."""

    def narrow(query: Rows, value: str, asker: Asker) -> Rows:
        return query.filter(**{field: value})

    return Filter(code, label, narrow, options=options)


def number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 5 else None


def yes_no(code: str, label: Words, field: str) -> Filter:
    def options(asker: Asker) -> Options:
        return [("yes", _("yes")), ("no", _("no"))]

    return Filter(
        code,
        label,
        lambda query, value, asker: query.filter(**{field: value == "yes"}),
        one_of("yes", "no"),
        options=options,
    )
