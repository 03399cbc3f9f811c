"""The queue of recordings that wait for a review, described; and how far each is for who looks at it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Case, Exists, OuterRef, Q, Value, When
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy

from zhilu.encoding import as_uuid
from zhilu.server.evidence.models import KeyRelease, Recording, Viewing, ViewingSpan
from zhilu.server.ledger.clock import now
from zhilu.server.organisation.services.credentials import key_roles
from zhilu.server.organisation.services.rights import Rights
from zhilu.server.oversight.apply_reviews import ROLE
from zhilu.server.oversight.models import Drawn
from zhilu.server.oversight.rules_reviews import PURPOSE, WAITS
from zhilu.server.pages import words_reviews
from zhilu.server.pages.services import listing, review_pages
from zhilu.server.pages.services.listing import Action, Asker, Column, Filter, Listing, Rows
from zhilu.server.pages.templatetags.zhilu import beijing, said

VIEWER = "viewer"
MOST_ASKED = 64
"""Recordings of one request in the viewing room."""


class WatchForm(forms.Form):
    def __init__(self, asker: Asker, *args: Any) -> None:
        super().__init__(*args)


@dataclass(frozen=True)
class Row:
    """`watch`: how far the viewing is for this reviewer; `viewing`: the one by which it is so."""

    drawn: Drawn
    opened: Any
    officer: str
    department: str
    watch: str
    viewing: UUID | None


def waiting(rights: Rights) -> Rows:
    """What this supervisor may review now: not his own, and no second review of his own first one."""
    me = rights.person
    rows = Drawn.objects.filter(rights.within(ROLE), state__in=WAITS)
    drawn = OuterRef(OuterRef(OuterRef("entry")))  # of the act's versions, in the act, in the span
    mine = review_pages.own(me, OuterRef("recording"), drawn)
    return rows.exclude(state="second", first_by=me).filter(~mine)


def rows(drawn: Sequence[Any], asker: Asker) -> list[Row]:
    ids = [one.recording for one in drawn]
    opened = dict(Recording.objects.filter(id__in=ids).values_list("id", "opened_at"))
    people = asker.names(*(one.officer for one in drawn))
    watched = watches(drawn, asker.rights.person)
    return [
        Row(
            one,
            opened.get(one.recording),
            people.get(str(one.officer), ""),
            asker.place(one.department),
            *watched[one.id],
        )
        for one in drawn
    ]


def watches(drawn: Sequence[Drawn], person: UUID) -> dict[UUID, tuple[str, UUID | None]]:
    """By the drawn row: how far its viewing is, and which it is."""
    ids = [one.recording for one in drawn]
    mine = Viewing.objects.filter(viewer=person, purpose=PURPOSE)
    to_its_end = Recording.objects.filter(id=OuterRef("recording"), segments__lte=OuterRef("last") + 1)
    whole = KeyRelease.objects.filter(
        Exists(to_its_end),
        viewing__in=mine.values("id"),
        recording__in=ids,
        first__lte=1,
    )
    released = list(whole.order_by("id").values_list("recording", "id", "viewing"))
    live = mine.filter(until__gt=now()).exclude(approved=False)
    asked = ViewingSpan.objects.filter(viewing__in=live.values("id"), recording__in=ids).order_by("entry")
    spans = list(asked.values_list("recording", "viewing", "viewing__approved"))
    return {one.id: _watch(one, released, spans) for one in drawn}


def lacks(rights: Rights, departments: Iterable[UUID | None]) -> str:
    """What the viewing room will ask of him for these, and he has not: the role `viewer`, a `key`; or ""."""
    if not all(rights.covers(one, VIEWER) for one in departments):
        return VIEWER
    return "" if VIEWER in key_roles(rights.person) else "key"


def _watch(one: Drawn, released: Sequence[Any], spans: Sequence[Any]) -> tuple[str, UUID | None]:
    given = [
        viewing for recording, index, viewing in released if recording == one.recording and index > one.entry
    ]
    if given:
        return "watched", given[-1]
    asked = [(viewing, approved) for recording, viewing, approved in spans if recording == one.recording]
    approved = [viewing for viewing, is_approved in asked if is_approved]
    if approved:
        return "approved", approved[-1]
    return ("asked", asked[-1][0]) if asked else ("to-ask", None)


def _recording(row: Row) -> str:
    url = reverse("footage-review", args=[row.drawn.recording, row.drawn.draw_id])
    return format_html('<a href="{}">{}</a>', url, beijing(row.opened))


def _draw(row: Row) -> str:
    draw = row.drawn.draw
    url = reverse("footage-draw", args=[draw.id])
    return format_html('<a href="{}">{} · {}</a>', url, said(draw.kind, "draw-kind"), beijing(draw.at)[:10])


def _watch_cell(row: Row) -> str:
    css = {"watched": "z-complete", "approved": "z-complete"}.get(row.watch, "z-partial")
    return format_html('<span class="z-badge {}">{}</span>', css, said(row.watch, "watch"))


def _department(query: Rows, one: Any, asker: Asker) -> Rows:
    return query.filter(department__in=asker.below(one))


def _of_draw(query: Rows, one: Any, asker: Asker) -> Rows:
    return query.filter(draw=one)


COLUMNS = (
    Column("recording", gettext_lazy("Recorded at"), lambda row: row.opened, _recording, css="z-when"),
    Column("officer", gettext_lazy("Officer"), lambda row: row.officer),
    Column("department", gettext_lazy("Department"), lambda row: row.department),
    Column("level", gettext_lazy("What is wanted"), lambda row: said(row.drawn.state, "drawn-state")),
    Column("watch", gettext_lazy("Watching"), lambda row: said(row.watch, "watch"), _watch_cell),
    Column("draw", gettext_lazy("Draw"), lambda row: beijing(row.drawn.draw.at)[:10], _draw),
)
FILTERS = (
    Filter("department", gettext_lazy("Department"), _department, as_uuid, options=Asker.places, main=True),
    listing.equal(
        "state",
        gettext_lazy("What is wanted"),
        words_reviews.DRAWN_STATES,
        {"open": Q(state="open"), "second": Q(state="second")},
        main=True,
    ),
    listing.choice("kind", gettext_lazy("Draw"), words_reviews.DRAW_KINDS, "draw__kind", main=True),
    Filter("draw", gettext_lazy("One draw"), _of_draw, as_uuid, "hidden"),
)
QUEUE = Listing(
    "footage-reviews",
    gettext_lazy("Review of footage"),
    lambda asker: waiting(asker.rights).select_related("draw"),
    rows,
    COLUMNS,
    FILTERS,
    gettext_lazy("Nothing waits for your review. Announce a draw, or choose recordings."),
    gettext_lazy("Nothing that waits fits these filters."),
    order="at",
    actions=(Action("watch", gettext_lazy("Request a viewing of these"), WatchForm),),
    ticket=lambda row: str(row.drawn.id),
    about=lambda model: model.recording,
)


def chosen(tickets: Sequence[str], rights: Rights) -> dict[UUID, UUID | None]:
    """The recordings of these tickets, as far as they wait for him, with their departments."""
    ids = [one for one in map(as_uuid, tickets) if one]
    found = waiting(rights).filter(id__in=ids).order_by("place")
    return dict(found.values_list("recording", "department"))


def next_of(drawn: Drawn, rights: Rights) -> Any:
    """The drawn one that comes after it in the queue, or the first; None where there is none."""
    comes_later = Q(at__lt=drawn.at) | Q(at=drawn.at, id__lt=drawn.id)
    is_before = Case(When(comes_later, then=Value(0)), default=Value(1))
    rest = waiting(rights).exclude(id=drawn.id).annotate(is_before=is_before)
    return rest.order_by("is_before", "-at", "-id").first()
