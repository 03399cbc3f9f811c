"""Rows of the ledger at hand as facts: each function asks a table for some ids or a time, in parts.

Seconds are whole: a recording and a span begin at the second in which they do and end with the one in which
they end, a break is as long as the whole seconds that it fills. So nothing is a break by rounding.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Q, QuerySet

from zhilu.errors import DataError
from zhilu.server.catalogue.models import Catalogue as CatalogueVersion
from zhilu.server.catalogue.models import Procedure, Rollout
from zhilu.server.catalogue.rules import TIERS
from zhilu.server.equipment.models import Docking, HandedOver
from zhilu.server.evidence.models import (
    Act,
    ActLink,
    ActOfficer,
    ActSpan,
    Gap,
    Measured,
    Outcome,
    Recording,
    Statement,
)
from zhilu.server.evidence.services import keeping
from zhilu.server.organisation.models import Bureau, Calendar, Department, Post
from zhilu.server.organisation.rules_calendar import read_days
from zhilu.server.oversight.findings import facts
from zhilu.server.oversight.findings.days import BUILT_IN, DAY_S
from zhilu.server.oversight.models import DueTask, LimitSet, MatchCorrection
from zhilu.server.oversight.rules_findings import YEARS

T = TypeVar("T")
AT_ONCE = 500
"""Statements that are no longer than this are prepared once."""
SECOND = 1_000_000
MOST_OFF_S = 50 * 366 * DAY_S
"""No clock is further off."""


def parts(ids: Iterable[T]) -> Iterator[list[T]]:
    whole = list(ids)
    for start in range(0, len(whole), AT_ONCE):
        yield whole[start : start + AT_ONCE]


LONGEST_S = 7 * 86_400
"""A mirror takes what a county says: what says that it is longer ran so long."""


def _until(opened: int, closed: int) -> int:
    return min(max(closed, opened), opened + LONGEST_S)


def seconds(at: datetime) -> int:
    return int(at.timestamp() // 1)


def up(at: datetime) -> int:
    return -int(-at.timestamp() // 1)


def moment(at: int) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def text(one: object) -> str:
    return "" if one is None else str(one)


# -- what is the same for all days


def frame() -> dict[str, Any]:
    """Posts, departments, catalogue, rollout, calendar, limits."""
    departments = list(Department.objects.values_list("id", "parent", "bureau"))
    return {
        "posts": tuple(
            facts.Post(str(person), str(department), since, until)
            for person, department, since, until in Post.objects.values_list(
                "person", "department", "since", "until"
            )
        ),
        "departments": tuple(facts.Department(str(one), text(parent)) for one, parent, _ in departments),
        "catalogue": tuple(_catalogue()),
        "rollout": tuple(_rollout(departments)),
        "calendar": tuple(_calendar()),
        "limits": tuple(_limits()),
    }


def _catalogue() -> Iterator[facts.Listed]:
    since = dict(CatalogueVersion.objects.values_list("version", "since"))
    names = ("version", "code", "tier", "min_officers", "marks")
    for version, code, tier, officers, marks in Procedure.objects.values_list(*names):
        if version in since:
            yield facts.Listed(version, since[version], code, tier, officers, marks)


def _rollout(departments: list[tuple[UUID, UUID | None, str]]) -> Iterator[facts.Rollout]:
    """A line about a bureau that is not the founded one is one about each department at its top. A tier
    that is none demands nothing.
    """
    own = Bureau.objects.values_list("code", flat=True).first()
    others = {bureau for *_, bureau in departments} - {own}
    for bureau, department, tier, since, until in Rollout.objects.filter(tier__in=TIERS).values_list(
        "bureau", "department", "tier", "since", "until"
    ):
        places = [text(department)]
        if department is None and (others or bureau != own):
            places = [str(one) for one, parent, of in departments if parent is None and of == bureau]
        yield from (facts.Rollout(place, tier, since, until) for place in places)


def _calendar() -> Iterator[facts.Day]:
    """One that its own bureau's rules would have refused is none: Monday to Friday are worked."""
    for year, days in Calendar.objects.values_list("year", "days"):
        with suppress(DataError, TypeError):
            yield from [facts.Day(day, kind) for day, kind in read_days(year, days).items()]


def _limits() -> Iterator[facts.Limit]:
    """Of one day the newest entry counts."""
    rows = LimitSet.objects.filter(name__in=BUILT_IN).order_by("id")
    newest = {(name, since): value for name, value, since in rows.values_list("name", "value", "since")}
    yield from (facts.Limit(name, value, since) for (name, since), value in newest.items())


# -- tasks

TASK = (
    "id", "version", "procedure", "taxpayer", "document", "officers", "since", "until", "place", "withdrawn",
)  # fmt: skip


def tasks(rows: QuerySet[DueTask]) -> Iterator[facts.Task]:
    for one, version, procedure, taxpayer, document, officers, since, until, place, gone in rows.values_list(
        *TASK
    ).iterator(2000):
        if since.year in YEARS and until.year in YEARS:
            yield facts.Task(
                str(one), version, procedure, taxpayer, document, tuple(map(str, officers)), seconds(since),
                up(until), place, gone,
            )  # fmt: skip


def corrections(tasks: Collection[str], acts: Collection[str]) -> Iterator[facts.Correction]:
    """That count, about any of these."""
    rows = MatchCorrection.objects.filter(ended=None, back=False)
    if rows.exists():
        for name, ids in (("task", tasks), ("act", acts)):
            for some in parts(ids):
                for task, act in rows.filter(**{f"{name}__in": some}).values_list("task", "act"):
                    yield facts.Correction(text(task), text(act))


# -- recordings

RECORDING = (
    "id", "recorder", "officer", "origin", "drill", "aside", "opened_at", "closed_at", "stored_at",
    "officer_check",
)  # fmt: skip


def recordings(rows: Iterable[tuple[Any, ...]]) -> Iterator[facts.Recording]:
    """Of columns as RECORDING has them."""
    for some in parts(rows):
        handed = _handed([f"{recorder}/{one}" for one, recorder, *_ in some if recorder])
        offsets = _offsets(handed)
        kept = keeping.keep_of([one for one, *_ in some])
        for one, recorder, officer, origin, drill, aside, opened, closed, stored, check in some:
            if opened.year not in YEARS:
                continue  # nobody's time
            handover, at = handed.get(f"{recorder}/{one}", ("", stored))
            yield facts.Recording(
                str(one), recorder, text(officer), origin, drill, bool(aside), seconds(opened),
                _until(seconds(opened), up(closed)), offsets.get(f"{recorder}/{handover}"), seconds(at),
                check, kept.get(one, ""),
            )  # fmt: skip


def _handed(ids: list[str]) -> dict[str, tuple[str, datetime]]:
    """Which handover listed it, and when."""
    found = HandedOver.objects.filter(id__in=ids).values_list("id", "handover", "at")
    return {one: (handover, at) for one, handover, at in found}


def _offsets(handed: dict[str, tuple[str, datetime]]) -> dict[str, int | None]:
    """Of dockings, in seconds."""
    ids = {f"{one.split('/')[0]}/{handover}" for one, (handover, _) in handed.items()}
    found = Docking.objects.filter(id__in=ids).values_list("id", "offset_us")
    return {
        one: None if offset is None else max(-MOST_OFF_S, min(round(offset / SECOND), MOST_OFF_S))
        for one, offset in found
    }


def stretches(recordings: dict[str, facts.Recording]) -> Iterator[facts.Stretch]:
    for some in parts(recordings):
        for one, since, until in Gap.objects.filter(recording__in=some).values_list(
            "recording", "since", "until"
        ):
            key, begin = str(one), recordings[str(one)].opened
            yield from _stretch(key, "gap", up(since) - begin, seconds(until) - begin)


def measured(recordings: Collection[str]) -> Iterator[facts.Stretch | facts.Mark]:
    for some in parts(recordings):
        rows = Measured.objects.filter(recording__in=some)
        for one, marks, black, silent in rows.values_list("recording", "marks", "black", "silent"):
            key = str(one)
            yield from (facts.Mark(key, at // SECOND) for at in marks)
            for kind, pieces in (("black", black), ("silent", silent)):
                for since, until in pieces:
                    yield from _stretch(key, kind, -(-since // SECOND), until // SECOND)


def _stretch(recording: str, kind: str, since: int, until: int) -> Iterator[facts.Stretch]:
    if since < until:
        yield facts.Stretch(recording, kind, max(since, 0), until)


def spans(**which: Any) -> Iterator[tuple[str, facts.Span]]:
    rows = ActSpan.objects.filter(**which).values_list("id", "act", "recording", "from_us", "to_us")
    for key, act, recording, since, until in rows:
        yield key, facts.Span(str(act), str(recording), since // SECOND, -(-until // SECOND))


# -- acts


@dataclass(frozen=True)
class Said:
    """A version of a statement, and what it says of the act."""

    fact: facts.Statement
    place: str
    began: int | None
    ended: int | None


def statements(ids: list[UUID]) -> list[Said]:
    """The versions of each act as they came."""
    rows = Statement.objects.filter(act__in=ids).order_by("version")
    return [
        Said(
            facts.Statement(str(act), version, tuple(complete)),
            place,
            None if began is None or began.year not in YEARS else seconds(began),
            None if ended is None or ended.year not in YEARS else up(ended),
        )
        for act, version, complete, place, began, ended in rows.values_list(
            "act", "version", "complete", "place", "began", "ended"
        )
    ]


def acts(ids: list[UUID], told: Iterable[Said]) -> Iterator[facts.Act]:
    officers: dict[UUID, list[str]] = {}
    for act, officer in ActOfficer.objects.filter(act__in=ids).values_list("act", "officer"):
        officers.setdefault(act, []).append(str(officer))
    newest = {one.fact.act: one for one in told}
    for one, procedure, opened in Act.objects.filter(id__in=ids).values_list("id", "procedure", "opened_at"):
        said, who = newest.get(str(one)), tuple(sorted(officers.get(one, ())))
        place, began, ended = (said.place, said.began, said.ended) if said else ("", None, None)
        yield facts.Act(str(one), procedure, who, place, began, ended, seconds(opened))


def links(ids: list[UUID]) -> Iterator[facts.Link]:
    rows = ActLink.objects.filter(act__in=ids)
    for act, kind, number, at, gone in rows.values_list("act", "kind", "number", "at", "gone_at"):
        yield facts.Link(str(act), kind, number, seconds(at), None if gone is None else seconds(gone))


def outcomes(ids: list[UUID]) -> Iterator[facts.Outcome]:
    rows = Outcome.objects.filter(act__in=ids)
    for act, kind, at, gone in rows.values_list("act", "kind", "at", "gone_at"):
        yield facts.Outcome(str(act), kind, seconds(at), None if gone is None else seconds(gone))


def recordings_when(about: Q) -> Iterator[tuple[Any, ...]]:
    yield from Recording.objects.filter(about).values_list(*RECORDING).iterator(2000)
