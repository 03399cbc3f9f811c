"""What a keeper of equipment does, inside the departments that his role covers (spec/registers.md §4).

Whose a recorder is, its registration says; one that belongs to no department yet is for those who keep
equipment for the whole bureau.
"""

from __future__ import annotations

from uuid import UUID

from zhilu.errors import CallerError, DataError, WorldError
from zhilu.server.equipment import events, rules
from zhilu.server.equipment.models import DockCredential, Equipment, Issue, Recorder, Station
from zhilu.server.ledger.clock import new_id, today
from zhilu.server.ledger.services.commit import Proposal, commit, commit_all
from zhilu.server.organisation.models import Policy
from zhilu.server.organisation.services.people import department_of
from zhilu.server.organisation.services.rights import Rights

KEEPER = "equipment-keeper"


def keeps(rights: Rights, department: UUID | None) -> bool:
    """A registered department is always one of the founded bureau, so no table is asked."""
    if KEEPER not in rights.roles:
        return False
    scope = rights.scope_of(KEEPER)
    return scope is None or department in scope


def check_keeps(rights: Rights, department: UUID | None) -> None:
    if not keeps(rights, department):
        raise CallerError("scope", "This lies outside the departments that you keep equipment for.")


def check_keeps_recorder(rights: Rights, recorder: Recorder) -> None:
    check_keeps(rights, department_of_recorder(recorder))


def department_of_recorder(recorder: Recorder) -> UUID | None:
    """By its serial number: an older key of the same device belongs where the device belongs."""
    owned = Equipment.objects.filter(id=rules.equipment_id("recorder", recorder.serial))
    return owned.values_list("department", flat=True).first()


def registration(
    rights: Rights,
    kind: str,
    serial: str,
    *,
    model: str = "",
    asset: str = "",
    department: str | None = None,
    acquired: str | None = None,
) -> Proposal:
    """To be committed, alone or with others; CallerError `scope` where it, or what it corrects, is not the
    keeper's."""
    before = Equipment.objects.filter(id=rules.equipment_id(kind, serial)).first()
    if before is not None:
        check_keeps(rights, before.department)
    event = events.EquipmentRegistered(kind, serial, model, asset, department, acquired)
    check_keeps(rights, None if department is None else UUID(department))
    return Proposal(event, str(rights.person))


def issue(rights: Rights, recorder: Recorder, department: UUID, person: UUID | None) -> UUID:
    check_keeps_recorder(rights, recorder)
    check_keeps(rights, department)
    made = new_id()
    to = None if person is None else str(person)
    commit(events.RecorderIssued(str(made), recorder.kid, str(department), to), str(rights.person))
    return made


AFTER_RETURN = {"damaged": "repair", "lost": "lost"}
"""Condition in which it came back → the state that follows."""


def give_back(rights: Rights, recorder: Recorder, condition: str) -> None:
    """The open issue ends. What came back damaged or not at all does not stay in service."""
    check_keeps_recorder(rights, recorder)
    held = Issue.objects.filter(recorder=recorder.kid, returned_at=None).first()
    if held is None:
        raise DataError("not-issued", "This recorder is not issued.")
    said: list[object] = [events.RecorderReturned(str(held.id), condition)]
    state = AFTER_RETURN.get(condition)
    if state is not None and recorder.state == rules.IN_SERVICE:
        said.append(events.RecorderStateSet(recorder.kid, state, ""))
    commit_all([Proposal(event, str(rights.person)) for event in said])


def set_state(rights: Rights, recorder: Recorder, state: str, reason: str) -> None:
    check_keeps_recorder(rights, recorder)
    commit(events.RecorderStateSet(recorder.kid, state, reason), str(rights.person))


def assign(
    rights: Rights, recorder: Recorder, officer: UUID, *, drill: bool = False, deputy: str | None = None
) -> None:
    """`deputy`: the reason, for one who stands in."""
    check_may_assign(rights, recorder, officer)
    commit(assignment(recorder, officer, drill=drill, deputy=deputy), str(rights.person))


def check_may_assign(rights: Rights, recorder: Recorder, officer: UUID) -> None:
    """Whether recorder and officer are the keeper's."""
    check_keeps_recorder(rights, recorder)
    check_keeps(rights, department_of(officer, today()))


def assignment(
    recorder: Recorder, officer: UUID, *, drill: bool = False, deputy: str | None = None
) -> events.RecorderAssigned:
    """In the recorder's own bay, with all keys that the officer has registered for such a station."""
    station = Station.objects.filter(kid=recorder.station or "").first()
    if station is None or recorder.bay is None:
        raise DataError("not-bound", "This recorder belongs to no bay.")
    policy = Policy.objects.order_by("-version").first()
    if policy is None:
        raise WorldError("no-policy", "The bureau has set no policy yet.")
    keys = DockCredential.objects.filter(person=officer, rp_id=station.rp_id).order_by("entry")
    if not keys and rules.needs_key(policy.officer_check_least):
        raise DataError("no-dock-key", "The officer has no security key for this station yet.")
    return events.RecorderAssigned(
        recorder=recorder.kid,
        officer=str(officer),
        station=station.kid,
        bay=recorder.bay,
        rp_id=station.rp_id,
        origin=station.origin,
        credentials=[{"id": key.id, "public_key": key.public_key} for key in keys],
        officer_check_least=policy.officer_check_least,
        drill=drill,
        deputy=deputy is not None,
        reason_code=deputy,
    )
