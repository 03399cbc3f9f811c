"""Events about recorders, stations and who carries which (spec/ledger.md §6, spec/registers.md §4)."""

from __future__ import annotations

from zhilu.server.ledger.events import event
from zhilu.server.ledger.shapes import (
    B64u,
    Brief,
    Code,
    Date,
    Hex,
    Id,
    Ids,
    JsonList,
    JsonObject,
    Kid,
    Natural,
    Text,
    Time,
)


@event("station-enrolled/1", subject="station", by=("system-administrator",))
class StationEnrolled:
    """`serial`: under which it is registered; null where nobody said."""

    station: Kid
    jwk: JsonObject
    name: Text
    bays: Natural
    rp_id: Text
    origin: Text
    serial: Text | None = None


@event("recorder-enrolled/1", subject="recorder", by=("system-administrator",))
class RecorderEnrolled:
    recorder: Kid
    jwk: JsonObject
    serial: Text
    counter_kind: Code


@event("recorder-bound/1", subject="recorder", by=("system-administrator",))
class RecorderBound:
    recorder: Kid
    station: Kid
    bay: Natural


@event("recorder-unbound/1", subject="recorder", by=("system-administrator",))
class RecorderUnbound:
    recorder: Kid


@event(
    "equipment-registered/1",
    subject="serial",
    by=(
        "system-administrator",
        "equipment-keeper",
    ),
)
class EquipmentRegistered:
    """What the bureau owns, before or after its key is enrolled; again: corrected."""

    kind: Code
    serial: Text
    model: Brief
    asset: Brief
    department: Id | None
    acquired: Date | None


@event("certificate-recorded/1", subject="kid", by=("system-administrator",))
class CertificateRecorded:
    """A certificate that the server has seen: `serial` in hex, `digest` SHA-256 of its DER."""

    kid: Kid
    role: Code
    serial: Code
    digest: Hex
    not_before: Time
    not_after: Time


@event("recorder-issued/1", subject="recorder", by=("equipment-keeper",))
class RecorderIssued:
    """Issued to a department, and there to a person or to nobody in particular."""

    issue: Id
    recorder: Kid
    department: Id
    person: Id | None


@event("recorder-returned/1", subject="issue", by=("equipment-keeper",))
class RecorderReturned:
    issue: Id
    condition: Code


@event(
    "recorder-state-set/1",
    subject="recorder",
    by=(
        "system-administrator",
        "equipment-keeper",
    ),
)
class RecorderStateSet:
    recorder: Kid
    state: Code
    reason: Brief


@event("device-revoked/1", subject="kid", by=("system-administrator",))
class DeviceRevoked:
    kid: Kid
    since: Time
    reason: Text


@event("dock-credential-registered/1", subject="person", by=("system-administrator",))
class DockCredentialRegistered:
    """`public_key` is COSE; `aaguid` may be null."""

    person: Id
    credential: B64u
    public_key: B64u
    rp_id: Text
    aaguid: str | None


@event(
    "recorder-assigned/1",
    subject="recorder",
    by=(
        "system-administrator",
        "equipment-keeper",
    ),
)
class RecorderAssigned:
    """`credentials`: [{"id": b64u, "public_key": b64u of COSE}]."""

    recorder: Kid
    officer: Id
    station: Kid
    bay: Natural
    rp_id: Text
    origin: Text
    credentials: JsonList
    officer_check_least: Code
    drill: bool
    deputy: bool
    reason_code: str | None


@event("finger-enrolled/1", subject="person")
class FingerEnrolled:
    """Two persons stood for it: `word` is the digest of what they asserted (spec/docking.md §8)."""

    person: Id
    station: Kid
    finger: Code
    persons: Ids
    word: Hex


@event("docking-refused/1", subject="station")
class DockingRefused:
    """`presented`: kid, or digest of the certificate that was shown; empty if nothing was."""

    station: Kid
    bay: Natural
    code: Code
    presented: Brief
    at: Time


@event("recorder-finding/1", subject="recorder")
class RecorderFinding:
    """What a docking showed. `line`: number of the logbook's line that shows it; `since`, `until`: between
    which signed times something is missing, null where nobody can know; `proof`: SHA-256 of the signed line,
    or the digest of the handover, that shows it, null where it is the actor's word."""

    recorder: Kid
    code: Code
    recording: Id | None
    line: Natural | None
    since: Time | None
    until: Time | None
    proof: Hex | None
