"""Training results: who, in which course, when, how well. Whether it was passed follows from the course."""

from __future__ import annotations

from collections import defaultdict

from django.utils.translation import gettext_lazy as _

from zhilu.errors import DataError
from zhilu.server.ledger.clock import new_id
from zhilu.server.organisation.services.numbers import People
from zhilu.server.organisation.services.rights import Rights
from zhilu.server.pages.services.sheets.columns import Column, day, number, text
from zhilu.server.pages.services.sheets.sheet import NEW, SAME, Change, Line, Sheet, Work
from zhilu.server.training import rules
from zhilu.server.training.events import TrainingRecorded
from zhilu.server.training.models import Course, Result


class TrainingWork(Work):
    def __init__(self, rights: Rights) -> None:
        super().__init__(rights)
        self._people = People()
        self._courses: dict[str, list[Course]] = defaultdict(list)
        for course in Course.objects.filter(closed=False):
            self._courses[course.name].append(course)
        held = Result.objects.filter(withdrawn_at=None)
        rows = held.values_list("course", "person", "held_on", "score")
        self._held = {tuple(row[:3]): row[3] for row in rows}

    def row(self, line: Line) -> Change:
        person, course = self._people.get(line["number"]), self._course(line["course"])
        key = (course.id, person.id, line["held_on"])
        self.once(key, line)
        before = self._held.get(key)
        if before is not None:
            if before != line["score"]:
                raise DataError(
                    "result-other",
                    "This result is recorded with {score} already. Withdraw that one first.",
                    score=before,
                )
            return Change(SAME)
        event = TrainingRecorded(
            str(new_id()),
            str(course.id),
            str(person.id),
            line["held_on"].isoformat(),
            line["score"],
            line["score"] >= course.pass_score,
            None,
        )
        return Change(NEW, [self.proposal(event, {"note": line["note"]} if line["note"] else None)])

    def _course(self, name: str) -> Course:
        found = self._courses.get(name, [])
        if len(found) != 1:
            raise DataError("course-name", "There is no open course of this name, or there are several.")
        return found[0]


SHEET = Sheet(
    "training",
    _("Training results"),
    _("Adds results of courses. One that is recorded already stays as it is."),
    frozenset({"trainer"}),
    (
        Column("number", _("Number"), text(100), "0100123", required=True),
        Column("course", _("Training course"), text(200), "执法记录仪操作", required=True),
        Column("held_on", _("Held on"), day, "2026-01-20", required=True),
        Column("score", _("Score"), number(0, rules.BEST_SCORE), "92", required=True),
        Column("note", _("Note"), text(rules.LONGEST_NOTE), ""),
    ),
    TrainingWork,
    places={
        "number-unknown": "number", "number-twice": "number", "training-self": "number",
        "course-name": "course", "row-twice": "number",
        "result-other": "score", "training": "held_on", "training-score": "score", "training-date": "held_on",
    },
)  # fmt: skip
