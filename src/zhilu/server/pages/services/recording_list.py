"""The list of recordings, described."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhilu.server.equipment.models import Recorder
from zhilu.server.evidence.models import ActSpan
from zhilu.server.pages import words
from zhilu.server.pages.services import keyset, listing, recordings
from zhilu.server.pages.services.catalogue_options import classes, procedures
from zhilu.server.pages.services.listing import Asker, Column, Filter, Listing, Options, Rows
from zhilu.server.pages.services.recordings import Row
from zhilu.server.pages.templatetags.zhilu import beijing, clock, said, size

MINUTE_US = 60_000_000
MOST_RECORDERS = 200
"""A beginning of a serial number that more recorders have says too little."""


def _opened(row: Row) -> str:
    text = beijing(row.recording.opened_at)
    if row.imported is None:
        return format_html('<a href="{}">{}</a>', row.url, text)
    return format_html(
        '<a href="{}">{}</a><br><span class="z-quiet">{}</span>', row.url, text, _("time of import")
    )


def _serial(row: Row) -> str:
    if row.imported is None or not row.serial:
        return row.serial
    return format_html('{}<br><span class="z-quiet">{}</span>', row.serial, _("by the file's name"))


def _badges(row: Row) -> str:
    return render_to_string("pages/_badges.html", {"recording": row.recording, "imported": row.imported})


def standing(row: Row) -> str:
    """How far its description has come."""
    one = row.recording
    if one.acts:
        return _("%(count)s acts") % {"count": one.acts} if one.acts > 1 else _("1 act")
    if one.aside:
        return _("set aside: %(reason)s") % {"reason": said(one.aside, "aside")}
    return "" if one.drill else _("no act yet")


COLUMNS = (
    Column("opened", gettext_lazy("Recorded at"), lambda row: row.recording.opened_at, _opened, css="z-when"),
    Column(
        "collected",
        gettext_lazy("Collected at"),
        lambda row: row.recording.stored_at,
        usual=False,
        css="z-when",
    ),
    Column("length", gettext_lazy("Length"), lambda row: clock(row.duration), css="z-mono"),
    Column("officer", gettext_lazy("Officer"), lambda row: row.officer),
    Column("department", gettext_lazy("Department"), lambda row: row.department),
    Column("recorder", gettext_lazy("Recorder"), lambda row: row.serial, _serial, css="z-mono"),
    Column("station", gettext_lazy("Station"), lambda row: row.station, usual=False),
    Column("origin", gettext_lazy("Origin"), lambda row: said(row.recording.origin, "origin"), _badges),
    Column(
        "check",
        gettext_lazy("Officer check"),
        lambda row: said(row.recording.officer_check, "officer-check"),
        usual=False,
    ),
    Column("acts", gettext_lazy("Description"), standing),
    Column("marks", gettext_lazy("Marks"), lambda row: row.recording.marks or "", usual=False, css="z-num"),
    Column("assigned", gettext_lazy("Assigned to"), lambda row: row.assigned, usual=False),
    Column(
        "size",
        gettext_lazy("Size"),
        lambda row: row.recording.length,
        lambda row: size(row.recording.length),
        usual=False,
        css="z-num",
    ),
    Column("entry", gettext_lazy("Entry"), lambda row: row.recording.entry, css="z-num z-mono"),
)


def _of_recorder(query: Rows, serial: str, asker: Asker) -> Rows:
    """By the beginning of its serial number."""
    found = Recorder.objects.filter(serial__istartswith=serial).values_list("kid", flat=True)
    return query.filter(recorder__in=list(found[:MOST_RECORDERS]))


def _mine(query: Rows, value: str, asker: Asker) -> Rows:
    return query.filter(**{"officer" if value == "own" else "assigned": asker.rights.person})


def _stations(asker: Asker) -> Options:
    return list(asker.stations.items())


def _named_by(query: Rows, asker: Asker, **of_act: str) -> Rows:
    spans = ActSpan.objects.filter(**of_act)
    there = Exists(spans.filter(recording=OuterRef("id")))
    return query.filter(keyset.among(spans.values("recording"), there) if asker.sees_all else there)


FILTERS = (
    listing.officer(gettext_lazy("Officer")),
    listing.department(gettext_lazy("Department")),
    listing.since("first", gettext_lazy("Recorded from"), "opened_at", main=True),
    listing.until("last", gettext_lazy("Recorded to"), "opened_at", main=True),
    listing.equal(
        "acts",
        gettext_lazy("Description"),
        {
            "none": gettext_lazy("no act names it yet"),
            "named": gettext_lazy("an act names it"),
            "aside": gettext_lazy("set aside"),
        },
        {"none": Q(acts=0, aside=""), "named": Q(acts__gt=0), "aside": Q(aside__gt="")},
        main=True,
    ),
    Filter(
        "mine",
        gettext_lazy("Mine"),
        _mine,
        listing.one_of("own", "assigned"),
        options=lambda asker: [("own", _("recorded by me")), ("assigned", _("assigned to me"))],
    ),
    listing.since("stored_first", gettext_lazy("Collected from"), "stored_at"),
    listing.until("stored_last", gettext_lazy("Collected to"), "stored_at"),
    Filter("serial", gettext_lazy("Recorder (serial number begins)"), _of_recorder, kind="text"),
    Filter(
        "station",
        gettext_lazy("Station"),
        lambda query, kid, asker: query.filter(station=kid),
        options=_stations,
    ),
    listing.choice("origin", gettext_lazy("Origin"), words.ORIGINS),
    listing.choice("check", gettext_lazy("Officer check"), words.OFFICER_CHECKS, "officer_check"),
    listing.equal(
        "marks",
        gettext_lazy("Marks"),
        {"any": gettext_lazy("with marks"), "none": gettext_lazy("without marks")},
        {"any": Q(marks__gt=0), "none": Q(marks=0)},
    ),
    Filter(
        "class",
        gettext_lazy("Class of an act"),
        lambda query, code, asker: _named_by(query, asker, class_code=code),
        options=classes,
    ),
    Filter(
        "procedure",
        gettext_lazy("Procedure of an act"),
        lambda query, code, asker: _named_by(query, asker, procedure=code),
        options=procedures,
    ),
    Filter(
        "longer",
        gettext_lazy("At least so many minutes"),
        lambda query, minutes, asker: query.filter(duration_us__gte=minutes * MINUTE_US),
        listing.number,
        "number",
    ),
    Filter(
        "shorter",
        gettext_lazy("Less than so many minutes"),
        lambda query, minutes, asker: query.filter(duration_us__lt=minutes * MINUTE_US),
        listing.number,
        "number",
    ),
    listing.equal(
        "drills",
        gettext_lazy("Drills"),
        {"only": gettext_lazy("drills only")},
        {"only": Q(drill=True)},
        unset=gettext_lazy("kept apart"),
    ),
    listing.counts("recordings"),
)


def _base(asker: Asker) -> Rows:
    """Drills never stand among the others: they count nowhere but in training (spec/registers.md §3)."""
    seen = recordings.with_names(recordings.visible(asker.rights))
    return seen.filter(drill=asker.request.GET.get("drills") == "only")


RECORDINGS = Listing(
    "recordings",
    gettext_lazy("Recordings"),
    _base,
    recordings.rows,
    COLUMNS,
    FILTERS,
    gettext_lazy(
        "No recording has been stored yet. One appears here when a recorder has been docked and its receipt "
        "given."
    ),
    gettext_lazy("No recording fits these filters."),
)
