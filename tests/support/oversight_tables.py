"""Facts laid down as rows of the tables, past the ledger: for what reads tables only. Ids become UUIDs, the
same for the same word; `told` gives the facts as they are to be read back.

What other parts say of recordings and explanations (how long kept, what was approved) is given to them here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

import pytest
from django.db import models, transaction

from zhilu.server.catalogue.models import Catalogue, Procedure, Rollout
from zhilu.server.equipment.models import Assignment, Docking, HandedOver, LoggedAbsence, LoggedRefusal
from zhilu.server.evidence.models import (
    Act,
    ActLink,
    ActOfficer,
    ActSpan,
    Gap,
    KeyRelease,
    Measured,
    Outcome,
    Recording,
    Statement,
    Viewing,
)
from zhilu.server.evidence.services import keeping
from zhilu.server.ledger.lock import insert_many
from zhilu.server.ledger.models.base import applying
from zhilu.server.organisation.models import Bureau, Calendar, Department, Post
from zhilu.server.oversight.findings import facts
from zhilu.server.oversight.findings.facts import Facts
from zhilu.server.oversight.models import DueTask, DueTaskOfficer, LimitSet, MatchCorrection
from zhilu.server.oversight.services import concluded

BUREAU = "julu"
SECOND = 1_000_000
AT_ONCE = 5000
"""Rows of a table that wait here at most."""


@cache
def named(word: str) -> str:
    return str(uuid5(NAMESPACE_OID, word)) if word else ""


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def told(them: Facts) -> Facts:
    """With ids as the tables have them; without what they do not say."""

    def people(many: Iterable[str]) -> tuple[str, ...]:
        return tuple(map(named, many))

    newest: dict[str, facts.Task] = {}
    for one in sorted(them.tasks, key=lambda one: one.version):
        newest[one.task] = one
    return replace(
        them,
        tasks=tuple(
            replace(one, task=named(one.task), officers=people(one.officers)) for one in newest.values()
        ),
        acts=tuple(
            replace(one, act=named(one.act), officers=tuple(sorted(set(people(one.officers)))))
            for one in them.acts
        ),
        spans=_with(them.spans, "act", "recording"),
        recordings=_with(them.recordings, "recording", "officer"),
        stretches=_with(them.stretches, "recording"),
        marks=_with(them.marks, "recording"),
        statements=_with(them.statements, "act"),
        links=_with(them.links, "act"),
        outcomes=_with(them.outcomes, "act"),
        posts=_with(them.posts, "person", "department"),
        departments=_with(them.departments, "department", "parent"),
        rollout=_with(them.rollout, "department"),
        explanations=_with(them.explanations, "subject", "decided_by"),
        boots=_with(them.boots, "officer"),
        dockings=tuple(
            replace(one, docking=f"{one.recorder}/{one.docking}", officer=named(one.officer))
            for one in them.dockings
            if one.refused not in ("", "quorum")
        ),
        viewings=_with([*them.viewings, *_unsaid(them)], "viewing", "viewer"),
        releases=_with(them.releases, "viewing", "viewer", "recording"),
        corrections=_with(them.corrections, "task", "act"),
    )


def _with(rows: Iterable[Any], *columns: str) -> tuple[Any, ...]:
    return tuple(replace(one, **{name: named(getattr(one, name)) for name in columns}) for one in rows)


def _unsaid(them: Facts) -> list[facts.Viewing]:
    """Viewings of which there are releases only."""
    known = {one.viewing for one in them.viewings}
    viewers = {one.viewing: one.viewer for one in them.releases if one.viewing not in known}
    return [facts.Viewing(viewing, viewer, "refused", 0) for viewing, viewer in viewers.items()]


class Tables:
    """`them`: as `told` says them."""

    def __init__(self, them: Facts) -> None:
        self.them, self._entry = them, 1_000_000
        self._rows: dict[type[models.Model], list[Any]] = defaultdict(list)

    def lay_down(self) -> None:
        with transaction.atomic(), applying():
            for step in (self._frame, self._tasks, self._recordings, self._acts, self._others):
                step()
            for rows in self._rows.values():
                insert_many(rows)

    def _add(self, model: type[Any], **values: Any) -> Any:
        self._entry += 1
        row = model(entry=self._entry, **values)
        self._rows[model].append(row)
        if len(self._rows[model]) == AT_ONCE:
            insert_many(self._rows.pop(model))
        return row

    def _frame(self) -> None:
        them = self.them
        if not Bureau.objects.exists():
            self._add(Bureau, code=BUREAU, domain="d", root="", text_key={})
        for one in them.departments:
            self._add(
                Department, id=one.department, bureau=BUREAU, parent=one.parent or None, kind="other",
                name=one.department, order=1, closed=False,
            )  # fmt: skip
        for place, post in enumerate(them.posts):
            self._add(
                Post, id=named(f"post {place}"), person=post.person, department=post.department,
                rank="officer", since=post.since, until=post.until,
            )  # fmt: skip
        for version, since in sorted({(one.version, one.since) for one in them.catalogue}):
            self._add(Catalogue, version=version, since=since, classes={}, scripts={}, by=BUREAU)
        empty = dict.fromkeys(("class_code", "department", "group", "name", "start", "content", "end"), "x")
        for one in them.catalogue:
            self._add(
                Procedure, id=f"{one.version}/{one.procedure}", version=one.version, code=one.procedure,
                tier=one.tier, min_officers=one.min_officers, marks=one.marks, retention="days-180",
                place=self._entry, **empty,
            )  # fmt: skip
        for place, line in enumerate(them.rollout):
            self._add(
                Rollout, id=named(f"rollout {place}"), bureau=BUREAU, department=line.department or None,
                tier=line.tier, since=line.since, until=line.until,
            )  # fmt: skip
        years: dict[int, dict[str, str]] = defaultdict(dict)
        for day in them.calendar:
            years[day.day.year][day.day.isoformat()] = day.kind
        for year, days in years.items():
            self._add(Calendar, year=year, days=days)
        for place, limit in enumerate(them.limits):
            self._add(
                LimitSet, id=place, name=limit.name, value=limit.value, since=limit.since, by=BUREAU, at=at(0)
            )

    def _tasks(self) -> None:
        for one in self.them.tasks:
            self._add(
                DueTask, id=one.task, number=one.task, version=one.version, procedure=one.procedure,
                officers=list(one.officers), since=at(one.since), until=at(one.until),
                withdrawn=one.withdrawn, source="file",
                entered_at=at(0), entered_by=BUREAU, taxpayer=one.taxpayer,
                document=one.document, place=one.place,
            )  # fmt: skip
            for officer in dict.fromkeys(one.officers):
                self._add(
                    DueTaskOfficer, id=named(f"{one.task}/{officer}"), task=one.task, officer=officer,
                    since=at(one.since),
                )  # fmt: skip
        for place, said in enumerate(self.them.corrections):
            self._add(
                MatchCorrection, id=place, task=said.task or None, act=said.act or None, back=False,
                by=BUREAU, at=at(0),
            )  # fmt: skip

    def _recordings(self) -> None:
        opened = {one.recording: (one.recorder, one.opened) for one in self.them.recordings}
        in_acts: dict[str, int] = defaultdict(int)
        for span in self.them.spans:
            in_acts[span.recording] += 1
        for one in self.them.recordings:
            self._recording(one, in_acts[one.recording])
        measured: dict[str, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
        for place, piece in enumerate(self.them.stretches):
            if piece.kind == "gap":
                recorder, begin = opened[piece.recording]
                self._add(
                    Gap, id=f"{place}", recording=piece.recording, recorder=recorder,
                    since=at(begin + piece.since), until=at(begin + piece.until), reason="x",
                )  # fmt: skip
            else:
                pair = [piece.since * SECOND, piece.until * SECOND]
                measured[piece.recording][piece.kind].append(pair)
        for mark in self.them.marks:
            measured[mark.recording]["marks"].append(mark.at * SECOND)
        for recording, said in measured.items():
            self._add(
                Measured, recording=recording, marks=said["marks"], black=said["black"],
                silent=said["silent"], black_count=0, black_us=0, silent_count=0, silent_us=0,
            )  # fmt: skip

    def _recording(self, one: facts.Recording, acts: int) -> None:
        handover = f"h{one.recording}"
        self._add(
            Recording, id=one.recording, recorder=one.recorder, lines=1, last="", segments=1, length=1,
            origin=one.origin, drill=one.drill, officer=one.officer or None, policy=1,
            opened_at=at(one.opened), closed_at=at(one.closed), handover=handover,
            officer_check=one.officer_check, station="", bay=1, closed_by="", copies=1,
            stored_at=at(one.collected), duration_us=(one.closed - one.opened) * SECOND, acts=acts,
            aside="other" if one.aside else "",
        )  # fmt: skip
        self._add(
            HandedOver, id=f"{one.recorder}/{one.recording}", recorder=one.recorder, recording=one.recording,
            handover=handover, station="", bay=1, at=at(one.collected), told_at=at(one.collected),
            day=at(one.collected).date(),
        )  # fmt: skip
        if one.offset is not None:
            self._docking(one.recorder, handover, one.collected, one.officer, one.offset * SECOND)

    def _docking(self, recorder: str, handover: str, when: int, officer: str, offset_us: int) -> int:
        row = self._add(
            Docking, id=f"{recorder}/{handover}", recorder=recorder, handover=handover, station="", bay=1,
            officer=officer or named("nobody"), officer_check="key", at=at(when), n=self._entry,
            offset_us=offset_us, told_at=at(when),
        )  # fmt: skip
        return int(row.n)

    def _acts(self) -> None:
        them = self.them
        for one in them.acts:
            self._add(Act, id=one.act, procedure=one.procedure, catalogue=1, opened_at=at(one.opened))
            for officer in dict.fromkeys(one.officers):
                self._add(ActOfficer, id=f"{one.act}/{officer}", act_id=one.act, officer=officer)
        for place, span in enumerate(them.spans):
            self._add(
                ActSpan, id=f"{place}", act_id=span.act, recording=span.recording,
                from_us=span.since * SECOND, to_us=span.until * SECOND,
            )  # fmt: skip
        said = {one.act: one for one in them.acts}
        for place, statement in enumerate(_statements(them)):
            act = said[statement.act]
            times = {} if act.began is None else {"began": at(act.began)}
            times |= {} if act.ended is None else {"ended": at(act.ended)}
            self._add(
                Statement, id=place, act_id=statement.act, version=statement.version,
                complete=list(statement.elements), filed_at=at(0), filed_by="", place=act.place, **times,
            )  # fmt: skip
        for place, link in enumerate(them.links):
            self._add(
                ActLink, id=named(f"link {place}"), act_id=link.act, kind=link.kind, source="officer",
                number=link.number, at=at(link.at), by="",
                gone_at=None if link.ended is None else at(link.ended),
            )  # fmt: skip
        acts = {act.act: act for act in them.acts}
        for place, outcome in enumerate(them.outcomes):
            act = acts[outcome.act]
            self._add(
                Outcome, id=named(f"outcome {place}"), act_id=outcome.act, kind=outcome.kind,
                at=at(outcome.at), by="", gone_at=None if outcome.ended is None else at(outcome.ended),
                opened_at=at(act.opened), procedure=act.procedure,
            )  # fmt: skip

    def _others(self) -> None:
        them = self.them
        for place, boot in enumerate(them.boots):
            self._add(
                LoggedAbsence, id=boot.boot, recorder=boot.recorder, kind="boot", reason=boot.reason,
                since=at(boot.since), until=at(boot.until), docked=boot.docked, day=at(boot.since).date(),
            )  # fmt: skip
            self._add(
                Assignment, id=place, recorder=boot.recorder, officer=boot.officer, station="", bay=1,
                drill=False, deputy=False, at=at(boot.since - 1),
            )  # fmt: skip
        for one in them.dockings:
            n = self._docking(one.recorder, one.docking.split("/")[1], one.at, one.officer, 0)
            self._add(
                LoggedRefusal, id=f"{one.recorder}/{n}", recorder=one.recorder, docked=n + 1,
                code=one.refused, at=at(one.at), told_at=at(one.at),
            )  # fmt: skip
        decided = {"approved": True, "refused": False, "": None}
        for viewing in them.viewings:
            self._add(
                Viewing, id=viewing.viewing, viewer=viewing.viewer, purpose="x", requested=at(0),
                expires=at(viewing.until), until=at(viewing.until), asked_at=at(0),
                approved=decided[viewing.decision],
            )  # fmt: skip
        for place, release in enumerate(them.releases):
            self._add(
                KeyRelease, id=place, viewing=release.viewing, recording=release.recording, first=0, last=1,
                viewer_key="", expires=at(release.at), at=at(release.at),
            )  # fmt: skip


def _statements(them: Facts) -> Iterable[facts.Statement]:
    """An act's times and place are said by its statement, so each has one."""
    have = {one.act for one in them.statements}
    return [*them.statements, *(facts.Statement(one.act, 1, ()) for one in them.acts if one.act not in have)]


def give(monkeypatch: pytest.MonkeyPatch, them: Facts) -> None:
    """What is asked of other parts."""
    keep = {UUID(one.recording): one.keep for one in them.recordings}
    of: dict[str, list[facts.Explanation]] = defaultdict(list)
    for one in them.explanations:
        of[one.subject].append(one)

    def keep_of(ids: Collection[UUID]) -> dict[UUID, str]:
        return {one: keep[one] for one in ids}

    def approved(subjects: Collection[str]) -> list[facts.Explanation]:
        return [row for one in subjects for row in of.get(one, ())]

    monkeypatch.setattr(keeping, "keep_of", keep_of)
    monkeypatch.setattr(concluded, "approved", approved)
