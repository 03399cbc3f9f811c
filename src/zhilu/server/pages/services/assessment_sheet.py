"""One person's month: each line with what it counts, and the proof of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import get_language

from zhilu.encoding import as_uuid
from zhilu.server.assessment import rules
from zhilu.server.assessment.models import Objection
from zhilu.server.assessment.services import objecting
from zhilu.server.evidence.models import ActSpan, Outcome, Recording
from zhilu.server.ledger.clock import today
from zhilu.server.organisation.services.people import names, paths
from zhilu.server.oversight.models import Checklist, Conclusion, Finding, FootageReview
from zhilu.server.pages.services.assessment_page import Month, Row, open_findings
from zhilu.server.pages.templatetags.zhilu import said


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
        return f"{'+' if self.tenths > 0 else ''}{rules.shown(self.tenths)}"


class Sheet:
    """Inside `ledgers.of` its bureau."""

    def __init__(self, month: Month, person: UUID, row: Row | None, is_here: bool = True) -> None:
        self.month, self.person, self.row = month, person, row
        self.name = names([person]).get(str(person), str(person)[:8])
        self._is_here = is_here
        self._places = paths()

    @property
    def department(self) -> str:
        return self._places.get(self.row.department, "") if self.row else ""

    @property
    def lines(self) -> list[Line]:
        if not self.row:
            return []
        items = list(self.row.items)
        self._learn(items)
        return [self._line(*one) for one in items]

    def _learn(self, items: list[Any]) -> None:
        """What the lines are about, in few questions."""
        by_kind: dict[str, set[str]] = {}
        for kind, _code, ref, *_rest in items:
            by_kind.setdefault(kind, set()).add(ref)
        findings = by_kind.get(rules.FINDING, set())
        self._conclusions = Conclusion.objects.in_bulk(list(findings)) if findings else {}
        recordings = [one for ref in by_kind.get(rules.REVIEW, ()) if (one := as_uuid(ref))]
        self._reviews: dict[str, FootageReview] = {}
        for review in (
            FootageReview.objects.filter(recording__in=recordings).order_by("at") if recordings else ()
        ):
            self._reviews[str(review.recording)] = review
        self._items = item_names() if recordings else {}
        outcomes = [one for ref in by_kind.get(rules.OUTCOME, ()) if (one := as_uuid(ref))]
        self._outcomes = Outcome.objects.in_bulk(outcomes) if outcomes else {}
        acts = {one.act_id for one in self._outcomes.values()}
        self._recordings: dict[UUID, list[UUID]] = {}
        shown = ActSpan.objects.filter(act__in=acts).order_by("id") if acts else ()
        for span in shown:
            self._recordings.setdefault(span.act_id, []).append(span.recording)
        known = Recording.objects.filter(id__in=[one for some in self._recordings.values() for one in some])
        self._stored = set(known.values_list("id", flat=True)) if acts else set()
        deciders = {one.by for one in self._conclusions.values()} | {one.by for one in self._reviews.values()}
        self._names = names(deciders) if deciders else {}

    def _line(self, kind: str, code: str, ref: str, day: str, department: str, tenths: int) -> Line:
        where = self._places.get(as_uuid(department), "")  # type: ignore[arg-type]
        entry, who, links, says = None, "", [], said(code, "ground")
        if kind == rules.FINDING:
            decided = self._conclusions.get(ref)
            entry, who = (decided.entry, self._names.get(str(decided.by), "")) if decided else (None, "")
            links = [("finding", reverse("finding", args=[ref]))] if self._is_here else []
        elif kind == rules.REVIEW:
            review = self._reviews.get(ref)
            entry, who = (review.entry, self._names.get(str(review.by), "")) if review else (None, "")
            says = self._items.get(code, code)
            links = [("recording", reverse("recording", args=[ref]))] if self._is_here else []
        else:
            entry, links = self._of_outcome(ref)
        told = tuple(Link(said(label, "proof"), url) for label, url in links)
        return Line(day, says, where, tenths, entry, who, told, f"{kind}/{ref}/{code}", kind)

    def _of_outcome(self, ref: str) -> tuple[int | None, list[tuple[str, str]]]:
        outcome = self._outcomes.get(as_uuid(ref))
        if outcome is None:
            return None, []
        links = [("act", reverse("act", args=[outcome.act_id]))]
        shown = [
            one for one in dict.fromkeys(self._recordings.get(outcome.act_id, ())) if one in self._stored
        ]
        links += [("recording", reverse("recording", args=[one])) for one in shown]
        return outcome.entry, links if self._is_here else []

    @property
    def open(self) -> list[Finding]:
        """What nobody has concluded yet, of this person."""
        rows = open_findings(self.month.month, None).filter(person_rows__person=self.person)
        return list(rows.order_by("day", "id")[:50])

    @property
    def place(self) -> tuple[int, int] | None:
        return self.month.place_of(self.row) if self.row else None

    @property
    def objections(self) -> list[Objection]:
        return list(Objection.objects.filter(month=self.month.month, person=self.person).order_by("-version"))

    @property
    def objects_until(self) -> date | None:
        """The last day, while it may be objected to what is shown."""
        shown = self.month.publication
        if self.row is None or shown is None or self.month.newest != shown:
            return None
        until = objecting.until(shown)
        is_known = any(one.version == shown.version for one in self.objections)
        return until if today() <= until and not is_known else None


def item_names() -> dict[str, str]:
    """Items of all checklists, in the reader's language; the newest wording of each."""
    language = "en" if (get_language() or "").startswith("en") else "zh"
    found: dict[str, str] = {}
    for items in Checklist.objects.order_by("since", "version").values_list("items", flat=True):
        found |= {str(one["code"]): str(one[language]) for one in items}
    return found
