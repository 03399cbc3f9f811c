"""Forms of what is added to an act later, and of its correction."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Case, OuterRef, Q, Subquery, When
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhilu.server.catalogue.models import Procedure
from zhilu.server.catalogue.services import catalogue
from zhilu.server.evidence import rules, rules_links
from zhilu.server.evidence.models import Act, Recording
from zhilu.server.evidence.rules import SECOND_US, Span
from zhilu.server.evidence.services.versions import began_on
from zhilu.server.ledger.clock import today
from zhilu.server.organisation.services.people import names, officers, posts
from zhilu.server.organisation.services.rights import Rights
from zhilu.server.pages import words_acts
from zhilu.server.pages.services import recordings
from zhilu.server.pages.templatetags.zhilu import beijing, clock

MOST_SECONDS = 1_000_000_000
"""A number of a form that is far from the largest float: its microseconds are still an integer."""
NEAR = timedelta(days=3)
MOST_NEAR = 100
EMPTY_ROWS = 2
BEGINS, ENDS = gettext_lazy("Begins after (h:mm:ss)"), gettext_lazy("Ends after (h:mm:ss)")


_OFFSET = re.compile(r"([0-9]{1,6}:){1,2}[0-9]{1,2}(\.[0-9]{1,6})?")


def seconds(text: str) -> float:
    """Of `1:02:03.5`, `2:03` or `123`; ValueError where it is none of them."""
    text = text.strip().replace("：", ":")
    if ":" not in text:
        return float(text)
    if not _OFFSET.fullmatch(text):
        raise ValueError
    found = 0.0
    for one in text.split(":"):
        found = found * 60 + float(one)
    return found


class Offset(forms.FloatField):
    """How far from the beginning of a recording, in seconds; written as `h:mm:ss`."""

    def __init__(self, **more: Any) -> None:
        words = {"invalid": gettext_lazy("A time as 1:23 or 0:01:23.")}
        more |= {"min_value": 0, "max_value": MOST_SECONDS, "error_messages": words}
        super().__init__(widget=forms.TextInput, **more)

    def to_python(self, value: Any) -> Any:
        try:
            found = seconds(value) if isinstance(value, str) and value.strip() else value
        except ValueError:
            found = value
        return super().to_python(found)

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, str) or value is None:
            return value
        whole, us = divmod(round(value * SECOND_US), SECOND_US)
        part = f".{us:06d}".rstrip("0") if us else ""
        return clock(timedelta(seconds=whole)) + part


def people_for(person: UUID) -> dict[str, str]:
    """Officers to choose from: those of the person's own department first, each by name."""
    held, day = posts(), today()
    mine = held.on(person, day)
    found = sorted(officers(), key=lambda one: held.on(one.id, day) != mine)
    return {str(one.id): one.name for one in found}


class LinkForm(forms.Form):
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"), choices=list(words_acts.LINKS.items()), widget=forms.RadioSelect
    )
    number = forms.CharField(
        label=gettext_lazy("Number"),
        max_length=rules_links.LONGEST_NUMBER,
        help_text=gettext_lazy("As it stands on the document. Blanks and the width of letters do not count."),
    )
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=rules_links.LONGEST_NAME,
        required=False,
        help_text=gettext_lazy("Of the taxpayer, the document or the case, where it has one."),
    )


class OutcomeForm(forms.Form):
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=list(words_acts.OUTCOMES.items()))
    amount = forms.DecimalField(
        label=gettext_lazy("Amount in yuan"),
        min_value=0,
        max_digits=15,
        decimal_places=2,
        required=False,
        help_text=gettext_lazy("Where there is one: tax collected, or by how much a quota changed."),
    )
    note = forms.CharField(
        label=gettext_lazy("Note"),
        max_length=rules_links.LONGEST_NOTE,
        required=False,
        widget=forms.Textarea({"rows": 3}),
    )

    @property
    def amount_fen(self) -> int | None:
        amount = self.cleaned_data["amount"]
        return None if amount is None else int(amount * 100)


class EndForm(forms.Form):
    """Why a link or an outcome ends."""

    reason = forms.ChoiceField(label=gettext_lazy("Reason"), widget=forms.RadioSelect)

    def __init__(self, reasons: dict[str, Any], *args: Any) -> None:
        super().__init__(*args)
        self.fields["reason"].choices = list(reasons.items())  # type: ignore[attr-defined]


class SpanForm(forms.Form):
    """A row of the correction's; without a recording it is left out."""

    recording = forms.ChoiceField(label=gettext_lazy("Recording"), required=False)
    from_s = Offset(label=BEGINS, required=False)
    to_s = Offset(label=ENDS, required=False)

    def __init__(self, *args: Any, choices: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["recording"].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = self.cleaned_data
        if said.get("recording") and (said.get("from_s") is None or said.get("to_s") is None):
            raise ValidationError(_("A span needs a beginning and an end."))
        return said

    def span(self) -> Span | None:
        said = self.cleaned_data
        if not said.get("recording"):
            return None
        from_us, to_us = round(said["from_s"] * SECOND_US), round(said["to_s"] * SECOND_US)
        return Span(said["recording"], from_us, to_us)


SpanRows = forms.formset_factory(
    SpanForm, extra=EMPTY_ROWS, max_num=rules.MOST_SPANS, absolute_max=rules.MOST_SPANS, validate_max=True
)


class ActFields(forms.Form):
    """What an act says of itself, at its opening and at a correction."""

    procedure = forms.ModelChoiceField(
        Procedure.objects.none(), to_field_name="code", label=gettext_lazy("Procedure")
    )
    taxpayer = forms.CharField(label=gettext_lazy("Taxpayer"), max_length=rules.LONGEST_TAXPAYER)
    officers = forms.MultipleChoiceField(label=gettext_lazy("Officers"), widget=forms.CheckboxSelectMultiple)

    def offer(self, catalogue_version: int, people: dict[str, str]) -> None:
        """The procedures and officers that may be chosen."""
        self.fields["procedure"].queryset = Procedure.objects.filter(version=catalogue_version)  # type: ignore[attr-defined]
        self.fields["officers"].choices = list(people.items())  # type: ignore[attr-defined]


class AmendForm(ActFields):
    """`version` is the one that the writer sees; `spans` are its rows."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)

    def __init__(self, act: Act, version: int, rights: Rights, data: Any = None) -> None:
        mine = [str(one) for one in act.officers.values_list("officer", flat=True)]
        said = {"version": version, "procedure": act.procedure, "taxpayer": act.taxpayer, "officers": mine}
        super().__init__(data, initial=said)
        every = {str(one.id): one.name for one in officers()}
        # Who is no officer any more stays in the act until he is taken out of it.
        every |= names(one for one in mine if one not in every) if set(mine) - set(every) else {}
        began = recordings.visible(rights).filter(id=OuterRef("recording")).values("opened_at")[:1]
        spans = act.spans.annotate(opened=Subquery(began))
        placed = sorted(spans, key=lambda one: int(one.id.rpartition("/")[2]))
        self.recordings = _near(placed, mine, rights)
        choices = [("", _("none")), *((str(one.id), _label(one, every)) for one in self.recordings)]
        known = {str(one.id) for one in self.recordings}
        # What is not seen by this person stays in the act, under its id alone.
        unseen = [str(one.recording) for one in placed if str(one.recording) not in known]
        choices += [(one, one) for one in unseen]
        rows = [
            {"recording": one.recording, "from_s": one.from_us / SECOND_US, "to_s": one.to_us / SECOND_US}
            for one in placed
        ]
        self.spans = SpanRows(data, initial=rows, prefix="span", form_kwargs={"choices": choices})
        self.catalogue = self._in_force(act)
        self.offer(self.catalogue, every)

    def _in_force(self, act: Act) -> int:
        """The version of the day on which the first span begins, as it is sent; else the act's own."""
        if not self.is_bound or not self.spans.is_valid():
            return act.catalogue
        first = next((one for row in self.spans if (one := row.span())), None)
        found = Recording.objects.filter(id=first.recording).first() if first else None
        if first is None or found is None:
            return act.catalogue
        return catalogue.in_force(began_on(found, timedelta(microseconds=first.from_us))) or 0

    def clean(self) -> dict[str, Any]:
        if not self.spans.is_valid():
            raise ValidationError(_("A span needs a recording, a beginning and an end."))
        if not self.chosen():
            raise ValidationError(_("An act needs at least one span."))
        return self.cleaned_data

    def chosen(self) -> list[Span]:
        return [one for row in self.spans if (one := row.span())]


def _near(spans: Sequence[Any], officers: Sequence[str], rights: Rights) -> list[Recording]:
    """Those of the act, and what its officers recorded in the days around; that this person may see. `spans`
    say when their recordings `opened`, where he does.
    """
    at = sorted(one.opened for one in spans if one.opened)
    if not at:
        return []
    named = Q(id__in=[one.recording for one in spans])
    around = Q(officer__in=officers, drill=False, opened_at__gte=at[0] - NEAR, opened_at__lte=at[-1] + NEAR)
    found = recordings.visible(rights).filter(named | around)
    is_named = Case(When(named, then=0), default=1)
    return list(found.annotate(later=is_named).order_by("later", "-opened_at")[: len(spans) + MOST_NEAR])


def _label(one: Recording, told: dict[str, str]) -> str:
    length = clock(one.closed_at - one.opened_at)
    return " · ".join([beijing(one.opened_at), told.get(str(one.officer), "—"), length])
