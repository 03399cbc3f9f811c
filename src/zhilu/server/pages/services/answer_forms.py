"""Forms of explanations, decisions, sanctions and appeals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhilu.server.oversight import rules_answers as rules
from zhilu.server.oversight.services.answers import File, Said
from zhilu.server.pages import words_answers
from zhilu.server.pages.services.forms import Moment

FILES = tuple(f"file{number}" for number in range(1, rules.MOST_ATTACHMENTS + 1))
NOTHING = ("", "—")


def _text(label: Any, help_text: Any = "", required: bool = True) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=rules.LONGEST_TEXT,
        required=required,
        widget=forms.Textarea({"rows": 5}),
        help_text=help_text,
    )


class ExplainForm(forms.Form):
    """`kinds`: those that can take away what is explained."""

    kind = forms.ChoiceField(label=gettext_lazy("What was so"), widget=forms.RadioSelect)
    since = Moment(
        label=gettext_lazy("Interrupted from"),
        required=False,
        help_text=gettext_lazy("Beijing time. Without times it is about the whole act."),
    )
    until = Moment(label=gettext_lazy("Interrupted to"), required=False)
    reason = forms.ChoiceField(
        label=gettext_lazy("Reason"), choices=[NOTHING, *words_answers.REASONS.items()]
    )
    text = _text(
        gettext_lazy("In your own words"),
        gettext_lazy("Who decides about it reads this; it stands in no list and no message."),
    )

    def __init__(self, kinds: Sequence[str], *args: Any) -> None:
        super().__init__(*args)
        self.fields["kind"].choices = [(one, words_answers.KINDS[one]) for one in kinds]  # type: ignore[attr-defined]
        if rules.INTERRUPTED not in kinds:
            del self.fields["since"], self.fields["until"]
        if len(kinds) == 1:
            self.fields["kind"].initial = kinds[0]
        for number, name in enumerate(FILES, 1):
            self.fields[name] = forms.FileField(
                label=_("File %(number)s") % {"number": number},
                required=False,
                max_length=255,
                allow_empty_file=True,  # said in words by the rule
                widget=forms.FileInput({"accept": ".jpg,.jpeg,.png,.pdf"}),
                help_text=_("JPEG, PNG or PDF, at most %(most)s KiB.") % {"most": rules.MOST_BYTES // 1024}
                if number == 1
                else "",
            )

    def said(self) -> Said:
        got = self.cleaned_data
        files = [_file(got[name]) for name in FILES if got.get(name)]
        return Said(got["kind"], got["reason"], got["text"], got.get("since"), got.get("until"), files)


def _file(one: UploadedFile[bytes]) -> File:
    return File(one.name or "", one.read())


class DecideForm(forms.Form):
    """Yes or no, and why."""

    decision = forms.ChoiceField(label=gettext_lazy("What is decided"), widget=forms.RadioSelect)
    text = _text(gettext_lazy("Reason"), gettext_lazy("A refusal needs one."), required=False)

    def __init__(self, decisions: Sequence[str], *args: Any) -> None:
        super().__init__(*args)
        self.fields["decision"].choices = [(one, words_answers.DECISIONS[one]) for one in decisions]  # type: ignore[attr-defined]


class TextForm(forms.Form):
    text = _text(gettext_lazy("Reason"))


class ConcludeForm(forms.Form):
    """`persons`: (id, name) of who was asked."""

    conclusion = forms.ChoiceField(label=gettext_lazy("Conclusion"), widget=forms.RadioSelect)
    exemption = forms.ChoiceField(
        label=gettext_lazy("Why it is excused"),
        choices=[NOTHING, *words_answers.EXEMPTIONS.items()],
        required=False,
        help_text=gettext_lazy("Only where it is excused."),
    )
    persons = forms.MultipleChoiceField(
        label=gettext_lazy("Whose fault it is"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Only where somebody is at fault."),
    )
    text = _text(gettext_lazy("Reason"), gettext_lazy("The person reads it."))

    def __init__(self, conclusions: Iterable[str], persons: Sequence[tuple[str, str]], *args: Any) -> None:
        super().__init__(*args)
        known = words_answers.CONCLUSIONS
        self.fields["conclusion"].choices = [(one, known[one]) for one in conclusions]  # type: ignore[attr-defined]
        self.fields["persons"].choices = persons  # type: ignore[attr-defined]
        if rules.FAULT not in conclusions:
            del self.fields["exemption"], self.fields["persons"]


class SanctionForm(forms.Form):
    """`findings`: further ones of the same people that may be sanctioned with it."""

    person = forms.ChoiceField(label=gettext_lazy("Person"), widget=forms.RadioSelect)
    form = forms.ChoiceField(label=gettext_lazy("Form of sanction"), widget=forms.RadioSelect)
    months = forms.IntegerField(
        label=gettext_lazy("Months"),
        min_value=0,
        max_value=12,
        required=False,
        help_text=gettext_lazy(
            "A suspension lasts 1 to 6 months, a loss of qualification 12; otherwise leave it empty."
        ),
    )
    findings = forms.MultipleChoiceField(
        label=gettext_lazy("Together with"), required=False, widget=forms.CheckboxSelectMultiple
    )
    text = _text(gettext_lazy("Reason"), gettext_lazy("The person reads it."))

    def __init__(
        self,
        forms_: Sequence[str],
        persons: Sequence[tuple[str, str]],
        findings: Sequence[tuple[str, str]],
        *args: Any,
    ) -> None:
        super().__init__(*args)
        self.fields["form"].choices = [(one, words_answers.FORMS[one]) for one in forms_]  # type: ignore[attr-defined]
        self.fields["person"].choices = persons  # type: ignore[attr-defined]
        self.fields["findings"].choices = findings  # type: ignore[attr-defined]
        if not findings:
            del self.fields["findings"]
        if len(persons) == 1:
            self.fields["person"].initial = persons[0][0]


class AppealDecisionForm(forms.Form):
    decision = forms.ChoiceField(label=gettext_lazy("What is decided"), widget=forms.RadioSelect)
    text = _text(gettext_lazy("Reason"), gettext_lazy("The person reads it."))

    def __init__(self, outcomes: Sequence[str], *args: Any) -> None:
        super().__init__(*args)
        self.fields["decision"].choices = [(one, words_answers.OUTCOMES[one]) for one in outcomes]  # type: ignore[attr-defined]


class AcceptForm(forms.Form):
    """Of a batch: one reason for all that were ticked."""

    text = forms.CharField(label=gettext_lazy("Reason"), max_length=200, required=False)

    def __init__(self, asker: Any, *args: Any) -> None:
        super().__init__(*args)


class ReasonForm(forms.Form):
    text = forms.CharField(label=gettext_lazy("Reason"), max_length=200)

    def __init__(self, asker: Any, *args: Any) -> None:
        super().__init__(*args)
