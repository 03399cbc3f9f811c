"""What people do at the county's pages in the demonstration: the server's own services, in their names."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from zhilu.demo.bureau import steps
from zhilu.demo.bureau.hands import Hands, id_of
from zhilu.demo.bureau.homes import Founding
from zhilu.server.catalogue.services.rollouts import set_line
from zhilu.server.equipment.models import Alarm, Recorder
from zhilu.server.equipment.services import alarms, keeping
from zhilu.server.evidence.events_desk import DescriptionAssigned, RecordingSetAside, StatementConfirmed
from zhilu.server.evidence.models import Act
from zhilu.server.evidence.rules import Span
from zhilu.server.evidence.services import acts, links, outcomes, true_time
from zhilu.server.ledger.services.commit import commit
from zhilu.server.organisation.services import delegations
from zhilu.server.organisation.services.rights import rights_of
from zhilu.server.training.models import Course
from zhilu.server.training.services import results


class Office:
    """`acts`, `recordings`: the plan's keys → ids in the ledger."""

    def __init__(self, founded: Founding, hands: Hands) -> None:
        self.founded, self.cast, self.hands = founded, founded.cast, hands
        self.acts: dict[str, UUID] = {}
        self.recordings: dict[str, str] = {}

    def person(self, login: str) -> UUID:
        return UUID(self.cast.people[login].id)

    def _rights(self, login: str) -> Any:
        return rights_of(self.person(login))

    def roll_out(self) -> None:
        """The pilot: what is of the first tier is recorded everywhere from now on."""
        editor = self.founded.county.with_role("legal-editor")[0].login
        set_line(
            self.person(editor), self.founded.place.bureau, None, "priority", self.founded.at.date(), None
        )

    def train(self, step: steps.Trained) -> None:
        trainer = self.founded.county.with_role("trainer")[0].login
        course = Course.objects.get(id=self.founded.id(f"course {step.course}"))
        scores = {self.person(login): score for login, score in step.scores}
        recording = self.recordings[step.drill] if step.drill else None
        results.record(self.person(trainer), course, step.held_on, scores, recording=recording)

    def issue(self, kid: str, step: steps.Issued) -> None:
        unit = self.founded.county.member(step.holder).unit
        keeping.issue(
            self._rights("keeper"),
            Recorder.objects.get(kid=kid),
            UUID(self.founded.unit(unit)),
            self.person(step.holder),
        )

    def assign(self, kid: str, step: steps.Assigned) -> None:
        recorder = Recorder.objects.get(kid=kid)
        keeping.assign(
            self._rights("keeper"),
            recorder,
            self.person(step.officer),
            drill=step.drill,
            deputy=step.deputy or None,
        )

    def delegate(self, step: steps.Delegated) -> None:
        giver, now = self.person(step.giver), self.hands.now()
        until = now + timedelta(days=step.days)
        delegations.give(self._rights(step.giver), giver, self.person(step.receiver), step.role, now, until)

    def handle_alarm(self, step: steps.Alarmed, said: UUID) -> None:
        row = Alarm.objects.get(said=said)
        words = {"confirmed": "", "handled": step.said} | ({"closed": ""} if step.closed else {})
        if step.said:
            for state, text in words.items():
                self.hands.go_on(minutes=11)
                alarms.move(row.id, state, self.person(step.by), text)

    def open(self, step: steps.Opened) -> None:
        spans = [Span(self.recordings[key], first, last) for key, first, last in step.spans]
        officers = [str(self.person(login)) for login in step.officers]
        self.acts[step.act] = acts.open_act(
            self.person(step.by), step.procedure, officers, step.taxpayer, spans
        )

    def file(self, step: steps.Filed) -> None:
        act = Act.objects.get(id=self.acts[step.act])
        times = true_time.runs(act) or (None, None)
        acts.file_statement(self.person(step.by), act, step.version - 1, step.texts, times)

    def confirm(self, step: steps.Confirmed) -> None:
        commit(StatementConfirmed(str(self.acts[step.act]), step.version), str(self.person(step.by)))

    def link(self, step: steps.Linked) -> None:
        links.link(self.person(step.by), self.acts[step.act], step.kind, step.number, step.name)

    def result(self, step: steps.Resulted) -> None:
        outcomes.record(self.person(step.by), self.acts[step.act], step.kind, step.fen, step.note)

    def set_aside(self, step: steps.SetAside) -> None:
        event = RecordingSetAside(self.recordings[step.recording], step.reason)
        commit(event, str(self.person(step.by)), {"text": step.text})

    def hand_on(self, step: steps.Handed) -> None:
        officer = str(self.person(step.officer))
        commit(DescriptionAssigned(self.recordings[step.recording], officer), str(self.person(step.by)))

    def viewing(self, key: str) -> str:
        return str(id_of(self.founded.county.seed, key, self.founded.at))
