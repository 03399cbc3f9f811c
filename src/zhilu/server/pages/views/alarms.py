from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from zhilu.server.equipment.models import Alarm, Recorder, Station
from zhilu.server.ledger.models import Entry
from zhilu.server.ledger.services.commit import event_of
from zhilu.server.pages.services.rights import needs

MOST = 100


@dataclass(frozen=True)
class Refused:
    """A docking that a station refused, as its entry tells it."""

    index: int
    at: datetime
    station: str
    bay: int
    code: str
    presented: str


@require_safe
@needs("alarms")
def index(request: HttpRequest) -> HttpResponse:
    """What contradicts what is held, and whom the stations refused."""
    names = dict(Recorder.objects.values_list("kid", "serial")) | dict(
        Station.objects.values_list("kid", "name")
    )
    alarms = [
        (alarm, names.get(alarm.about, alarm.about)) for alarm in Alarm.objects.order_by("-last_at")[:MOST]
    ]
    entries = Entry.objects.filter(kind="docking-refused/1").order_by("-index")[:MOST]
    return render(
        request, "pages/alarms.html", {"alarms": alarms, "refused": [_refused(one, names) for one in entries]}
    )


def _refused(entry: Entry, names: dict[str, str]) -> Refused:
    event = event_of(entry)
    station = names.get(event.station, event.station)
    return Refused(
        entry.index, entry.at, station, event.bay, event.code, names.get(event.presented, event.presented)
    )


urls = [
    path("alarms", index, name="alarms"),
]
