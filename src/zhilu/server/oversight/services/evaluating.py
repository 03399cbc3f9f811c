"""Judging the days that have to be, of the own ledger and of every mirror (spec/findings.md §2, §4).

1. which days new entries touch, and of which a deadline has passed: they are noted (`Pending`) together with
   the size and the moment up to which that is known
2. of the newest noted days, a week at most and more where little happens, what their facts show
3. what differs from the findings that stand is entered in the ledger, some hundred at a time
4. the matches of the days take the place of those that are kept; where those of other days differ too, these
   are noted; the days are no longer

A crash after 1 leaves them noted, one within 3 what is not entered yet, which is found again: nothing is
entered twice, for what stands is read before. The tables may move on meanwhile: the entries that moved them
touch their days at the next turn. One process at a time does it. Only the own ledger gets entries.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import connections, transaction
from django.db.models import Max

from zhilu.errors import DataError
from zhilu.server.evidence.models import ActRevision, Statement
from zhilu.server.federation.services import ledgers, mirror
from zhilu.server.ledger.clock import unix_s
from zhilu.server.ledger.lock import insert_many
from zhilu.server.ledger.models import Entry, Evidential
from zhilu.server.ledger.services.alone import alone
from zhilu.server.ledger.services.commit import Proposal, commit_all
from zhilu.server.organisation.models import Bureau
from zhilu.server.oversight import rules_findings as rules
from zhilu.server.oversight.apply_findings import SAID, said
from zhilu.server.oversight.events_findings import RAISED, FindingCleared, FindingRaised
from zhilu.server.oversight.findings.every import RULES
from zhilu.server.oversight.findings.rule import Rule
from zhilu.server.oversight.models import (
    DueTask,
    Evaluated,
    Finding,
    Match,
    MatchCorrection,
    MatchedDay,
    Pending,
)
from zhilu.server.oversight.rules_answers import EXPLAINS
from zhilu.server.oversight.services import concluded, county_figures, judging, standing, touched
from zhilu.server.oversight.services.collecting import paused
from zhilu.server.oversight.services.fact_rows import parts

log = logging.getLogger("zhilu.findings")
EVERY_S = 20.0
LOCK = "findings"
TICK_S = 600
"""While nothing is entered the moment of judging moves in such steps."""
MOST_DAYS = 7
WIDEST_DAYS, FEW = 28, 2_000
"""Twice as many days at a time, up to so many, as long as no more tasks, acts and recordings were loaded for
them: each time costs a hundred questions, however few they find.
"""
AT_ONCE = 200
"""Entries in one transaction: nobody waits for the ledger for long."""
BACK_S = 86_400
"""A clock that was ahead by more, and is set back, was wrong: all is judged anew."""
ONE_DAY = timedelta(days=1)


def run(stop: threading.Event) -> None:
    """Until `stop`, beside the ledger's pass: of a large ledger the first time takes long."""
    while not stop.wait(EVERY_S):
        try:
            everything(stop)
        except Exception:
            log.exception("the findings were not judged")
        connections.close_all()  # none is held while it waits


def everything(stop: threading.Event | None = None) -> None:
    """One ledger that cannot be judged keeps no other from it."""
    for bureau in ledgers.bureaus():
        try:
            refresh(bureau, stop=stop)
        except Exception:
            log.exception("the findings of %s were not judged", bureau)


def forget() -> None:
    """Where tables were made anew: all is judged again."""
    with alone(LOCK), transaction.atomic():
        for model in (Evaluated, Pending, Match, MatchedDay):
            model._default_manager.all().delete()


def refresh(bureau: str, asked: Sequence[Rule] = RULES, stop: threading.Event | None = None) -> int:
    """Judge what has to be; how many entries were made. Days that cannot be judged stay noted, and keep no
    others from it.
    """
    made, most, done, failed = 0, MOST_DAYS, set[date](), set[date]()
    with alone(LOCK):
        if not _note(bureau, asked):
            return 0
    while not (stop and stop.is_set()):
        with alone(LOCK):
            days = _next(bureau, most, failed)
            if not days:
                return made
            try:
                entered, loaded = _judge(bureau, days, asked, done)
                made += entered
                most = min(2 * most, WIDEST_DAYS) if loaded <= FEW else MOST_DAYS
            except Exception:
                log.exception("%s to %s of %s were not judged", days[0], days[-1], bureau)
                failed |= set(days) if len(days) <= MOST_DAYS else set()
                most = MOST_DAYS
    return made


# -- which days


def _note(bureau: str, asked: Sequence[Rule]) -> bool:
    """Whether this ledger can be judged now."""
    known = Evaluated.objects.filter(bureau=bureau).first()
    with ledgers.of(bureau):
        if not Bureau.objects.exists() or _is_behind(bureau):
            return False
        size, as_of = ledgers.applied(bureau), _moment(bureau)
    if known and (known.size > size or known.as_of > as_of + BACK_S):
        known = None  # tables were made anew and are not as far, or a clock was wrong
    versions = versions_of(asked)
    if known is None:
        with ledgers.of(bureau):
            days = set(touched.with_rows())
    else:
        as_of = max(as_of, known.as_of)  # and never before an entry that counts
        is_same = (known.size, known.rules) == (size, versions)
        if is_same and known.as_of // TICK_S == as_of // TICK_S:
            return True
        days = touched_days(bureau, known, size, as_of, asked)
    values: dict[str, Any] = {"size": size, "as_of": as_of, "rules": versions}
    if bureau != ledgers.own() and (known is None or known.size != size):
        with ledgers.of(bureau):
            values["found"] = county_figures.counted()
    with transaction.atomic():
        insert_many([Pending(bureau=bureau, day=one) for one in _unnoted(bureau, days)])
        Evaluated.objects.update_or_create(bureau=bureau, defaults=values)
    return True


def _is_behind(bureau: str) -> bool:
    """Half of what is stored would show as missing what the other half records."""
    return bureau != ledgers.own() and mirror.known()[0].size > mirror.known()[2]


def _moment(bureau: str) -> int:
    """Of another ledger when its newest entry was made: what has come since is not known here."""
    return unix_s() if bureau == ledgers.own() else standing.newest()


def versions_of(asked: Sequence[Rule]) -> dict[str, int]:
    """The newest of each rule."""
    found: dict[str, int] = {}
    for one in asked:
        found[one.code] = max(one.version, found.get(one.code, 0))
    return found


def touched_days(bureau: str, known: Evaluated, size: int, as_of: int, asked: Sequence[Rule]) -> set[date]:
    new = [one.since for one in asked if one.version > known.rules.get(one.code, 0)]
    with ledgers.of(bureau):
        named = touched.named(known.size, size)
        for since in new:
            named.reach(since)
        tasks, acts = touched.subjects(named)
    matched, days = _matched(bureau, tasks, acts)
    with ledgers.of(bureau):
        days |= touched.days(named, tasks, acts | matched)
        if as_of > known.as_of:
            days |= touched.passed(known.as_of, as_of)
    return days


def _matched(bureau: str, tasks: Collection[UUID], acts: Collection[UUID]) -> tuple[set[UUID], set[date]]:
    """Acts that these tasks had, and days of the tasks that had these acts, and of these tasks before."""
    found, days = set[UUID](), set[date]()
    for name, ids in (("task", tasks), ("act", acts)):
        for some in parts(ids):
            rows = Match.objects.filter(bureau=bureau, **{f"{name}__in": some})
            for act, day in rows.values_list("act", "day"):
                found |= {act} if act else set()
                days.add(day)
    return found, days


def _unnoted(bureau: str, days: Collection[date]) -> list[date]:
    return sorted(set(days) - set(Pending.objects.filter(bureau=bureau).values_list("day", flat=True)))


def _next(bureau: str, most: int, failed: Collection[date]) -> list[date]:
    """The newest that are noted and follow each other."""
    found: list[date] = []
    noted = Pending.objects.filter(bureau=bureau).exclude(day__in=failed).order_by("-day")
    for day in noted.values_list("day", flat=True)[:most]:
        if found and found[-1] - day != ONE_DAY:
            break
        found.append(day)
    return found[::-1]


# -- judging


@paused()
def _judge(bureau: str, days: list[date], asked: Sequence[Rule], done: set[date]) -> tuple[int, int]:
    """How many entries were made, and how much was loaded for it."""
    known = Evaluated.objects.get(bureau=bureau)
    first, last = days[0], days[-1]
    with ledgers.of(bureau):
        judged = judging.of_days(first, last, known.as_of, asked)
    made = _enter(judged, first, last, asked) if bureau == ledgers.own() else 0
    done |= set(days)
    with transaction.atomic():
        also = _keep(bureau, judged, first, last) - done
        insert_many([Pending(bureau=bureau, day=one) for one in _unnoted(bureau, also)])
        Pending.objects.filter(bureau=bureau, day__in=days).delete()
    return made, judged.loaded


def _keep(bureau: str, judged: judging.Judged, first: date, last: date) -> set[date]:
    """The days, besides, that what became of these changes."""
    rows = Match.objects.filter(bureau=bureau)
    known = {str(one.task): one for one in rows.filter(day__gte=first, day__lte=last)}
    loaded = {**judged.around, **judged.matches}
    for some in parts(loaded.keys() - known.keys()):
        known |= {str(one.task): one for one in rows.filter(task__in=some)}
    also: set[date] = set()
    stale: dict[int, date] = {}
    fresh: list[Match] = []
    for task, before in known.items():
        now = loaded.get(task)
        if now is not None and judging.is_same(before, now):
            continue
        if task in judged.around:
            also |= {before.day, now.day} if now else {before.day}
            continue
        stale[before.pk] = before.day
        also |= {
            before.day,
            *(judged.act_days[one] for one in judging.acts_of(before, now) if one in judged.act_days),
        }
    for task, row in judged.matches.items():
        kept = known.get(task)
        if kept is None or kept.pk in stale:
            row.bureau = bureau
            fresh.append(row)
            also |= {judged.act_days[one] for one in judging.acts_of(row) if one in judged.act_days}
    _note_changed(bureau, {*stale.values(), *(one.day for one in fresh)})
    for ids in parts(stale):
        rows.filter(id__in=ids).delete()
    insert_many(fresh)
    return {one for one in also if not first <= one <= last and one.year in rules.YEARS}


def _note_changed(bureau: str, days: set[date]) -> None:
    for some in parts(days):
        MatchedDay.objects.filter(bureau=bureau, day__in=some).delete()
    insert_many([MatchedDay(bureau=bureau, day=one) for one in sorted(days)])


@dataclass(frozen=True)
class Difference:
    """Between what stands and what the facts show."""

    raised: list[FindingRaised]
    cleared: list[FindingCleared]


def difference(
    judged: dict[str, FindingRaised], first: date, last: date, asked: Sequence[Rule]
) -> Difference:
    """Inside the ledger's database. What was concluded stays, and what a rule said that is not asked."""
    known: dict[str, Finding] = {}
    stands = Finding.objects.filter(day__gte=first, day__lte=last, cleared_at=None)
    known |= {one.id: one for one in stands.exclude(state=rules.CONCLUDED)}
    for some in parts(judged.keys() - known.keys()):
        known |= Finding.objects.in_bulk(some)
    codes = {one.code for one in asked}
    gone = [one for one in known.values() if one.id not in judged and one.rule in codes]
    return Difference(
        [one for id_, one in judged.items() if _is_new(one, known.get(id_))],
        [FindingCleared(finding=one.id, reason=_why(one)) for one in gone],
    )


def _is_new(one: FindingRaised, known: Finding | None) -> bool:
    if known is None:
        return True
    if known.state == rules.CONCLUDED:
        return False
    return known.cleared_at is not None or {name: getattr(known, name) for name in SAID} != said(one)


def _why(one: Finding) -> str:
    """Whoever reads that it is gone is to see what made it go: what somebody did last, since it was said."""
    if one.subject_kind not in (rules.TASK, rules.ACT):
        return rules.NOT_SHOWN
    if _is_explained(one):
        return rules.NOT_ASKED
    done = [(_last(MatchCorrection, **{one.subject_kind: one.subject}), rules.MATCH_CORRECTED)]
    if one.subject_kind == rules.TASK:
        done.append((_last(DueTask, id=one.subject), rules.TASK_CHANGED))
    else:
        done += [(_last(model, act=one.subject), rules.ACT_CHANGED) for model in (Statement, ActRevision)]
    entry, why = max(done)
    raised = Entry.objects.filter(subject=one.id, kind=RAISED).order_by("-index")
    return why if entry > raised.values_list("index", flat=True)[0] else rules.NOT_SHOWN


def _last(model: type[Evidential], **about: object) -> int:
    """The newest entry about it, -1 where there is none."""
    found = model._default_manager.filter(**about).aggregate(last=Max("entry"))["last"]
    return -1 if found is None else int(found)


def _is_explained(one: Finding) -> bool:
    """Whether somebody approved what takes it away: of it, or of the task or act with which it is matched."""
    pairs = Match.objects.filter(bureau=ledgers.own(), **{one.subject_kind: one.subject})
    about = {one.subject, *(str(id_) for pair in pairs.values_list("task", "act") for id_ in pair if id_)}
    return any(one.rule in EXPLAINS[row.kind] for row in concluded.approved(about))


def _enter(judged: judging.Judged, first: date, last: date, asked: Sequence[Rule]) -> int:
    them = difference(judged.findings, first, last, asked)
    made = 0
    for some in _lots([*them.raised, *them.cleared]):
        made += _commit(some)
    return made


def _lots(many: list[Any]) -> Iterator[list[Any]]:
    for start in range(0, len(many), AT_ONCE):
        yield many[start : start + AT_ONCE]


def _commit(events: list[Any]) -> int:
    """All; or where somebody has just concluded one of them, each by itself."""
    actor = ledgers.own()
    try:
        return len(commit_all([Proposal(one, actor) for one in events]))
    except DataError as error:
        if len(events) == 1:
            log.warning("a finding was not entered: %s", error)
            return 0
    return sum(_commit([one]) for one in events)
