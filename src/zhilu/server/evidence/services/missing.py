"""Recordings that a recorder should have offered and did not (spec/docking.md §6).

A recorder offers, in each handover, every recording that is closed and not cleared; its `docked` line vouches
for the list. One that its logbook closed before the handover, that is not offered and is not stored here, is
gone from it: `recording-missing`, from when it was opened until it was closed; `cleared-unstored` where the
recorder says that it erased it on a receipt, which this county never gave. It may lie in a station's spool
all the same; then it is stored one day, and the page says so beside the finding.
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from zhilu.encoding import uuid_bytes
from zhilu.errors import DataError
from zhilu.protocols.docking_handover import Handover
from zhilu.sealed.lines import unverified_payload
from zhilu.server.equipment import rules
from zhilu.server.equipment.models import Handover as Held
from zhilu.server.equipment.models import LogbookLine, Recorder, Station
from zhilu.server.equipment.services import findings, handovers, logbooks, watch
from zhilu.server.equipment.services.alarms import raise_alarm
from zhilu.server.evidence.models import Recording

CLOSED_BY = ("recording-closed", "recovered")
NEWEST = 10
"""Handovers among which a recording is looked for that no line names yet."""


def look(recorder: Recorder, station: str, taken: str = "") -> None:
    """After `station` brought lines, or the handover `taken`: what is missing now. May be repeated at any
    time."""
    held = watch.look(recorder)
    for handover in Held.objects.filter(recorder=recorder.kid, compared=False).order_by("at"):
        said = handovers.said_in(bytes(handover.body))
        is_late = said.n > held
        if (is_late and handover.digest != taken) or (not is_late and handover.station != station):
            # A station sends the lines first, and all of them. These came from another, or may come yet.
            raise_alarm("lines-withheld", handover.station)
        if is_late:
            continue
        _compare(recorder.kid, said.n, _ids(said), handover.digest)
        Held.objects.filter(digest=handover.digest).update(compared=True)


def take_handover(digest: str, body: bytes, station: Station) -> bool:
    """Hold a handover; True when it is new."""
    try:
        is_new = handovers.take(digest, body, station)
    except logbooks.Fork:
        # It was set back: of all that it recorded in the life that is held, what is not here?
        said = handovers.said_in(body)
        _compare(said.recorder, logbooks.head_of(said.recorder).n, _ids(said), digest)
        raise
    look(Recorder.objects.get(kid=handovers.said_in(body).recorder), station.kid, digest)
    return is_new


def refused_by(station: str, recorder: str, recording: str, code: str) -> None:
    """A recording that a station could not take over: the station's word, of a recorder that it knows and a
    recording that somebody signed for."""
    about = UUID(bytes=uuid_bytes(recording))
    handed = Held.objects.filter(recorder=recorder, station=station).order_by("-at")
    if not handed.exists() and not Recorder.objects.filter(kid=recorder, station=station).exists():
        raise DataError("handover-unknown", "No handover of this recorder by this station is held.")
    is_signed_for = LogbookLine.objects.filter(recorder=recorder, recording=about).exists()
    if not is_signed_for and not any(handovers.listed(one, recording) for one in handed[:NEWEST]):
        raise DataError("recording-unknown", "No line and no handover that is held names this recording.")
    since, until = spans(about)
    findings.find(recorder, rules.refusal(code), recording=recording, since=since, until=until, actor=station)


def spans(recording: UUID) -> tuple[str, str]:
    """`at` of the held lines that opened and closed it; empty where they are not held."""
    lines = {line.type: logbooks.at_of(line) for line in logbooks.about(recording)}
    closed = next((lines[name] for name in CLOSED_BY if name in lines), "")
    return lines.get("recording-opened", ""), closed


def _ids(said: Handover) -> set[str]:
    return {str(one["id"]) for one in said.recordings}


def _compare(recorder: str, n: int, offered: Collection[str], digest: str) -> None:
    lines = LogbookLine.objects.filter(recorder=recorder, n__lte=n)
    closed = lines.filter(type__in=CLOSED_BY).order_by("n").values_list("recording", "line")
    gone = [(id_, line) for id_, line in closed if id_ is not None and str(id_) not in offered]
    if not gone:
        return
    # Of this recorder: a file imported under the same id, or another's recording, is not what it made.
    stored = set(Recording.objects.filter(recorder=recorder).values_list("id", flat=True))
    cleared = set(lines.filter(type="cleared").values_list("recording", flat=True))
    for id_, line in gone:
        # One that power cut short before its first line has nothing to offer.
        if id_ in stored or not unverified_payload(bytes(line)).get("lines"):
            continue
        code = "cleared-unstored" if id_ in cleared else "recording-missing"
        since, until = spans(id_)
        findings.find(recorder, code, recording=str(id_), since=since, until=until, proof=digest)
