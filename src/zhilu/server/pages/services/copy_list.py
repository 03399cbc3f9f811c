"""The list of copies, described. Copies are counted apart from viewings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy

from zhilu.encoding import as_uuid
from zhilu.server.evidence.models import Copy, Recording
from zhilu.server.pages import words
from zhilu.server.pages.services import listing, recordings
from zhilu.server.pages.services.listing import Asker, Column, Filter, Listing, Rows
from zhilu.server.pages.templatetags.zhilu import beijing, said


@dataclass(frozen=True)
class Row:
    copy: Copy
    opened: Any
    department: str
    viewer: str
    approver: str

    @property
    def viewing(self) -> Any:
        return self.copy.viewing


def _base(asker: Asker) -> Rows:
    return Copy.objects.filter(recording__in=recordings.visible(asker.rights).values("id")).select_related(
        "viewing"
    )


def _rows(copies: Sequence[Any], asker: Asker) -> list[Row]:
    known = Recording.objects.in_bulk({one.recording for one in copies})
    people = asker.names(*(person for one in copies for person in (one.viewing.viewer, one.viewing.approver)))
    return [
        Row(
            one,
            known[one.recording].opened_at,
            asker.place(known[one.recording].department),
            people.get(str(one.viewing.viewer), ""),
            people.get(str(one.viewing.approver), ""),
        )
        for one in copies
    ]


def _recording(row: Row) -> str:
    url = reverse("recording", args=[row.copy.recording])
    return format_html('<a href="{}">{}</a>', url, beijing(row.opened))


def _department(query: Rows, one: Any, asker: Asker) -> Rows:
    places = Recording.objects.filter(department__in=asker.below(one))
    return query.filter(recording__in=places.values("id"))


COLUMNS = (
    Column("made", gettext_lazy("Made at"), lambda row: row.copy.at, css="z-when"),
    Column("recording", gettext_lazy("Recording"), lambda row: row.opened, _recording, css="z-when"),
    Column("department", gettext_lazy("Department"), lambda row: row.department),
    Column("recipient", gettext_lazy("Recipient"), lambda row: row.viewing.recipient),
    Column("purpose", gettext_lazy("Purpose"), lambda row: said(row.viewing.purpose, "purpose")),
    Column("viewer", gettext_lazy("Made by"), lambda row: row.viewer),
    Column("approver", gettext_lazy("Approved by"), lambda row: row.approver),
    Column(
        "segments",
        gettext_lazy("Segments"),
        lambda row: f"{row.copy.first}–{row.copy.last}",
        css="z-num",
    ),
    Column("length", gettext_lazy("Bytes"), lambda row: row.copy.length, usual=False, css="z-num"),
    Column("sha256", gettext_lazy("SHA-256"), lambda row: row.copy.sha256, usual=False, css="z-mono"),
    Column("entry", gettext_lazy("Entry"), lambda row: row.copy.entry, css="z-num z-mono"),
)

FILTERS = (
    Filter("department", gettext_lazy("Department"), _department, as_uuid, options=Asker.places, main=True),
    listing.choice("purpose", gettext_lazy("Purpose"), words.PURPOSES, "viewing__purpose", main=True),
    listing.since("first", gettext_lazy("Made from"), "at", main=True),
    listing.until("last", gettext_lazy("Made to"), "at", main=True),
)

COPIES = Listing(
    code="copies",
    title=gettext_lazy("Copies"),
    base=_base,
    rows=_rows,
    columns=COLUMNS,
    filters=FILTERS,
    empty=gettext_lazy("No copy has been made."),
    none_fits=gettext_lazy("No copy fits what was asked."),
    order="at",
    about=lambda model: model.recording,
)
