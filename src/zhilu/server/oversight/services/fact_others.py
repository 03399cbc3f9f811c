"""Power-ons, dockings, viewings and releases of some days as facts (spec/oversight.md §1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from django.db.models import Q

from zhilu.server.equipment.models import Assignment, Docking, Issue, LoggedAbsence, LoggedRefusal
from zhilu.server.evidence.models import KeyRelease, Viewing
from zhilu.server.oversight.findings import facts
from zhilu.server.oversight.findings.days import DAY_S
from zhilu.server.oversight.services.fact_rows import moment, parts, seconds, text, up

BOOT = "boot"
LONG = timedelta(days=31)


@dataclass
class Others:
    """`recordings`: which may have begun in a power-on."""

    boots: list[facts.Boot] = field(default_factory=list)
    dockings: list[facts.Docking] = field(default_factory=list)
    viewings: list[facts.Viewing] = field(default_factory=list)
    releases: list[facts.Release] = field(default_factory=list)
    recordings: list[Q] = field(default_factory=list)


def of_days(since: int, until: int) -> Others:
    """`since`, `until`: in seconds; nothing where they are the same."""
    found = Others()
    if since < until:
        found.boots = list(_boots(since, until))
        found.recordings = list(_recorded(found.boots))
        found.dockings = list(_dockings(since, until))
        found.viewings = list(_viewings(since, until))
        found.releases = list(_releases(since, until, [one.viewing for one in found.viewings]))
    return found


def _boots(since: int, until: int) -> Iterator[facts.Boot]:
    begin, end = moment(since), moment(until)
    rows = LoggedAbsence.objects.filter(kind=BOOT, day__gte=begin.date(), day__lte=(end + LONG).date())
    rows = rows.filter(since__gte=begin, since__lt=end)
    found = list(rows)
    holders = _Holders({one.recorder for one in found})
    for one in found:
        if one.since is not None:
            at = seconds(one.since)
            yield facts.Boot(
                one.id, one.recorder, holders.at(one.recorder, at), at, up(one.until), one.docked, one.reason
            )


class _Holders:
    """Who had a recorder: to whom it was assigned last, or else issued."""

    def __init__(self, recorders: set[str]) -> None:
        self._assigned: dict[str, list[tuple[int, str]]] = {}
        self._issued: dict[str, list[tuple[int, int | None, str]]] = {}
        for some in parts(sorted(recorders)):
            rows = Assignment.objects.filter(recorder__in=some).order_by("id")
            for recorder, at, officer in rows.values_list("recorder", "at", "officer"):
                self._assigned.setdefault(recorder, []).append((seconds(at), str(officer)))
            issues = Issue.objects.filter(recorder__in=some).exclude(person=None).order_by("at", "id")
            for recorder, at, back, person in issues.values_list("recorder", "at", "returned_at", "person"):
                row = (seconds(at), None if back is None else seconds(back), text(person))
                self._issued.setdefault(recorder, []).append(row)

    def at(self, recorder: str, at: int) -> str:
        for since, officer in reversed(self._assigned.get(recorder, [])):
            if since <= at:
                return officer
        for since, until, person in reversed(self._issued.get(recorder, [])):
            if since <= at and (until is None or at < until):
                return person
        return ""


def _recorded(boots: list[facts.Boot]) -> Iterator[Q]:
    for some in parts(sorted(boots, key=lambda one: one.since)):
        since, until = moment(some[0].since), moment(max(one.until for one in some))
        recorders = {one.recorder for one in some}
        yield Q(recorder__in=recorders, opened_at__gte=since, opened_at__lt=until)


def _dockings(since: int, until: int) -> Iterator[facts.Docking]:
    """Those in which the recorder refused: by the first code that it said."""
    rows = Docking.objects.filter(at__gte=moment(since), at__lt=moment(until)).order_by("id")
    docked = {(recorder, n): (id_, officer, at) for id_, recorder, n, officer, at in rows.values_list(
        "id", "recorder", "n", "officer", "at"
    )}  # fmt: skip
    told: set[str] = set()
    for some in parts(sorted({recorder for recorder, _ in docked})):
        refusals = LoggedRefusal.objects.filter(recorder__in=some, docked__isnull=False, mended=False)
        for recorder, line, code in refusals.order_by("docked", "id").values_list(
            "recorder", "docked", "code"
        ):
            known = docked.get((recorder, (line or 0) - 1))
            if known and known[0] not in told:
                told.add(known[0])
                yield facts.Docking(known[0], recorder, text(known[1]), seconds(known[2]), code)
    loose = LoggedRefusal.objects.filter(docked=None, mended=False)
    loose = loose.filter(at__gte=moment(since), at__lt=moment(until))
    for id_, recorder, code, at in loose.values_list("id", "recorder", "code", "at"):
        who = _Holders({recorder}).at(recorder, seconds(at))
        yield facts.Docking(id_, recorder, who, seconds(at), code)


def _viewings(since: int, until: int) -> Iterator[facts.Viewing]:
    rows = Viewing.objects.filter(until__gte=moment(since), until__lt=moment(until), approved=True)
    for id_, viewer, end in rows.values_list("id", "viewer", "until"):
        yield facts.Viewing(str(id_), str(viewer), "approved", seconds(end))


def _releases(since: int, until: int, viewings: list[str]) -> Iterator[facts.Release]:
    """Of the days and the day before them, and of these viewings."""
    found: dict[int, tuple[str, str, int]] = {}
    about = [Q(at__gte=moment(since - DAY_S), at__lt=moment(until))]
    about += [Q(viewing__in=some) for some in parts(viewings)]
    for which in about:
        rows = KeyRelease.objects.filter(which).values_list("id", "viewing", "recording", "at")
        found |= {id_: (str(viewing), str(of), seconds(at)) for id_, viewing, of, at in rows}
    viewers: dict[str, str] = {}
    for some in parts(sorted({viewing for viewing, _, _ in found.values()})):
        named = Viewing.objects.filter(id__in=some).values_list("id", "viewer")
        viewers |= {str(id_): str(viewer) for id_, viewer in named}
    for viewing, recording, at in found.values():
        if viewing in viewers:
            yield facts.Release(viewing, viewers[viewing], recording, at)
