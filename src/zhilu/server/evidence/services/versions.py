"""Under which version of the catalogue an act is filed: the one in force on its day, in Beijing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from zhilu.errors import DataError
from zhilu.sealed.imports import ORIGIN
from zhilu.server.catalogue.services import catalogue
from zhilu.server.evidence.models import Act, ActRevision, Recording
from zhilu.server.evidence.rules import Span
from zhilu.server.ledger.clock import day_of


def catalogue_of(spans: Sequence[Span]) -> int:
    """By where the first span begins."""
    first = spans[0]
    recording = Recording.objects.filter(id=first.recording).first()
    if recording is None:
        raise DataError("recording-unknown", "No such recording is stored.")
    version = catalogue.in_force(began_on(recording, timedelta(microseconds=first.from_us)))
    if version is None:
        raise DataError("act-catalogue", "No catalogue was in force on the day of this act.")
    return version


def newest_revision(act: Act) -> int:
    """1 for an act that nobody has corrected."""
    found = ActRevision.objects.filter(act=act).order_by("-version").values_list("version", flat=True)
    return found.first() or 1


def began_on(recording: Recording, offset: timedelta) -> date:
    """The day in Beijing, so long after the recording's beginning. That of an import is the time of its
    sealing, to which its own seconds do not count.
    """
    return day_of(recording.opened_at + (timedelta() if recording.origin == ORIGIN else offset))
