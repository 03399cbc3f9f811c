"""What a check finds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.timesince import timesince
from django.utils.translation import gettext as _

GOOD, ATTENTION, BAD = "good", "attention", "bad"
STATES = (BAD, ATTENTION, GOOD)


@dataclass(frozen=True)
class Finding:
    """`says`: what it is and what it means; `todo`: what to do now, empty where there is nothing."""

    state: str
    title: str
    says: str
    todo: str = ""


Check = Callable[[datetime], Finding]


def worst(states: Iterable[str]) -> str:
    return min(states, key=STATES.index, default=GOOD)


def above(value: float, attention: float, bad: float) -> str:
    return BAD if value > bad else ATTENTION if value > attention else GOOD


def below(value: float, attention: float, bad: float) -> str:
    return BAD if value < bad else ATTENTION if value < attention else GOOD


def ago(at: datetime, now: datetime) -> str:
    """`3 minutes`, in the reader's language."""
    if now - at < timedelta(minutes=1):
        return _("under a minute")
    return timesince(at, now, depth=1)
