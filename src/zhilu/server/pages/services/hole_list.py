"""The list of what is missing, described."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhilu.server.ledger.clock import now
from zhilu.server.oversight import rules
from zhilu.server.oversight.models import Hole
from zhilu.server.pages.services import absence, listing
from zhilu.server.pages.services.listing import Asker, Column, Filter, Listing, Options, Rows
from zhilu.server.pages.templatetags.zhilu import clock, said
from zhilu.server.pages.words_absence import KINDS, STANDS

TONES = {"open": "missing", "under-way": "cell-under-way", "note": "cell-note"}


@dataclass(frozen=True)
class Row:
    hole: Any
    bureau: str
    names: absence.Names
    at: datetime

    @property
    def stands(self) -> str:
        if self.hole.kind in rules.NOTES:
            return "note"
        due = self.hole.due_at
        return "under-way" if due and self.at < due <= self.at + rules.LATEST else "open"

    @property
    def length(self) -> timedelta | None:
        since, until = self.hole.since, self.hole.until
        return until - since if since and until and until >= since else None

    @property
    def last_seen(self) -> str:
        if not self.hole.station:
            return ""
        return _("%(station)s, bay %(bay)s") % {
            "station": self.names.station(self.hole),
            "bay": self.hole.bay,
        }


def _base(asker: Asker) -> Rows:
    return Hole.objects.filter(absence.visible(asker.rights))


def _rows(holes: Sequence[Any], asker: Asker) -> list[Row]:
    known, at = absence.bureau_names(), now()
    names = absence.Names(*{one.bureau for one in holes})
    return [Row(one, known.get(one.bureau, one.bureau), names, at) for one in holes]


def _recorder(row: Row) -> str:
    url = absence.recorder_url(row.hole.bureau, row.hole.recorder)
    return format_html('<a href="{}">{}</a>', url, row.hole.serial or row.hole.recorder[:12])


def _kind(row: Row) -> str:
    words, says = said(row.hole.kind, "hole"), said(row.hole.kind, "hole-says")
    reason = said(row.hole.reason, "absence-reason")
    return format_html(
        '{}{}<br><span class="z-quiet">{}</span>', words, f" ({reason})" if reason else "", says
    )


def _stands(row: Row) -> str:
    tone = TONES[row.stands]
    return format_html('<span class="z-badge z-{}">{}</span>', tone, said(row.stands, "hole-stands"))


def _day(row: Row) -> str:
    return format_html('<a href="{}">{}</a>', absence.day_url(row.hole.bureau, row.hole.day), row.hole.day)


def _narrow_stands(query: Rows, value: str, asker: Asker) -> Rows:
    if value == "note":
        return query.filter(kind__in=rules.NOTES)
    return query.filter(absence.open_holes(now()) if value == "open" else absence.under_way(now()))


def _bureaus(asker: Asker) -> Options:
    found = list(absence.bureau_names().items())
    return found if len(found) > 1 else []


COLUMNS = (
    Column("day", gettext_lazy("Day"), lambda row: row.hole.day, _day, css="z-when"),
    Column("bureau", gettext_lazy("Bureau"), lambda row: row.bureau),
    Column("recorder", gettext_lazy("Recorder"), lambda row: row.hole.serial, _recorder, css="z-mono"),
    Column("department", gettext_lazy("Department"), lambda row: row.names.place(row.hole)),
    Column(
        "kind", gettext_lazy("What is so"), lambda row: said(row.hole.kind, "hole"), _kind, css="z-sentence"
    ),
    Column("state", gettext_lazy("State"), lambda row: said(row.stands, "hole-stands"), _stands),
    Column("since", gettext_lazy("Since"), lambda row: row.hole.since, css="z-when"),
    Column("until", gettext_lazy("Until"), lambda row: row.hole.until, usual=False, css="z-when"),
    Column("length", gettext_lazy("Length"), lambda row: clock(row.length), css="z-num"),
    Column("seen", gettext_lazy("Last seen at"), lambda row: row.last_seen),
    Column("due", gettext_lazy("Due"), lambda row: row.hole.due_at, usual=False, css="z-when"),
    Column(
        "recording",
        gettext_lazy("Recording"),
        lambda row: str(row.hole.recording or ""),
        usual=False,
        css="z-mono",
    ),
)

FILTERS = (
    listing.same("bureau", gettext_lazy("Bureau"), "bureau", _bureaus),
    listing.choice("state", gettext_lazy("State"), STANDS, _narrow_stands, main=True),
    listing.choice("kind", gettext_lazy("What is so"), KINDS, main=True),
    Filter(
        "serial",
        gettext_lazy("Serial number"),
        lambda query, value, asker: query.filter(serial__startswith=value),
        kind="text",
        main=True,
    ),
    listing.department(gettext_lazy("Department"), main=False),
    *listing.days(),
    Filter(
        "recorder",
        gettext_lazy("Recorder"),
        lambda query, value, asker: query.filter(recorder=value),
        kind="text",
    ),
)

HOLES = Listing(
    code="absence-holes",
    title=gettext_lazy("Not arrived"),
    base=_base,
    rows=_rows,
    columns=COLUMNS,
    filters=FILTERS,
    empty=gettext_lazy("Nothing is missing: all that was captured is stored."),
    none_fits=gettext_lazy("Nothing that fits is missing."),
    order="at",
    about=lambda model: model.recording,
)
