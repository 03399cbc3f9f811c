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

from django.db.models import QuerySet

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
    Statement,
)
from zhilu.server.evidence.services import keeping
from zhilu.server.ledger.lock import among
from zhilu.server.ledger.seconds import Seconds, seconds, up
from zhilu.server.organisation.models import Bureau, Calendar, Department, Post
from zhilu.server.organisation.rules_calendar import read_days
from zhilu.server.oversight.findings import facts
from zhilu.server.oversight.findings.days import BUILT_IN, DAY_S
from zhilu.server.oversight.models import DueTask, LimitSet, MatchCorrection
from zhilu.server.oversight.rules_findings import YEARS

__all__ = ["seconds", "up"]
T = TypeVar("T")
AT_ONCE = 2000
SECOND = 1_000_000
TIMES = tuple(int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) for year in (YEARS.start, YEARS.stop))
"""From when to when a time may be: what else is told of one is nobody's."""
MOST_OFF_S = 50 * 366 * DAY_S
"""No clock is further off."""


def parts(ids: Iterable[T]) -> Iterator[list[T]]:
    whole = list(ids)
    for start in range(0, len(whole), AT_ONCE):
        yield whole[start : start + AT_ONCE]


LONGEST_S = 7 * 86_400
"""A mirror takes what a county says: what says that it is longer ran so long."""


def _is_time(at: int) -> bool:
    return TIMES[0] <= at < TIMES[1]


def _until(opened: int, closed: int) -> int:
    return min(max(closed, opened), opened + LONGEST_S)


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
    "id", "version", "procedure", "taxpayer", "document", "officers", Seconds("since"),
    Seconds("until", up=True), "place", "withdrawn",
)  # fmt: skip


def tasks(rows: QuerySet[DueTask]) -> Iterator[facts.Task]:
    for one, version, procedure, taxpayer, document, officers, since, until, place, gone in rows.values_list(
        *TASK
    ).iterator(2000):
        if _is_time(since) and _is_time(until):
            yield facts.Task(
                str(one), version, procedure, taxpayer, document, tuple(map(str, officers)), since, until,
                place, gone,
            )  # fmt: skip


def corrections(tasks: Collection[str], acts: Collection[str]) -> Iterator[facts.Correction]:
    """That count, about any of these."""
    rows = MatchCorrection.objects.filter(ended=None, back=False)
    if rows.exists():
        for name, ids in (("task", tasks), ("act", acts)):
            for some in parts(ids):
                for task, act in among(rows, some, name).values_list("task", "act"):
                    yield facts.Correction(text(task), text(act))


# -- recordings

RECORDING = (
    "id", "recorder", "officer", "origin", "drill", "aside", Seconds("opened_at"),
    Seconds("closed_at", up=True), Seconds("stored_at"), "officer_check",
)  # fmt: skip


def recordings(rows: Iterable[tuple[Any, ...]]) -> Iterator[facts.Recording]:
    """Of columns as RECORDING has them."""
    for some in parts(rows):
        handed = _handed([f"{recorder}/{one}" for one, recorder, *_ in some if recorder])
        offsets = _offsets(handed)
        kept = keeping.keep_of([one for one, *_ in some])
        for one, recorder, officer, origin, drill, aside, opened, closed, stored, check in some:
            if not _is_time(opened):
                continue  # nobody's time
            handover, at = handed.get(f"{recorder}/{one}", ("", stored))
            yield facts.Recording(
                str(one), recorder, text(officer), origin, drill, bool(aside), opened, _until(opened, closed),
                offsets.get(f"{recorder}/{handover}"), at, check, kept.get(one, ""),
            )  # fmt: skip


def _handed(ids: list[str]) -> dict[str, tuple[str, int]]:
    """Which handover listed it, and when."""
    found = among(HandedOver.objects.all(), ids).values_list("id", "handover", Seconds("at"))
    return {one: (handover, at) for one, handover, at in found}


def _offsets(handed: dict[str, tuple[str, int]]) -> dict[str, int | None]:
    """Of dockings, in seconds."""
    ids = {f"{one.split('/')[0]}/{handover}" for one, (handover, _) in handed.items()}
    found = among(Docking.objects.all(), list(ids)).values_list("id", "offset_us")
    return {
        one: None if offset is None else max(-MOST_OFF_S, min(round(offset / SECOND), MOST_OFF_S))
        for one, offset in found
    }


def stretches(recordings: dict[str, facts.Recording]) -> Iterator[facts.Stretch]:
    for some in parts(recordings):
        rows = among(Gap.objects.all(), some, "recording")
        for one, since, until in rows.values_list("recording", Seconds("since", up=True), Seconds("until")):
            key, begin = str(one), recordings[str(one)].opened
            yield from _stretch(key, "gap", since - begin, until - begin)


def measured(recordings: Collection[str]) -> Iterator[facts.Stretch | facts.Mark]:
    for some in parts(recordings):
        rows = among(Measured.objects.all(), some, "recording")
        for one, marks, black, silent in rows.values_list("recording", "marks", "black", "silent"):
            key = str(one)
            yield from (facts.Mark(key, at // SECOND) for at in marks)
            for kind, pieces in (("black", black), ("silent", silent)):
                for since, until in pieces:
                    yield from _stretch(key, kind, -(-since // SECOND), until // SECOND)


def _stretch(recording: str, kind: str, since: int, until: int) -> Iterator[facts.Stretch]:
    if since < until:
        yield facts.Stretch(recording, kind, max(since, 0), until)


def spans(of: str, ids: list[str]) -> Iterator[tuple[str, facts.Span]]:
    """`of`: `act` or `recording`."""
    rows = among(ActSpan.objects.all(), ids, of)
    for key, act, recording, since, until in rows.values_list("id", "act", "recording", "from_us", "to_us"):
        yield key, facts.Span(str(act), str(recording), since // SECOND, -(-until // SECOND))


# -- acts


@dataclass(frozen=True)
class Said:
    """A version of a statement, and what it says of the act."""

    fact: facts.Statement
    place: str
    began: int | None
    ended: int | None


def statements(ids: list[str]) -> list[Said]:
    """The versions of each act as they came."""
    rows = among(Statement.objects.order_by("version"), ids, "act")
    times = Seconds("began"), Seconds("ended", up=True)
    return [
        Said(
            facts.Statement(str(act), version, tuple(complete)),
            place,
            began if began is not None and _is_time(began) else None,
            ended if ended is not None and _is_time(ended) else None,
        )
        for act, version, complete, place, began, ended in rows.values_list(
            "act", "version", "complete", "place", *times
        )
    ]


def acts(ids: list[str], told: Iterable[Said]) -> Iterator[facts.Act]:
    officers: dict[UUID, list[str]] = {}
    for act, officer in among(ActOfficer.objects.all(), ids, "act").values_list("act", "officer"):
        officers.setdefault(act, []).append(str(officer))
    newest = {one.fact.act: one for one in told}
    rows = among(Act.objects.all(), ids).values_list("id", "procedure", Seconds("opened_at"))
    for one, procedure, opened in rows:
        key = str(one)
        said, who = newest.get(key), tuple(sorted(officers.get(one, ())))
        place, began, ended = (said.place, said.began, said.ended) if said else ("", None, None)
        yield facts.Act(key, procedure, who, place, began, ended, opened)


def links(ids: list[str]) -> Iterator[facts.Link]:
    rows = among(ActLink.objects.all(), ids, "act")
    for act, *told in rows.values_list("act", "kind", "number", Seconds("at"), Seconds("gone_at")):
        yield facts.Link(str(act), *told)


def outcomes(ids: list[str]) -> Iterator[facts.Outcome]:
    rows = among(Outcome.objects.all(), ids, "act")
    for act, *told in rows.values_list("act", "kind", Seconds("at"), Seconds("gone_at")):
        yield facts.Outcome(str(act), *told)
