"""The page of a finding: what it says, what became of it step by step, and what the reader may do next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext as _

from zhilu.encoding import as_uuid
from zhilu.server.ledger.clock import day_of, now
from zhilu.server.oversight import parties
from zhilu.server.oversight import rules_answers as rules
from zhilu.server.oversight.models import (
    Appeal,
    Attachment,
    Conclusion,
    Explanation,
    Finding,
    PersonFault,
    Sanction,
    SanctionFinding,
)
from zhilu.server.pages import words_answers
from zhilu.server.pages.services import findings, subjects
from zhilu.server.pages.services.findings import last_moment
from zhilu.server.pages.services.listing import Asker
from zhilu.server.pages.templatetags.zhilu import beijing, said


@dataclass(frozen=True)
class File:
    """`number`: from 0 on; `name`: "" where it was disposed of, or is not asked for."""

    explanation: UUID
    number: int
    kind: str
    size: int
    sha256: str
    name: str = ""

    @property
    def place(self) -> int:
        return self.number + 1


@dataclass(frozen=True)
class Step:
    """`entry`: its number in the ledger. `files`: what was attached."""

    code: str
    at: datetime
    entry: int | None
    who: str = ""
    more: str = ""
    text: str = ""
    files: Sequence[File] = ()


@dataclass
class Page:
    finding: Finding
    asker: Asker
    at: datetime = field(default_factory=now)

    def __post_init__(self) -> None:
        """What came of it is asked for only where something did. Who decides nothing reads what is his."""
        one = self.finding
        self.reads_all = self.covers(*findings.DECIDE)
        self.explained = list(Explanation.objects.filter(finding=one.id).order_by("at", "id"))
        self.conclusion: Conclusion | None = None
        self.faults: list[PersonFault] = []
        self.sanctions: list[Sanction] = []
        self.appeals: list[Appeal] = []
        if one.conclusion:
            self._read_conclusion()
        if not self.reads_all:
            self._keep_mine()
        subject = (one.subject_kind, one.subject)
        self.about = subjects.named([subject], self.asker, people_of(self))[one.subject]
        self.people = self.asker.names()

    def _read_conclusion(self) -> None:
        """Three queries at most: a fault tells what its conclusion said."""
        one = self.finding
        text = Subquery(Conclusion.objects.filter(id=OuterRef("finding")).values("text"))
        self.faults = list(PersonFault.objects.filter(finding=one.id).annotate(text=text).order_by("id"))
        if self.faults:
            first: Any = self.faults[0]
            self.conclusion = Conclusion(
                id=one.id,
                conclusion=rules.FAULT,
                by=first.by,
                at=first.at,
                text=first.text,
                entry=first.entry,
            )
            self.appeals = list(Appeal.objects.filter(finding=one.id).order_by("at", "id"))
        else:
            self.conclusion = Conclusion.objects.filter(id=one.id).first()
        if self.faults or one.conclusion == rules.REFERRED:
            with_it = SanctionFinding.objects.filter(finding=one.id).values("sanction")
            self.sanctions = list(Sanction.objects.filter(id__in=with_it).order_by("at", "id"))

    def _keep_mine(self) -> None:
        """A fault of others is told as none of his, without the words that were said about them."""
        was_fault = bool(self.faults)
        self.faults = [one for one in self.faults if one.person == self.me]
        self.sanctions = [one for one in self.sanctions if one.person == self.me]
        self.appeals = [one for one in self.appeals if one.person == self.me]
        if self.conclusion and was_fault and not self.faults:
            self.conclusion.conclusion, self.conclusion.text = rules.NO_FAULT, ""

    @property
    def read(self) -> list[Explanation]:
        """Explanations that the reader reads."""
        return [one for one in self.explained if self.reads_all or one.by == self.me]

    @property
    def concluded(self) -> str:
        """As far as the reader is concerned."""
        if self.finding.conclusion == rules.FAULT and self.conclusion:
            return self.conclusion.conclusion
        return self.finding.conclusion

    @cached_property
    def days(self) -> rules.Times:
        return findings.days_for(self.asker, self.at, self.finding.raised_at)

    @cached_property
    def waits(self) -> list[findings.Wait]:
        if not self.stands:
            filed = next((one.at for one in self.appeals if not one.decision), None)
            return findings.waits_of_appeals(filed, self.days)
        return findings.waits_of(self.finding, self.explained, self.days, self.at)

    @property
    def me(self) -> UUID:
        return self.asker.rights.person

    @property
    def is_mine(self) -> bool:
        return str(self.me) in parties.asked(self.finding)

    @cached_property
    def is_party(self) -> bool:
        """As far as the finding itself says; asked for only of whom it named once."""
        if str(self.me) in self.finding.persons or any(one.by == self.me for one in self.explained):
            return True
        return self.is_mine and Finding.objects.filter(findings.party(self.me), id=self.finding.id).exists()

    @property
    def persons(self) -> list[tuple[str, str]]:
        return self._named(self.finding.persons)

    @property
    def before(self) -> list[tuple[str, str]]:
        """Who was asked, and is not named any more."""
        return self._named([one for one in self.finding.asked if one not in self.finding.persons])

    def _named(self, persons: Sequence[str]) -> list[tuple[str, str]]:
        return [(one, self.people.get(one, one[:8])) for one in persons]

    @property
    def state(self) -> str:
        return "cleared" if self.finding.cleared_at else self.finding.state

    @property
    def words(self) -> list[str]:
        return findings.words(self.finding, self.people)

    @property
    def says(self) -> str:
        return words_answers.says(self.finding.rule, self.finding.version)

    @property
    def url(self) -> str:
        return findings.url_of(self.finding)

    @property
    def places(self) -> list[tuple[str, str, str]]:
        return findings.places(self.finding)

    @property
    def department(self) -> str:
        return self.asker.place(self.finding.department)

    @property
    def is_reckoned(self) -> bool:
        """Whether a calendar says which days are worked; else Monday to Friday are."""
        return any(day.year == day_of(self.finding.raised_at).year for day in self.days.days)

    def holds(self, role: str) -> bool:
        return self.covers(role) and not self.is_party

    def covers(self, *roles: str) -> bool:
        """As `Rights.covers`, from what the page has read already."""
        rights, where = self.asker.rights, self.finding.department
        if not rights.roles & set(roles):
            return False
        scope = rights.scope_of(*roles)
        if scope is not None:
            return where in scope
        return where is None or (where in self.asker.departments and self.asker.departments[where].is_own)

    # -- what the reader may do next

    @property
    def stands(self) -> bool:
        return not self.finding.cleared_at and not self.finding.conclusion

    @property
    def may_explain(self) -> bool:
        return self.is_mine and self.stands and all(one.by != self.me for one in self.explained)

    @property
    def to_decide(self) -> list[Explanation]:
        if not (self.stands and self.holds("unit-head")):
            return []
        return [one for one in self.explained if not one.decision]

    @property
    def deciding(self) -> list[tuple[UUID, str]]:
        """Each of them, and whose it is where there are several."""
        several = len(self.to_decide) > 1
        return [(one.id, self._name(one.by) if several else "") for one in self.to_decide]

    @property
    def may_conclude(self) -> bool:
        if self.finding.severity == rules.REFER:
            return self.stands and self.holds("leader")
        is_next = any(one.who == "supervisor" for one in self.waits)
        if not (is_next and self.holds("supervisor")):
            return False
        before = {str(one.decided_by) for one in self.explained} | parties.movers(self.finding)
        return str(self.me) not in before

    @property
    def may_refer(self) -> bool:
        return self.stands and self.holds("leader")

    @property
    def may_sanction(self) -> bool:
        return bool(self.sanctionable) and (self.holds("unit-head") or self.holds("leader"))

    @property
    def sanctionable(self) -> list[tuple[str, str]]:
        """Persons for whom this finding may be sanctioned now."""
        if self.finding.conclusion == rules.REFERRED:
            ids = set(parties.asked(self.finding))
        else:
            ids = {str(one.person) for one in self.faults if not one.lifted_at}
        done = {str(one.person) for one in self.sanctions if not one.lifted_at}
        return [one for one in [*self.persons, *self.before] if one[0] in ids - done]

    @property
    def appeal_until(self) -> datetime | None:
        """Where the reader may appeal."""
        mine = [one for one in self.faults if one.person == self.me and not one.lifted_at]
        if not mine or any(one.person == self.me for one in self.appeals):
            return None
        until = rules.deadline(mine[0].at, "appeal", self.days)
        return until if self.at < until else None

    @property
    def appeal_day(self) -> str:
        return last_moment(self.appeal_until) if self.appeal_until else ""

    @property
    def is_appealed(self) -> bool:
        """Whether a leader has still to decide."""
        return any(not one.decision for one in self.appeals)

    @property
    def to_appeal(self) -> list[Appeal]:
        """Appeals that the reader may decide, who has decided nothing of it before."""
        if not (self.is_appealed and self.holds("leader")):
            return []
        before = {one.decided_by for one in self.explained} | {one.decided_by for one in self.appeals}
        before |= {one.by for one in self.sanctions} | ({self.conclusion.by} if self.conclusion else set())
        if str(self.me) in {*map(str, before), *parties.movers(self.finding)}:
            return []
        return [one for one in self.appeals if not one.decision]

    # -- what became of it

    @property
    def steps(self) -> list[Step]:
        one = self.finding
        found = [Step("raised", one.found_at, one.entry, "", self.says)]
        if one.cleared_at:
            found.append(
                Step("cleared", one.cleared_at, None, "", said(one.cleared_reason, "finding-cleared"))
            )
        for row in self.read:
            found += self.of_explanation(row)
        if self.conclusion:
            found.append(self._concluded(self.conclusion))
        for sanction in self.sanctions:
            found.append(
                Step("sanctioned", sanction.at, sanction.entry, self._name(sanction.by),
                     form_of(sanction, self._name(sanction.person)), sanction.text)
            )  # fmt: skip
        for appeal in self.appeals:
            found += self.of_appeal(appeal)
        return sorted(found, key=lambda step: (step.at, step.entry or 0))

    def of_explanation(self, row: Explanation) -> list[Step]:
        return explanation_steps(row, self.people)

    def of_appeal(self, row: Appeal) -> list[Step]:
        return appeal_steps(row, self.people)

    def _concluded(self, row: Conclusion) -> Step:
        more = [said(row.conclusion, "conclusion")]
        if row.exemption:
            more.append(said(row.exemption, "exemption"))
        more += [self._name(one.person) for one in self.faults]
        code = "referred" if row.conclusion == rules.REFERRED else "concluded"
        return Step(code, row.at, row.entry, self._name(row.by), " · ".join(filter(None, more)), row.text)

    def _name(self, person: UUID | None) -> str:
        return self.people.get(str(person), "") if person else ""


def people_of(page: Page) -> set[UUID | None]:
    """All that stand on it."""
    wanted: set[UUID | None] = {as_uuid(one) for one in (*parties.asked(page.finding), *page.finding.words)}
    for row in page.read:
        wanted |= {row.by, row.decided_by, row.confirmed_by}
    for fault in page.faults:
        wanted |= {fault.person, fault.by}
    for sanction in page.sanctions:
        wanted |= {sanction.person, sanction.by}
    for appeal in page.appeals:
        wanted |= {appeal.person, appeal.decided_by}
    if page.conclusion:
        wanted.add(page.conclusion.by)
    return wanted


def explanation_steps(
    row: Explanation, people: dict[str, str], attached: Sequence[Attachment] = ()
) -> list[Step]:
    """`attached`: where the files' names are to be shown too."""
    more = [said(row.kind, "explanation-kind"), said(row.reason, "explanation-reason")]
    if row.since and row.until:
        more.append(f"{beijing(row.since)} — {beijing(row.until)}")
    names = {one.number: one.name for one in attached}
    files = [
        File(row.id, number, one["kind"], one["size"], one["sha256"], names.get(number, ""))
        for number, one in enumerate(row.attachments)
    ]
    found = [
        Step(
            "explained",
            row.at,
            row.entry,
            people.get(str(row.by), ""),
            " · ".join(dict.fromkeys(more)),
            row.text,
            files,
        )
    ]
    if row.decided_at:
        name, word = people.get(str(row.decided_by), ""), said(row.decision, "explanation-answer")
        found.append(Step("decided", row.decided_at, row.decided_entry, name, word, row.decision_text))
    if row.confirmed_at:
        name, word = people.get(str(row.confirmed_by), ""), said(row.confirmation, "explanation-answer")
        found.append(
            Step("confirmed", row.confirmed_at, row.confirmed_entry, name, word, row.confirmation_text)
        )
    return found


def appeal_steps(row: Appeal, people: dict[str, str]) -> list[Step]:
    found = [Step("appealed", row.at, row.entry, people.get(str(row.person), ""), "", row.text)]
    if row.decided_at:
        name, word = people.get(str(row.decided_by), ""), said(row.decision, "appeal-outcome")
        found.append(Step("appeal-decided", row.decided_at, row.decided_entry, name, word, row.decision_text))
    return found


def form_of(row: Sanction, name: str = "") -> str:
    """A sanction in words."""
    words = [said(row.form, "sanction-form")]
    if row.months:
        words.append(_("%(count)s months") % {"count": row.months})
    if row.lifted_at:
        words.append(_("lifted"))
    return " · ".join([*([name] if name else []), *words])
