"""True time: a recorder's clock less the offset that a dock measured when it collected (spec/oversight.md
§1). Where nothing measured it, the recorder's clock stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from zhilu.server.equipment.models import Docking, HandedOver
from zhilu.server.evidence.models import Act, Recording

AT_ONCE = 500
MOST_OFF_US = 50 * 366 * 86_400 * 10**6
"""No clock is further off; what a station says beyond is nobody's measure."""
SECOND = timedelta(seconds=1)


def offsets(recordings: Sequence[tuple[UUID, str]]) -> dict[UUID, int]:
    """µs of those that have one, by recording; given are recording and recorder. Two queries for 500."""
    found: dict[UUID, int] = {}
    for start in range(0, len(recordings), AT_ONCE):
        some = recordings[start : start + AT_ONCE]
        ids = [f"{recorder}/{recording}" for recording, recorder in some if recorder]
        rows = HandedOver.objects.filter(id__in=ids).values_list("recording", "recorder", "handover")
        keys = {recording: f"{recorder}/{handover}" for recording, recorder, handover in rows}
        said = dict(Docking.objects.filter(id__in=set(keys.values())).values_list("id", "offset_us"))
        found |= {
            recording: said[key]
            for recording, key in keys.items()
            if abs(said.get(key, MOST_OFF_US + 1)) <= MOST_OFF_US
        }
    return found


def runs(act: Act) -> tuple[datetime, datetime] | None:
    """From when to when its spans reach, widened to whole seconds; None where none of them is stored."""
    spans = list(act.spans.all())
    rows = Recording.objects.filter(id__in={one.recording for one in spans})
    opened = {one.id: one.opened_at for one in rows}
    off = offsets([(one.id, one.recorder) for one in rows])
    known = [
        (opened[one.recording], off.get(one.recording, 0), one) for one in spans if one.recording in opened
    ]
    try:
        begins = [at + timedelta(microseconds=one.from_us - off_us) for at, off_us, one in known]
        ends = [at + timedelta(microseconds=one.to_us - off_us) for at, off_us, one in known]
    except OverflowError:
        return None
    if not known:
        return None
    begin, end = min(begins).replace(microsecond=0), max(ends).replace(microsecond=0)
    return begin, end if end == max(ends) else end + SECOND
