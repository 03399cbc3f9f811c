"""One person's month: each line with what it counts, and the proof of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Cast, Coalesce
from django.urls import reverse

from zhilu.encoding import as_uuid
from zhilu.server.assessment import rules
from zhilu.server.assessment import scheme as schemes
from zhilu.server.assessment.models import Objection
from zhilu.server.assessment.services import grounds, objecting
from zhilu.server.evidence.models import Outcome
from zhilu.server.organisation.models import Person
from zhilu.server.oversight.models import Checklist, Conclusion, Finding, FootageReview
from zhilu.server.pages.services.assessment_page import Month, Row, open_findings
from zhilu.server.pages.services.review_pages import is_english
from zhilu.server.pages.templatetags.zhilu import said

PERSON = "person"


@dataclass(frozen=True)
class Link:
    label: str
    url: str


@dataclass(frozen=True)
class Line:
    """`says`: what; `entry`: of the decision, in the ledger; `who` decided; `links`: to the proof."""

    day: str
    says: str
    department: str
    tenths: int
    entry: int | None
    who: str
    links: tuple[Link, ...]
    key: str
    kind: str

    @property
    def points(self) -> str:
        return rules.signed(self.tenths)


class Sheet:
    """Inside `ledgers.of` its bureau. `is_ranked`: whoever reads it sees the place among officers."""

    def __init__(
        self, month: Month, person: UUID, row: Row | None, is_here: bool = True, is_ranked: bool = True
    ) -> None:
        self.month, self.person, self.row = month, person, row
        self._is_here, self._is_ranked = is_here, is_ranked
        of: dict[str, list[str]] = {}
        for kind, _code, ref, *_rest in row.items if row else ():
            of.setdefault(kind, []).append(ref)
        self._told = _told(person, of.get(rules.FINDING, []), of.get(rules.REVIEW, []))
        self._outcomes = _outcomes(Q(id__in=of.get(rules.OUTCOME, [])) | self._recorded())
        known = self._told.get((PERSON, str(person)))
        self.name = (known.who if known else "") or str(person)[:8]

    @property
    def department(self) -> str:
        return self.month.paths.get(self.row.department, "") if self.row else ""

    @property
    def lines(self) -> list[Line]:
        return [self._line(*one) for one in self.row.items] if self.row else []

    def _line(self, kind: str, code: str, ref: str, day: str, department: str, tenths: int) -> Line:
        where = self.month.paths.get(as_uuid(department) or self.person, "")
        entry, who, says, links = self._proof(kind, code, ref)
        told = (
            tuple(Link(said(label, "assessment-proof"), url) for label, url in links) if self._is_here else ()
        )
        return Line(day, says, where, tenths, entry, who, told, f"{kind}/{ref}/{code}", kind)

    def _proof(self, kind: str, code: str, ref: str) -> tuple[int | None, str, str, list[tuple[str, str]]]:
        """Entry of the decision, who decided, what it is, where it is seen."""
        if kind == rules.OUTCOME:
            one = self._outcomes.get(ref)
            if one is None:
                return None, "", said(code, "ground"), []
            links = [("act", reverse("act", args=[one.act]))]
            links += [("recording", reverse("recording", args=[shown])) for shown in one.recordings]
            return one.entry, "", said(code, "ground"), links
        decided = self._told.get((kind, ref))
        entry, who = (decided.entry, decided.who) if decided else (None, "")
        if kind == rules.FINDING:
            return entry, who, said(code, "ground"), [("finding", reverse("finding", args=[ref]))]
        says = _asked(decided.items if decided else "", code)
        return entry, who, says, [("recording", reverse("recording", args=[ref]))]

    @property
    def open(self) -> list[Finding]:
        """What nobody has concluded yet, of this person; while it can still change the month."""
        if self.month.newest:
            return []
        rows = open_findings(self.month.month, None).filter(person_rows__person=self.person)
        return list(rows.order_by("day", "id")[:50])

    def _recorded(self) -> Q:
        """All of this month, where it can still change: here, in the newest version or a preview."""
        if not self._is_here or not (self.month.is_preview or self.month.publication == self.month.newest):
            return Q(pk__in=[])
        by = schemes.BUILT_IN if self.month.scheme == 0 else self.month.reckoning.scheme
        rows = grounds.outcomes_in(self.month.month, by).filter(act__officers__officer=self.person)
        return Q(id__in=rows.order_by().values("id"))

    @property
    def unseen(self) -> list[Shown]:
        """Outcomes of this month that count nothing while the head has not confirmed them."""
        items = self.row.items if self.row else ()
        counted = {ref for kind, _code, ref, *_rest in items if kind == rules.OUTCOME}
        known = {(one.act, one.kind) for ref, one in self._outcomes.items() if ref in counted}
        return [one for one in self._outcomes.values() if (one.act, one.kind) not in known]

    @property
    def place(self) -> tuple[int, int] | None:
        return self.month.place_of(self.row) if self.row and self._is_ranked else None

    @cached_property
    def objections(self) -> list[Objection]:
        """They are against what was published, and shown with it."""
        if self.month.is_preview:
            return []
        return list(Objection.objects.filter(month=self.month.month, person=self.person).order_by("-version"))

    @property
    def objects_until(self) -> date | None:
        """The last day to object to what is shown, also when it is over; None where nobody can any more."""
        shown = self.month.publication
        if self.row is None or shown is None or self.month.newest != shown:
            return None
        if any(one.version == shown.version for one in self.objections):
            return None
        return objecting.until(shown)


@dataclass(frozen=True)
class Told:
    """Entry of a decision and the name of who decided; `items`: of a review's checklist, as JSON text."""

    entry: int
    who: str
    items: str


def _told(person: UUID, findings: list[str], recordings: list[str]) -> dict[tuple[str, str], Told]:
    """Kind and reference → the conclusion, or the newest review of the recording; and the person's own name.
    One question.
    """
    who = Coalesce(Subquery(Person.objects.filter(id=OuterRef("by")).values("name")), Value(""))
    same = Checklist.objects.filter(class_code=OuterRef("class_code"), version=OuterRef("version"))
    none = Value("", TextField())
    items = Coalesce(Cast(Subquery(same.values("items")[:1]), TextField()), none)

    def rows(kind: str, of: QuerySet[Any], ref: str, name: Any, items: Any) -> QuerySet[Any]:
        told: Any = of.annotate(kind=Value(kind), ref=Cast(ref, TextField()), who=name, items=items)
        found: QuerySet[Any] = told.order_by().values_list("kind", "ref", "entry", "who", "items")
        return found

    concluded = rows(rules.FINDING, Conclusion.objects.filter(id__in=findings), "id", who, none)
    newest = FootageReview.objects.filter(recording=OuterRef("recording")).order_by("-at", "-id")
    reviews = FootageReview.objects.filter(recording__in=recordings, id=Subquery(newest.values("id")[:1]))
    reviewed = rows(rules.REVIEW, reviews, "recording", who, items)
    own = rows(PERSON, Person.objects.filter(id=person), "id", F("name"), none)
    return {
        (kind, ref if kind == rules.FINDING else str(UUID(ref))): Told(entry, name, items)
        for kind, ref, entry, name, items in own.union(concluded, reviewed, all=True)
    }


def _asked(items: str, code: str) -> str:
    """In the words of its checklist; of a county's that is none, by the code."""
    read = json.loads(items or "[]")
    named = (
        (one for one in read if isinstance(one, dict) and one.get("code") == code)
        if isinstance(read, list)
        else ()
    )
    return next((str(one.get("en" if is_english() else "zh", code)) for one in named), code)


@dataclass
class Shown:
    """An outcome, and the recordings that show it."""

    entry: int
    act: UUID
    kind: str
    at: datetime
    recordings: list[UUID]


def _outcomes(wanted: Q) -> dict[str, Shown]:
    found: dict[str, Shown] = {}
    names_ = ("id", "entry", "act", "kind", "at", "act__spans__recording")
    rows = Outcome.objects.filter(wanted).values_list(*names_)
    for outcome, entry, act, kind, at, recording in rows.order_by("entry", "act__spans__id"):
        one = found.setdefault(str(outcome), Shown(entry, act, kind, at, []))
        if recording and recording not in one.recordings:
            one.recordings.append(recording)
    return found
