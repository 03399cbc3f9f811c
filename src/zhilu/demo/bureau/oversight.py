"""Oversight in the demonstration: the tax administration system enters tasks, the server finds, and officers,
heads, supervisor and leader explain, decide, conclude, review and publish, each by the server's own services.

Who does what about a finding is drawn from its id, so that it is the same at every build.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

from zhilu.demo.bureau import days, steps_oversight, texts_oversight
from zhilu.demo.bureau.office import Office
from zhilu.demo.bureau.room import Room
from zhilu.demo.bureau.wire import Wire
from zhilu.errors import DataError
from zhilu.protocols.viewing import Span
from zhilu.server.assessment import scheme
from zhilu.server.assessment.models import Objection, PublishedLine
from zhilu.server.assessment.rules import UPHELD
from zhilu.server.assessment.services import objecting, publishing
from zhilu.server.evidence.models import Recording
from zhilu.server.federation.services import ledgers
from zhilu.server.organisation.rules_tokens import TASKS
from zhilu.server.organisation.services import api_tokens
from zhilu.server.oversight import parties, rules_tasks
from zhilu.server.oversight import rules_answers as rules
from zhilu.server.oversight.apply_answers import concludable_at
from zhilu.server.oversight.models import Drawn, Explanation, Finding, PersonFault, SanctionFinding
from zhilu.server.oversight.rules_reviews import drawn_id, items_of
from zhilu.server.oversight.services import answers, evaluating, reviewing

SUPERVISOR, ANOTHER = "supervisor", "supervisor2"
FAILED = ("recording-told", "civil-language")
"""Items that the first reviewer finds not met where a recording does not pass; the second one the first."""
SILENT, UNFOUNDED, FAULTY = 0.12, 0.3, 0.6
"""Of the findings: nobody explains; of the explanations: refused; of what is left: somebody's fault."""
TASK_SYSTEM = "金税系统"
API = "/api/v1/due-tasks"


class Overseer:
    """Everybody who has a part in it."""

    def __init__(self, office: Office, room: Room, wire: Wire) -> None:
        self._office, self._room, self._wire, self._hands = office, room, wire, office.hands
        self._cast, self._county = office.cast, office.founded.county
        self._units = {office.founded.unit(one.name): one.name for one in self._county.units}
        self._logins = {one.id: one.login for one in self._cast.everybody}
        self._bearer, self._blamed = "", ""

    def begin(self) -> None:
        """The security administrator gives the tax administration system its token."""
        ends = self._hands.now() + timedelta(days=360)
        by = self._office.person("security1")
        _token, self._bearer = api_tokens.grant(TASK_SYSTEM, [TASKS], None, ends, by)

    # Tasks

    def enter(self, step: steps_oversight.Entered) -> None:
        numbers = {one.login: one.number for one in self._county.members}
        rows = [as_said(one, [numbers[login] for login in one.officers]) for one in step.tasks]
        done = self._wire.enter(API, self._bearer, {"rows": rows})
        if done["refused"]:
            raise DataError("demo-refused", "The county refused: {said}", said=done["rows"])

    def excuse(self, step: steps_oversight.Excused) -> None:
        said = answers.Said("not-recorded", "emergency", texts_oversight.IN_ADVANCE)
        officer = self._office.person(step.officer)
        task = rules_tasks.task_id(step.task)
        explanation = answers.explain_task(officer, task, said)
        head = self._county.head_of(self._county.member(step.officer).unit)
        self._hands.go_on(minutes=9)
        answers.decide(self._office.person(head.login), explanation, rules.ACCEPTED)
        self._hands.go_on(minutes=14)
        answers.confirm(self._office.person(SUPERVISOR), explanation, rules.CONFIRMED)

    # Findings

    def judge(self) -> None:
        evaluating.refresh(ledgers.own())

    def explain(self, step: steps_oversight.Explained) -> None:
        """Each who is asked, once; of some findings nobody says anything."""
        for finding in self._open(rules.OPEN):
            chance = self._chance(finding.id)
            is_silent = chance.random() < SILENT and not step.everybody
            if is_silent or finding.severity == rules.REFER:
                continue
            kind, reason, text = texts_oversight.explanation(finding.rule, chance)
            for person in finding.persons:
                self._hands.go_on(seconds=70)
                answers.explain(UUID(person), finding.id, answers.Said(kind, reason, text))

    def answer(self) -> None:
        """By the head of the unit, where he is none of those who are asked."""
        for finding in self._open(rules.EXPLAINED):
            head = self._head(finding)
            if head is None or str(head) in parties.of_finding(finding):
                continue
            refused = self._chance(finding.id, "answer").random() < UNFOUNDED
            decision, text = (rules.REFUSED, texts_oversight.REFUSAL) if refused else (rules.ACCEPTED, "")
            for one in Explanation.objects.filter(finding=finding.id, decision=""):
                self._hands.go_on(seconds=50)
                answers.decide(head, one.id, decision, text)

    def conclude(self) -> None:
        """What is ripe: everybody was heard, or had the time for it."""
        for finding, accepted in self._ripe():
            if supervisor := self._supervisor(finding):
                self._hands.go_on(seconds=90)
                answers.conclude(supervisor, finding.id, *self._conclusion(finding, accepted))

    def _supervisor(self, finding: Finding) -> UUID | None:
        """The first whom it is not about: they watch footage too."""
        about = parties.of_finding(finding)
        them = [self._office.person(one.login) for one in self._county.with_role("supervisor")]
        return next((one for one in them if str(one) not in about), None)

    def _ripe(self) -> Iterator[tuple[Finding, bool]]:
        """With whether an explanation was accepted."""
        for finding in self._open(*rules.STATES[:3]):
            explained = list(Explanation.objects.filter(finding=finding.id))
            if finding.severity != rules.REFER and concludable_at(finding, explained) <= self._hands.now():
                yield finding, any(one.decision == rules.ACCEPTED for one in explained)

    def blame(self) -> None:
        """One whose explanation was refused, or who gave none, if there is any."""
        for finding, accepted in self._ripe():
            supervisor = self._supervisor(finding)
            if supervisor and finding.persons and not accepted:
                self._blamed = finding.id
                fault = (rules.FAULT, texts_oversight.FAULT, "", finding.persons[:1])
                answers.conclude(supervisor, self._blamed, *fault)
                return

    def appeal(self) -> None:
        for fault in PersonFault.objects.filter(finding=self._blamed, lifted_at=None):
            answers.appeal_finding(fault.person, self._blamed, texts_oversight.APPEAL)

    def _conclusion(self, finding: Finding, accepted: bool) -> tuple[str, str, str, list[str]]:
        if accepted:
            return rules.EXCUSED, texts_oversight.EXCUSED, rules.APPROVED_REASON, []
        if self._chance(finding.id, "conclusion").random() < FAULTY:
            return rules.FAULT, texts_oversight.FAULT, "", finding.persons[:1]
        return rules.NO_FAULT, texts_oversight.NO_FAULT, "", []

    def _open(self, *states: str) -> Iterator[Finding]:
        yield from list(Finding.objects.filter(cleared_at=None, state__in=states).order_by("raised_at", "id"))

    def _head(self, finding: Finding) -> UUID | None:
        unit = self._units.get(str(finding.department))
        found = [one for one in self._county.members if one.unit == unit and one.rank == "head"]
        heads = [one for one in found if "unit-head" in one.roles]
        return self._office.person(heads[0].login) if heads else None

    def _chance(self, finding: str, what: str = "") -> random.Random:
        return random.Random(f"{finding}{what}")  # noqa: S311 - no key comes of it

    def sanction(self, step: steps_oversight.Sanctioned) -> None:
        """Of the newest fault without one, if there is any: by the head of the unit, where it is not his own;
        a leader decides about an appeal."""
        sanctioned = SanctionFinding.objects.values("finding")
        faults = PersonFault.objects.filter(lifted_at=None).exclude(finding__in=sanctioned)
        fault = faults.order_by("-id").first()
        if fault is None:
            return
        finding, leader = Finding.objects.get(id=fault.finding), self._office.person("approver")
        head = self._head(finding)
        by = leader if head is None or str(head) in parties.of_finding(finding) else head
        text = texts_oversight.SANCTION
        sanction = answers.sanction(by, fault.person, [fault.finding], "criticism", text)
        if step.appeals and by != leader:
            self._hands.go_on(minutes=50)
            appeal = answers.appeal_sanction(fault.person, sanction, texts_oversight.APPEAL)
            self._hands.go_on(minutes=40)
            answers.decide_appeal(leader, appeal, rules.UPHELD, texts_oversight.UPHELD)

    # Reviews

    def set_checklists(self) -> None:
        editor = self._county.with_role("legal-editor")[0].login
        reviewing.adopt_proposed(self._office.person(editor))

    def draw(self, step: steps_oversight.DrawnAtRandom) -> None:
        """Announced; it is made when the city has cosigned, which is when the demo runs."""
        period = days.at(step.first, 0), self._hands.now()
        try:
            reviewing.announce(self._office.person(SUPERVISOR), None, period, (None, 20), 25)
        except DataError as error:
            if error.code != "draw-population":  # in few days there may be nothing to draw from
                raise

    def review(self, step: steps_oversight.Reviewed) -> None:
        """Chosen, shown to the supervisor under an approved viewing, and judged item by item."""
        ids = [UUID(self._office.recordings[key]) for key in step.recordings]
        rows = list(Recording.objects.filter(id__in=ids).order_by("opened_at"))
        period = rows[0].opened_at, rows[-1].opened_at + timedelta(seconds=1)
        by = self._office.person(SUPERVISOR)
        draw = reviewing.target(by, "procedure", step.procedure, period, [one.id for one in rows], 0)
        for row in rows:
            drawn = Drawn.objects.get(id=drawn_id(str(draw), str(row.id)))
            is_last = row is rows[-1]
            text = texts_oversight.REVIEW_FAILED if is_last else texts_oversight.REVIEW_PASSED
            self._review(SUPERVISOR, drawn, row, FAILED if is_last else (), text)

    def review_again(self) -> None:
        for drawn in list(Drawn.objects.filter(state="second").order_by("id")):
            row = Recording.objects.get(id=drawn.recording)
            self._review(ANOTHER, drawn, row, FAILED[:1], texts_oversight.REVIEWED_AGAIN)

    def _review(self, login: str, drawn: Drawn, row: Recording, no: tuple[str, ...], text: str) -> None:
        viewing = self._see(login, row)
        asked = reviewing.checklist(row.id)
        assert asked is not None
        said = {one.code: "no" if one.code in no else "yes" for one in items_of(asked.items)}
        reviewing.file(self._office.person(login), drawn, asked, viewing, said, text)

    def _see(self, login: str, row: Recording) -> UUID:
        """Asked for, approved by the head of the department or who does it in his place, released."""
        supervisor = self._cast.people[login]
        viewing = self._office.viewing(f"review {login} {row.id}")
        self._hands.go_on(minutes=6)
        self._room.settle()
        span = [Span(str(row.id), 0, row.segments - 1)]
        said = {
            "kind": "view",
            "purpose": "review",
            "reason": texts_oversight.REVIEW,
            "life": timedelta(days=7),
        }
        self._room.request(self._cast, supervisor, viewing, span, **said)
        self._hands.go_on(minutes=25)
        head = self._county.head_of(self._units[str(row.department)])
        approver = head.login if "approver" in head.roles else "deputy"
        self._room.decide(self._cast, self._cast.people[approver], viewing, True)
        self._hands.go_on(minutes=8)
        self._room.release(self._cast, supervisor, viewing, str(row.id))
        self._hands.go_on(minutes=12)
        return UUID(viewing)

    # Assessment

    def set_scheme(self, step: steps_oversight.SchemeEntered) -> None:
        said = scheme.Scheme(**(vars(scheme.BUILT_IN) | {"version": 1, "since": step.month}))
        publishing.set_scheme(self._office.person(SUPERVISOR), said)

    def publish(self, step: steps_oversight.Published) -> None:
        publishing.publish(self._office.person("approver"), step.month, 1)

    def object(self, step: steps_oversight.Objected) -> None:
        lines = PublishedLine.objects.filter(publication__month=step.month, deducted__gt=0)
        line = lines.order_by("-deducted", "id").first()
        if line is not None:
            objecting.file(line.person, step.month, 1, texts_oversight.OBJECTION)

    def uphold(self) -> None:
        for one in Objection.objects.filter(decision=""):
            line = objecting.line_of(one.month, one.version, one.person)
            assert line is not None
            kind, code, ref = next(item[:3] for item in line.items if item[5] < 0)
            struck, text = [[kind, ref, code]], texts_oversight.OBJECTION_UPHELD
            objecting.decide(self._office.person("deputy"), one.id, UPHELD, struck, [], text)
            self._hands.go_on(minutes=30)
            publishing.publish(self._office.person("approver"), one.month, 2)


def as_said(task: steps_oversight.Task, numbers: list[str]) -> dict[str, Any]:
    """A task as the tax administration system says it. `numbers`: of its officers."""
    said = vars(task) | {"officers": numbers}
    return said | {name: getattr(task, name).isoformat() for name in ("since", "until")}
