"""True time: a recorder's clock less the offset that a dock measured when it collected (spec/oversight.md
§1). Where nothing measured it, the recorder's clock stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import OuterRef, Subquery, Value
from django.db.models.functions import Concat

from zhilu.server.equipment.models import Docking, HandedOver
from zhilu.server.evidence.models import Act, Recording

AT_ONCE = 500
MOST_OFF_US = 50 * 366 * 86_400 * 10**6
"""No clock is further off; what a station says beyond is nobody's measure."""
SECOND = timedelta(seconds=1)


def offsets(recordings: Sequence[tuple[UUID, str]]) -> dict[UUID, int]:
    """µs of those that have one, by recording; given are recording and recorder. One query for 500."""
    key = Concat(OuterRef("recorder"), Value("/"), OuterRef("handover"))
    measured = Subquery(Docking.objects.filter(id=key).values("offset_us")[:1])
    found: dict[UUID, int] = {}
    for start in range(0, len(recordings), AT_ONCE):
        some = recordings[start : start + AT_ONCE]
        ids = [f"{recorder}/{recording}" for recording, recorder in some if recorder]
        rows = HandedOver.objects.filter(id__in=ids).annotate(offset_us=measured)
        said = rows.values_list("recording", "offset_us")
        found |= {recording: us for recording, us in said if us is not None and abs(us) <= MOST_OFF_US}
    return found


def runs(act: Act) -> tuple[datetime, datetime] | None:
    """From when to when its spans reach, widened to whole seconds; None where none of them is stored."""
    of = Recording.objects.filter(id=OuterRef("recording"))
    spans = act.spans.annotate(
        opened=Subquery(of.values("opened_at")[:1]), recorder=Subquery(of.values("recorder")[:1])
    )
    known = [one for one in spans if one.opened]
    off = offsets([(one.recording, one.recorder) for one in known])
    try:
        begins = [_at(one.opened, one.from_us - off.get(one.recording, 0)) for one in known]
        ends = [_at(one.opened, one.to_us - off.get(one.recording, 0)) for one in known]
    except OverflowError:
        return None
    if not known:
        return None
    begin, end = min(begins).replace(microsecond=0), max(ends).replace(microsecond=0)
    return begin, end if end == max(ends) else end + SECOND


def _at(opened: datetime, us: int) -> datetime:
    return opened + timedelta(microseconds=us)
