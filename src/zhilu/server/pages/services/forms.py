"""Forms that change something: the rule's answer beside the field, a word when it is done, and one more
question before what cannot be taken back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from zhilu.errors import ZhiluError, fill
from zhilu.server.pages.templatetags.zhilu import said


class Day(forms.DateField):
    """As browsers pick it, in any language."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateInput({"type": "date"}, format="%Y-%m-%d")
        super().__init__(widget=widget, input_formats=["%Y-%m-%d"], **kwargs)


class Moment(forms.DateTimeField):
    """Beijing's, to the second, as browsers pick it."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateTimeInput({"type": "datetime-local", "step": "1"}, format="%Y-%m-%dT%H:%M:%S")
        formats = ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M"]
        super().__init__(widget=widget, input_formats=formats, **kwargs)

    def to_python(self, value: Any) -> datetime | None:
        try:
            found: datetime | None = super().to_python(value)
        except (OverflowError, ValueError):
            found = datetime.min
        if found is not None and found.year not in YEARS:
            raise forms.ValidationError(_("A time between 2000 and 2999."))
        return found


CONFIRMED = "confirmed"
IN_WORDS = ("role", "rank", "tier")
"""Fields of errors that hold a code; their tables of words have the same names."""
YEARS = range(2000, 3000)
NO_FIELDS: Mapping[str, str] = {}


def committed(
    request: HttpRequest,
    form: forms.BaseForm,
    action: Callable[[], object],
    *,
    done: str = "",
    fields: Mapping[str, str] = NO_FIELDS,
) -> bool:
    """Whether `action` went through. It is run for a form that was sent and is valid; what the rules refuse
    stands in the form, in the reader's language: beside the field that `fields` (error code → field) names,
    else above them. `done` is said on the next page.
    """
    if request.method != "POST" or not form.is_valid():
        return False
    try:
        action()
    except ZhiluError as error:
        form.add_error(fields.get(error.code), said_of(error))
        return False
    if done:
        messages.success(request, done)
    return True


def done(request: HttpRequest, action: Callable[[], object], word: str) -> bool:
    """For a button without a form: says on the next page that it is done, or why not."""
    try:
        action()
    except ZhiluError as error:
        messages.error(request, said_of(error))
        return False
    messages.success(request, word)
    return True


def said_of(error: ZhiluError) -> str:
    """In the reader's language, codes in words too."""
    words = {name: said(str(error.fields[name]), name) for name in IN_WORDS if name in error.fields}
    return fill(_(error.hint), {**error.fields, **words}) if error.hint else error.code


def confirmation(
    request: HttpRequest, *, title: str, will: Sequence[str], word: str, back: str
) -> HttpResponse | None:
    """A page that says what will happen, until it was answered; then None, and the view goes on. `word` is
    on the button, `back` the address of who thinks better of it. Everything that was sent comes again.
    """
    if request.POST.get(CONFIRMED) == "yes":
        return None
    sent = [
        (name, value)
        for name, values in request.POST.lists()
        if name not in ("csrfmiddlewaretoken", CONFIRMED)
        for value in values
    ]
    context: dict[str, Any] = {"title": title, "will": will, "word": word, "back": back, "sent": sent}
    return render(request, "pages/confirm.html", context)
