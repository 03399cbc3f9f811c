"""Does this recorder belong into this bay? Decided from the snapshot alone (spec/docking.md §3, §6).

Refused, in this order: not enrolled (`unknown-recorder`), revoked (`revoked`), bound to another station or
bay (`bay`), assigned to nobody (`unassigned`), assigned to another place than it is bound to (`bay`). The
recorder judges the other side of the same question by its own newest assignment.
"""

from __future__ import annotations

from zhilu.errors import DataError
from zhilu.protocols.docking_handover import Duty
from zhilu.protocols.snapshot import Recorder, Snapshot


class Misplaced(DataError):
    """A device of this bureau that does not belong into this bay, or not any more."""


def admit(snapshot: Snapshot, kid: str, station: str, bay: int) -> tuple[Recorder, Duty]:
    recorder = snapshot.recorders.get(kid)
    if recorder is None:
        raise Misplaced("unknown-recorder", "This recorder is not enrolled here.", kid=kid)
    if kid in snapshot.revoked:
        raise Misplaced("revoked", "This recorder has been revoked.", kid=kid)
    bound = snapshot.bindings.get(kid)
    if bound is None or (bound.station, bound.bay) != (station, bay):
        raise Misplaced("bay", "This recorder belongs into another bay.", kid=kid)
    duty = snapshot.assignments.get(kid)
    if duty is None:
        raise Misplaced("unassigned", "This recorder is assigned to no officer.", kid=kid)
    if (duty.station, duty.bay) != (station, bay):
        raise Misplaced("bay", "This recorder belongs into another bay.", kid=kid)
    return recorder, duty
