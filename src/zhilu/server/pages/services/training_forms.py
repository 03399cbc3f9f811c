"""What is typed about training: a course, a class's results, a withdrawal."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhilu.server.ledger.clock import today
from zhilu.server.organisation.models import Person
from zhilu.server.pages.services.forms import Day
from zhilu.server.pages.words import COURSE_KINDS
from zhilu.server.training import rules
from zhilu.server.training.models import Course
from zhilu.server.training.services.results import recorded_already

MOST_AT_ONCE = 200
"""Officers on one form."""
PREFIX = "score-"


class CourseForm(forms.Form):
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"), choices=list(COURSE_KINDS.items()), widget=forms.RadioSelect
    )
    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    valid_days = forms.IntegerField(
        label=gettext_lazy("A result is valid for (days)"),
        min_value=1,
        max_value=rules.MOST_DAYS,
        help_text=gettext_lazy("Counts for results from now on; those that stand keep their validity."),
    )
    pass_score = forms.IntegerField(
        label=gettext_lazy("Passed from (0 to 100)"), min_value=0, max_value=rules.BEST_SCORE
    )
    required = forms.BooleanField(
        label=gettext_lazy("Needed by everybody who carries a recorder"), required=False
    )
    closed = forms.BooleanField(
        label=gettext_lazy("Closed: no more results, needed by nobody"), required=False
    )

    def __init__(self, course: Course | None, sent: QueryDict | None) -> None:
        told = {name: getattr(course, name) for name in self.base_fields} if course else {}
        super().__init__(sent, initial=told or {"valid_days": 365, "pass_score": 60})
        if course is None:
            del self.fields["closed"]
        else:
            del self.fields["kind"]


class ResultsForm(forms.Form):
    """One class: a day, perhaps its drill, and a score for each officer who took part."""

    held_on = Day(label=gettext_lazy("Held on"), initial=today)
    recording = forms.ChoiceField(
        label=gettext_lazy("Recording of the drill"),
        required=False,
        help_text=gettext_lazy("Only stored recordings of drills stand here."),
    )
    note = forms.CharField(
        label=gettext_lazy("Note"), max_length=rules.LONGEST_NOTE, required=False, widget=forms.TextInput()
    )

    def __init__(
        self,
        course: Course,
        people: list[tuple[Person, str]],
        drills: list[tuple[str, str]],
        sent: QueryDict | None,
    ) -> None:
        super().__init__(sent)
        self.course, self.people = course, people
        self.fields["recording"].choices = [("", _("none")), *drills]  # type: ignore[attr-defined]
        for person, _path in people:
            self.fields[PREFIX + str(person.id)] = forms.IntegerField(
                label=str(person), min_value=0, max_value=rules.BEST_SCORE, required=False
            )

    def scores(self) -> dict[UUID, int]:
        """Of those who took part."""
        return {
            UUID(name.removeprefix(PREFIX)): score
            for name, score in self.cleaned_data.items()
            if name.startswith(PREFIX) and score is not None
        }

    def rows(self) -> Iterator[tuple[Person, str, forms.BoundField]]:
        for person, path in self.people:
            yield person, path, self[PREFIX + str(person.id)]

    def about(self) -> list[forms.BoundField]:
        return [self["held_on"], self["recording"], self["note"]]

    def clean(self) -> None:
        held_on = self.cleaned_data.get("held_on")
        if held_on is not None and not rules.EARLIEST <= held_on <= today():
            self.add_error("held_on", _("A training was held today or before, and not before 1990."))
            return
        scores = self.scores()
        if not scores and not self.errors:
            self.add_error(None, _("Write a score for one officer at least."))
        if held_on is not None:
            for person in recorded_already(self.course.id, held_on, scores):
                self.add_error(PREFIX + str(person), _("This result has been recorded already."))


class WithdrawForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=200)
