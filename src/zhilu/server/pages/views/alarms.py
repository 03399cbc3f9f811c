from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from zhilu.encoding import as_uuid
from zhilu.errors import ZhiluError
from zhilu.server.equipment import rules
from zhilu.server.equipment.models import Alarm, Recorder, Station
from zhilu.server.equipment.services import alarms
from zhilu.server.evidence.services import desk
from zhilu.server.ledger.models import Entry
from zhilu.server.ledger.services.commit import event_of
from zhilu.server.organisation.services.people import names
from zhilu.server.pages.services import batches
from zhilu.server.pages.services.forms import committed, said_of
from zhilu.server.pages.services.rights import needs, person_of
from zhilu.server.pages.templatetags.zhilu import said
from zhilu.server.pages.words_equipment import ALARM_DETAILS, ALARM_STEPS

MOST = 100
FEW_CLOSED = 30
LONGEST_TEXT = 200
PLACE = re.compile(r"[0-9]{1,18}", re.ASCII)
"""An alarm's id, as a page says it."""
LONGEST_WORD, SHOWN = 24, 12
"""An id beyond the one is shown with so many of its characters."""


class StepForm(forms.Form):
    """The next step of an alarm: to which state, so that nobody steps twice."""

    state = forms.ChoiceField(choices=[(one, one) for one in rules.ALARM_BEFORE], widget=forms.HiddenInput())


class HandleForm(StepForm):
    text = forms.CharField(
        label=gettext_lazy("What was done"), max_length=LONGEST_TEXT, widget=forms.Textarea({"rows": 3})
    )


@dataclass(frozen=True)
class Short:
    """A name, or the beginning of a long id. `whole`: what it stands for, where it is not the text itself."""

    text: str
    whole: str = ""

    @classmethod
    def of(cls, text: str, told: Mapping[str, str]) -> Short:
        if text in told:
            return cls(told[text], text)
        is_long = len(text) > LONGEST_WORD and " " not in text
        return cls(f"{text[:SHOWN]}…", text) if is_long else cls(text)


@dataclass(frozen=True)
class Row:
    alarm: Alarm
    device: str
    detail: Short


@dataclass(frozen=True)
class Refused:
    """A docking that a station refused, as its entry tells it."""

    index: int
    at: datetime
    station: str
    bay: int
    code: str
    presented: Short


@require_http_methods(["GET", "HEAD", "POST"])
@needs("alarms")
def index(request: HttpRequest) -> HttpResponse:
    """What nobody has closed, then what was closed, and whom the stations refused; and the next step of those
    that were ticked.
    """
    if request.method == "POST":
        return _step_many(request)
    opened = alarms.open_first()
    closed = list(Alarm.objects.filter(state=rules.CLOSED).order_by("-moved_at")[:FEW_CLOSED])
    told = _told([*opened, *closed])
    entries = Entry.objects.filter(kind="docking-refused/1").order_by("-index")[:MOST]
    context = {
        "alarms": [_row(one, told) for one in opened],
        "closed": [_row(one, told) for one in closed],
        "refused": [_refused(one, told) for one in entries],
        "steps": [(state, ALARM_STEPS[state], state == rules.HANDLED) for state in rules.ALARM_BEFORE],
    }
    return render(request, "pages/alarms.html", context)


def _step_many(request: HttpRequest) -> HttpResponse:
    state, text = request.POST.get("do", ""), request.POST.get("text", "").strip()
    tickets = request.POST.getlist("row")
    if state not in rules.ALARM_BEFORE:
        return batches.refused(request, _("Choose what is to be done."))
    if state == rules.HANDLED and not text:
        return batches.refused(request, _("Say what was done."))

    def step(ticket: str) -> None:
        alarm = Alarm.objects.filter(id=int(ticket) if PLACE.fullmatch(ticket) else 0).first()
        if alarm is None:
            raise batches.gone()
        if alarm.state == state:
            raise desk.so_already()
        done = text[:LONGEST_TEXT] if state == rules.HANDLED else ""
        alarms.move(alarm.id, state, person_of(request), done)

    try:
        results = desk.batch(tickets, step)
    except ZhiluError as error:
        return batches.refused(request, said_of(error))
    ids = [int(one) for one in tickets if PLACE.fullmatch(one)]
    shown = list(Alarm.objects.filter(id__in=ids))
    told = _told(shown)
    names_of = {str(one.id): f"{said(one.code, 'alarm')} · {told.get(one.about, one.about)}" for one in shown}
    return batches.report(request, _("Alarms"), ALARM_STEPS[state], results, names_of)


@require_http_methods(["GET", "POST"])
@needs("alarms")
def detail(request: HttpRequest, alarm: int) -> HttpResponse:
    """One alarm, what became of it, and the next step."""
    one = get_object_or_404(Alarm, id=alarm)
    following = next((state for state, before in rules.ALARM_BEFORE.items() if before == one.state), "")
    form_class = HandleForm if following == rules.HANDLED else StepForm
    form = form_class(request.POST or None, initial={"state": following})

    def act() -> None:
        sent = form.cleaned_data
        if sent["state"] != following:
            raise alarms.moved_meanwhile()
        alarms.move(one.id, sent["state"], person_of(request), sent.get("text", "").strip())

    beside = {"alarm-text": "text"} if "text" in form.fields else {}
    if committed(request, form, act, done=_("Done."), fields=beside):
        return redirect("alarms") if following == rules.CLOSED else redirect("alarm", alarm=one.id)
    steps = list(one.steps.order_by("id"))
    told = _told([one], *(step.by for step in steps))
    context = {
        "alarm": one,
        "row": _row(one, told),
        "steps": [(step, told.get(step.by, step.by)) for step in steps],
        "form": form,
        "following": following,
        "following_word": ALARM_STEPS.get(following, "") if following != rules.HANDLED else _("Handled"),
    }
    return render(request, "pages/alarm.html", context, status=400 if form.errors else 200)


def _told(shown: Iterable[Alarm], *people: str) -> dict[str, str]:
    """Names of devices, and of the people whom alarms are about; words for codes."""
    words = {code: str(text) for code, text in ALARM_DETAILS.items()}
    recorders = dict(Recorder.objects.values_list("kid", "serial"))
    stations = dict(Station.objects.values_list("kid", "name"))
    return (
        words | recorders | stations | names({*people, *(one.detail for one in shown if as_uuid(one.detail))})
    )


def _row(alarm: Alarm, told: Mapping[str, str]) -> Row:
    return Row(alarm, told.get(alarm.about, alarm.about), Short.of(alarm.detail, told))


def _refused(entry: Entry, told: Mapping[str, str]) -> Refused:
    event = event_of(entry)
    station = told.get(event.station, event.station)
    return Refused(entry.index, entry.at, station, event.bay, event.code, Short.of(event.presented, told))


urls = [
    path("alarms", index, name="alarms"),
    path("alarms/<int:alarm>", detail, name="alarm"),
]
