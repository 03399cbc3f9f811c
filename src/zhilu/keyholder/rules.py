"""What the keyholder believes, and when it gives a key away (spec/viewing.md §2 to §7). Pure: no I/O, no
clock.

The ledger is written by the web process, which is taken to be hostile: it may commit any entry. So an entry
counts only for what persons signed inside it with their security keys, at this viewing room.

1. **Registration.** The bytes that the witnesses signed say person, credential, public key, viewer key,
   roles; the fields beside them must say the same. The credential is new: neither registered before nor
   revoked. It signed its own viewer key (binding). Two witnesses signed the bytes: security administrators,
   live, two different persons, neither of them the person registered. A pinned registration (bytes equal to
   those pinned at `init`) needs no witness; nothing else goes without.
2. **Revocation.** The credential is known and live; one live security administrator signed. It is for good.
3. **Request, decision, report**: `rules_viewings`.
4. **Release**, and what a viewer may make under it: `rules_release`.
5. **Recordings, and who sealed them**: `rules_recordings`.

Every signature is over a label of its own (`zhilu.protocols.viewing`), so none can stand for another. Live
means registered in the ledger and not revoked. Roles come from the witnessed bytes only, never from
`role-granted` entries, which are the web process's word.

Left to others: that entries are in the ledger (`follower`), that a security key's counter rises and that an
ask is taken once (`live`), that nonces are fresh (`release`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from zhilu.encoding import b64u, sha256, unb64u
from zhilu.errors import DataError
from zhilu.keyholder.believed import Credential, Evidence, Known, Room
from zhilu.protocols import viewing as messages
from zhilu.protocols.assertions import check_assertion, parse_assertion
from zhilu.protocols.viewing import Registration

WITNESSES = 2
MAX_AAGUID = 36  # characters
MAX_REASON = 64  # characters of a revocation's reason code


# 1. Registration


@dataclass(frozen=True)
class Registering:
    """A registration read from a core or from the viewing room's form, its binding verified."""

    raw: bytes
    registration: Registration
    evidence: Evidence

    def credential(self) -> Credential:
        got = self.registration
        return Credential(got.credential, got.person, got.public_key, got.viewer_key, got.roles)


def read_registration(raw: bytes, binding: object, room: Room, known: Known) -> Registering:
    """Everything of rule 1 but the witnesses."""
    got = messages.parse_registration(raw)
    if known.credential(got.credential) is not None:
        raise DataError("credential-known", "This security key is registered already.")
    if not isinstance(binding, Mapping) or binding.get("viewer_key") != b64u(got.viewer_key):
        raise DataError("binding", "The security key did not sign this viewer key.")
    challenge = messages.viewer_key_challenge(got.credential, got.viewer_key)
    holder = Credential(got.credential, got.person, got.public_key, got.viewer_key, got.roles)
    return Registering(raw, got, check_signed(binding.get("assertion"), challenge, holder, room))


def check_witness(
    witness: object, registering: Registering, room: Room, known: Known
) -> tuple[Credential, Evidence]:
    """The security administrator who signed these registration bytes, and is not the person registered."""
    challenge = messages.registration_challenge(registering.raw)
    administrator, evidence = _administrator(witness, challenge, room, known)
    if administrator.person == registering.registration.person:
        raise DataError("witness-self", "Nobody witnesses a security key of his own.")
    return administrator, evidence


def accept_registration(
    core: Mapping[str, Any], room: Room, known: Known
) -> tuple[Credential, list[Evidence]]:
    """`credential-registered/1`."""
    raw = bytes_of(core, "registration")
    registering = read_registration(raw, core.get("binding"), room, known)
    _check_beside(core, registering.registration, room)
    evidence = [registering.evidence]
    if not is_pinned(registering, room):
        evidence += _witnesses(core.get("witnesses"), registering, room, known)
    aaguid = core.get("aaguid")
    told = aaguid[:MAX_AAGUID] if isinstance(aaguid, str) else ""
    return replace(registering.credential(), aaguid=told), evidence


def is_pinned(registering: Registering, room: Room) -> bool:
    """Equal to the last byte: a pinned credential with other roles or another viewer key is not pinned."""
    return room.pinned.get(registering.registration.credential) == registering.raw


def _check_beside(core: Mapping[str, Any], got: Registration, room: Room) -> None:
    said = {name: core.get(name) for name in ("person", "credential", "public_key", "rp_id")}
    signed = {
        "person": got.person,
        "credential": b64u(got.credential),
        "public_key": b64u(got.public_key),
        "rp_id": room.rp_id,
    }
    if said != signed:
        raise DataError("registration-differs", "The entry says something else than what was signed.")


def _witnesses(items: object, registering: Registering, room: Room, known: Known) -> list[Evidence]:
    if not isinstance(items, list) or len(items) != WITNESSES:
        raise DataError("witnesses", "A registration needs two witnesses.")
    found = [check_witness(item, registering, room, known) for item in items]
    if len({administrator.person for administrator, _ in found}) != WITNESSES:
        raise DataError("witness-twice", "The two witnesses are one person.")
    return [evidence for _, evidence in found]


def _administrator(
    witness: object, challenge: bytes, room: Room, known: Known
) -> tuple[Credential, Evidence]:
    if not isinstance(witness, Mapping):
        raise DataError("witnesses", "A registration needs two witnesses.")
    administrator = live_credential(bytes_of(witness, "credential"), known, "security-administrator")
    return administrator, check_signed(witness.get("assertion"), challenge, administrator, room)


# 2. Revocation


def accept_revocation(core: Mapping[str, Any], room: Room, known: Known) -> bytes:
    """`credential-revoked/1`: the credential that is revoked."""
    return read_revocation(core, room, known)[0]


def read_revocation(core: Mapping[str, Any], room: Room, known: Known) -> tuple[bytes, list[Evidence]]:
    """The credential, and what was signed."""
    credential = bytes_of(core, "credential")
    live(credential, known)
    reason, witnesses = core.get("reason"), core.get("witnesses")
    if not isinstance(reason, str) or not 0 < len(reason) <= MAX_REASON:
        raise DataError("field", "The field {part} is missing or has the wrong form.", part="reason")
    if not isinstance(witnesses, list) or not 0 < len(witnesses) <= WITNESSES:
        raise DataError("witnesses", "A revocation needs a witness.")
    challenge = messages.revocation_challenge(credential)
    return credential, [_administrator(witness, challenge, room, known)[1] for witness in witnesses]


# What all rules share


def check_signed(assertion: object, challenge: bytes, by: Credential, room: Room) -> Evidence:
    """That this credential signed this challenge, here. Whether its counter rose is the caller's business."""
    raw = parse_assertion(assertion)
    if raw.id != by.id or not isinstance(assertion, Mapping):
        raise DataError("credential", "Another security key signed than the one that should have.")
    count = check_assertion(
        assertion,
        challenge=challenge,
        public_key=by.public_key,
        rp_id=room.rp_id,
        origin=room.origin,
        last_count=0,
    )
    parts = (by.id, raw.authenticator_data, raw.client_data_json)
    return Evidence(by.id, count, sha256(b"".join(map(sha256, parts))))


def live_credential(id_: bytes, known: Known, *roles: str) -> Credential:
    """Live, with one of these roles at least."""
    credential = live(id_, known)
    if not set(roles) & set(credential.roles):
        raise DataError("role", "This security key does not have the right.", role=roles[0])
    return credential


def live(id_: bytes, known: Known) -> Credential:
    credential = known.credential(id_)
    if credential is None:
        raise DataError("credential-unknown", "This security key is not registered here.")
    if credential.revoked:
        raise DataError("credential-revoked", "This security key is revoked.")
    return credential


def signer_of(signed: Mapping[str, Any], known: Known, *roles: str) -> Credential:
    return live_credential(parse_assertion(signed.get("assertion")).id, known, *roles)


def bytes_of(core: Mapping[str, Any], name: str) -> bytes:
    value = core.get(name)
    if not isinstance(value, str):
        raise DataError("field", "The field {part} is missing or has the wrong form.", part=name)
    return unb64u(value)
