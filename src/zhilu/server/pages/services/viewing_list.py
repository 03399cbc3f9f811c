"""The list of viewings, described."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhilu.encoding import as_uuid
from zhilu.protocols.viewing_after import REPORT_DUE
from zhilu.server.evidence.models import Recording, ViewingSpan
from zhilu.server.ledger.clock import now
from zhilu.server.pages import words
from zhilu.server.pages.services import listing, seen, viewings
from zhilu.server.pages.services.listing import Asker, Column, Filter, Listing, Options, Rows
from zhilu.server.pages.services.viewings import Row
from zhilu.server.pages.templatetags.zhilu import beijing, said
from zhilu.server.pages.words_acts import VIEWING_KINDS, VIEWING_REPORTS, VIEWING_STATES


def _asked(row: Row) -> str:
    url = reverse("viewing", args=[row.viewing.id])
    return format_html('<a href="{}">{}</a>', url, beijing(row.viewing.asked_at))


def _recordings(row: Row) -> str:
    first = row.recordings[:3]
    more = len(row.recordings) - len(first)
    if row.opens:
        links = ((reverse("recording", args=[id_]), beijing(opened)) for id_, opened in first)
        shown = format_html_join("", '<span class="z-line"><a href="{}">{}</a></span>', links)
    else:
        times = ((beijing(opened),) for _id, opened in first)
        shown = format_html_join("", '<span class="z-line">{}</span>', times)
    return format_html("{}+{}", shown, more) if more > 0 else shown


def _state(row: Row) -> str:
    return format_html('<span class="z-badge z-v-{}">{}</span>', row.state, said(row.state, "viewing-state"))


def _report(row: Row) -> str:
    if not row.report:
        return ""
    return format_html(
        '<span class="z-badge z-v-{}">{}</span>', row.report, said(row.report, "viewing-report")
    )


COLUMNS = (
    Column("asked", gettext_lazy("Requested at"), lambda row: row.viewing.asked_at, _asked, css="z-slack"),
    Column("kind", gettext_lazy("Kind"), lambda row: said(row.viewing.kind, "viewing-kind")),
    Column("purpose", gettext_lazy("Purpose"), lambda row: said(row.viewing.purpose, "purpose")),
    Column("viewer", gettext_lazy("Viewer"), lambda row: row.viewer),
    Column("reason", gettext_lazy("Reason"), lambda row: row.viewing.reason, css="z-break z-sentence"),
    Column(
        "recordings",
        gettext_lazy("Recordings"),
        lambda row: _(", ").join(beijing(opened) for _id, opened in row.recordings),
        _recordings,
        css="z-slack",
    ),
    Column("department", gettext_lazy("Department"), lambda row: _(", ").join(row.departments)),
    Column(
        "state", gettext_lazy("State"), lambda row: said(row.state, "viewing-state"), _state, css="z-slack"
    ),
    Column("approvers", gettext_lazy("Decided by"), lambda row: _(", ").join(row.approvers)),
    Column(
        "report",
        gettext_lazy("Report"),
        lambda row: said(row.report, "viewing-report") if row.report else "",
        _report,
        css="z-slack",
    ),
    Column("releases", gettext_lazy("Releases"), lambda row: row.releases, css="z-num"),
    Column("pictures", gettext_lazy("Pictures taken"), lambda row: row.pictures, usual=False, css="z-num"),
    Column("copies", gettext_lazy("Copies"), lambda row: row.copies, usual=False, css="z-num"),
    Column("until", gettext_lazy("Valid until"), lambda row: row.viewing.until, usual=False, css="z-when"),
    Column("entry", gettext_lazy("Entry"), lambda row: row.viewing.entry, usual=False, css="z-num z-mono"),
)


def _in_state(query: Rows, code: str, asker: Asker) -> Rows:
    return query.filter(viewings.in_state(code, now()))


def _states(asker: Asker) -> Options:
    return [(code, str(VIEWING_STATES[code])) for code in viewings.STATES]


def _with_report(query: Rows, code: str, asker: Asker) -> Rows:
    urgent, late = query.filter(kind="urgent", approved=True), Q(requested__lte=now() - REPORT_DUE)
    if code == "filed":
        return urgent.exclude(reported=None)
    return urgent.filter(late if code == "overdue" else ~late, reported=None)


def _reports(asker: Asker) -> Options:
    return [(code, str(label)) for code, label in VIEWING_REPORTS.items()]


def _department(query: Rows, one: Any, asker: Asker) -> Rows:
    places = Recording.objects.filter(department__in=asker.below(one))
    return query.filter(
        id__in=ViewingSpan.objects.filter(recording__in=places.values("id")).values("viewing")
    )


FILTERS = (
    Filter(
        "state",
        gettext_lazy("State"),
        _in_state,
        listing.one_of(*viewings.STATES),
        options=_states,
        main=True,
    ),
    listing.choice("kind", gettext_lazy("Kind"), VIEWING_KINDS, main=True),
    listing.choice("purpose", gettext_lazy("Purpose"), words.PURPOSES, main=True),
    Filter(
        "report",
        gettext_lazy("Report"),
        _with_report,
        listing.one_of(*VIEWING_REPORTS),
        options=_reports,
    ),
    Filter("department", gettext_lazy("Department"), _department, as_uuid, options=Asker.places, others=True),
    listing.since("first", gettext_lazy("Requested from"), "asked_at", main=True),
    listing.until("last", gettext_lazy("Requested to"), "asked_at", main=True),
)


def _base(asker: Asker) -> Rows:
    return viewings.counted(viewings.visible(asker.rights))


def _rows(found: Sequence[Any], asker: Asker) -> list[Row]:
    rows = viewings.rows(found, asker, now())
    seen.listed(asker.request, [id_ for row in rows for id_, _opened in row.recordings])
    return rows


VIEWINGS = Listing(
    code="viewings",
    title=gettext_lazy("Viewings"),
    base=_base,
    rows=_rows,
    columns=COLUMNS,
    filters=FILTERS,
    empty=gettext_lazy("No viewing has been requested."),
    none_fits=gettext_lazy("No viewing fits these filters."),
    order="asked_at",
)
