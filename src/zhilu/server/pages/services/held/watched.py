"""Who watched what, and took what out: of somebody's recordings, and by him."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from zhilu.server.evidence.models import Copy, KeyRelease, Recording, Screenshot, Viewing, ViewingSpan
from zhilu.server.organisation.services.people import names
from zhilu.server.pages.services.held.made import own
from zhilu.server.pages.services.held.part import Cells, entry, recording
from zhilu.server.pages.templatetags.zhilu import beijing, clock, said


def watched(person: UUID) -> Any:
    """Viewings and copies of his recordings that others asked for, a row a recording."""
    released = KeyRelease.objects.filter(viewing=OuterRef("viewing"), recording=OuterRef("recording"))
    found = ViewingSpan.objects.filter(recording__in=own(person).values("id"))
    found = found.exclude(viewing__viewer=person).select_related("viewing")
    return found.annotate(is_released=Exists(released)).order_by("-viewing__asked_at", "id")


def of_watched(person: UUID, rows: Sequence[Any]) -> Iterable[Cells]:
    told = names({one.viewing.viewer for one in rows} | {one.viewing.approver for one in rows})
    opened = dict(own(person).filter(id__in=[one.recording for one in rows]).values_list("id", "opened_at"))
    for one in rows:
        asked: Viewing = one.viewing
        yield [
            asked.asked_at,
            told.get(str(asked.viewer), "—"),
            said(asked.kind, "viewing-kind"),
            said(asked.purpose, "purpose"),
            recording(one.recording, beijing(opened.get(one.recording))),
            _decided(asked, told),
            _("yes") if one.is_released else _("no"),
            entry(asked.entry),
        ]


def _decided(asked: Viewing, told: dict[str, str]) -> str:
    if asked.approved is None:
        return _("not decided")
    words = _("approved by %(name)s") if asked.approved else _("refused by %(name)s")
    return words % {"name": told.get(str(asked.approver), "—")}


def viewings(person: UUID) -> Any:
    released = KeyRelease.objects.filter(viewing=OuterRef("id"))
    return (
        Viewing.objects.filter(viewer=person)
        .annotate(is_released=Exists(released))
        .order_by("-asked_at", "id")
    )


def of_viewings(person: UUID, rows: Sequence[Any]) -> Iterable[Cells]:
    told = names({one.approver for one in rows})
    for one in rows:
        yield [
            one.asked_at,
            said(one.kind, "viewing-kind"),
            said(one.purpose, "purpose"),
            one.reason,
            _decided(one, told),
            _("yes") if one.is_released else _("no"),
            entry(one.entry),
        ]


def taken(person: UUID) -> list[Any]:
    """Pictures and copies: of his recordings, and made by him."""
    mine = own(person).values("id")
    asked = Viewing.objects.filter(viewer=person).values("id")
    copies = Copy.objects.filter(recording__in=mine) | Copy.objects.filter(viewing__in=asked)
    pictures = Screenshot.objects.filter(recording__in=mine) | Screenshot.objects.filter(viewing__in=asked)
    found = [*copies.order_by("-at")[:1000], *pictures.order_by("-at")[:1000]]
    return sorted(found, key=lambda one: one.at, reverse=True)


def of_taken(person: UUID, rows: Sequence[Any]) -> Iterable[Cells]:
    ids = {one.viewing_id if isinstance(one, Copy) else one.viewing for one in rows}
    viewings = Viewing.objects.in_bulk(ids)
    told = names({one.viewer for one in viewings.values()})
    opened = dict(
        Recording.objects.filter(id__in={one.recording for one in rows}).values_list("id", "opened_at")
    )
    for one in rows:
        viewing = viewings.get(one.viewing_id if isinstance(one, Copy) else one.viewing)
        is_copy = isinstance(one, Copy)
        at = "" if is_copy else clock(timedelta(microseconds=one.pts_us))
        yield [
            one.at,
            _("copy") if is_copy else _("screenshot"),
            told.get(str(viewing.viewer), "—") if viewing else "—",
            said(viewing.purpose, "purpose") if viewing else "",
            recording(one.recording, beijing(opened.get(one.recording))),
            viewing.recipient if is_copy and viewing else at,
            entry(one.entry),
        ]
