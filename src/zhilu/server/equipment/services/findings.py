"""What dockings showed of a recorder, as facts of the ledger (spec/ledger.md §6 `recorder-finding/1`).

The same finding of the same actor again is no new entry. `since` and `until` are times that somebody signed;
empty where nobody can know them.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings

from zhilu.encoding import format_time, parse_time
from zhilu.errors import DataError
from zhilu.server.equipment import rules
from zhilu.server.equipment.apply import suspending
from zhilu.server.equipment.events import RecorderFinding
from zhilu.server.equipment.models import Finding
from zhilu.server.equipment.services.alarms import raise_alarm
from zhilu.server.ledger.prepared import Prepared
from zhilu.server.ledger.services.commit import commit


def find(
    recorder: str,
    code: str,
    *,
    recording: str | None = None,
    line: int | None = None,
    since: str = "",
    until: str = "",
    proof: str | None = None,
    actor: str = "",
) -> bool:
    """Keep a finding; True where it is new. Without `actor` it is the county's own word."""
    event = RecorderFinding(recorder, code, recording, line, _time(since), _time(until), proof)
    actor = actor or settings.ZHILU.bureau
    about = rules.about(recording, line)
    if Finding.objects.filter(recorder=recorder, code=code, about=about, actor=actor).exists():
        return False
    try:
        commit(event, actor)
    except DataError as error:
        if error.code != "finding-known":
            raise
        return False
    if code not in rules.NOTES:
        raise_alarm(code, recorder)
    return True


def first_line(recorder: str, code: str) -> int | None:
    """The lowest line about which this was found."""
    lines = Finding.objects.filter(recorder=recorder, code=code, recording=None)
    return lines.order_by("line").values_list("line", flat=True).first()


def is_suspended(recorder: str) -> bool:
    return _SUSPENDING.first(recorder) is not None


_SUSPENDING = Prepared(
    Finding._meta.get_field("recorder"),
    "?",
    lambda kid: suspending().filter(recorder=kid).values_list("id")[:1],
)


def _time(text: Any) -> str | None:
    """In the ledger's one spelling; a device's unreadable time is none."""
    try:
        return format_time(parse_time(text)) if text else None
    except DataError:
        return None
