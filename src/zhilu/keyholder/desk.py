"""What the viewing room does about security keys, without HTTP: registrations, revocations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from zhilu import strictjson
from zhilu.encoding import b64u, sha256, unb64u
from zhilu.errors import CallerError, DataError
from zhilu.keyholder import rules
from zhilu.keyholder.believed import Credential, Room
from zhilu.keyholder.local import Pending
from zhilu.keyholder.posting import Posting
from zhilu.keyholder.rules import MAX_AAGUID, WITNESSES
from zhilu.protocols.viewing import Registration, parse_registration

MAX_PENDING = 100
MAX_OF_SOURCE = 10


@dataclass(frozen=True)
class Pinned:
    """A first administrator's registration, as pinned at `init`."""

    registration: bytes
    binding: dict[str, Any]


class Desk(Posting):
    # Registrations

    def register(self, body: Mapping[str, Any], source: str) -> str:
        """`{"registration","binding","aaguid"}` → registration id: the hash of what the witnesses sign.

        `source`: the address that it came from. Whoever asks, nobody is sure of it yet: so an address has
        few places, and its own oldest that nobody has witnessed gives way; where all places are taken, the
        oldest of the address that holds the most.
        """
        got = strictjson.fields(body, {"registration": str, "binding": dict, "aaguid": str})
        if len(got["aaguid"]) > MAX_AAGUID:
            raise DataError(
                "registration", "The field {part} is missing or has the wrong form.", part="aaguid"
            )
        raw = unb64u(got["registration"])
        rules.read_registration(raw, got["binding"], self._room, self.known)
        id_ = b64u(sha256(raw))
        if self._local.pending(id_) is None:
            self._make_room(source)
        now_s = int(self._clock().timestamp())
        self._local.add_pending(Pending(id_, raw, got["binding"], got["aaguid"], [], now_s, source))
        return id_

    def _make_room(self, source: str) -> None:
        waiting = self.registrations()
        if len(waiting) < MAX_PENDING and sum(item.source == source for item in waiting) < MAX_OF_SOURCE:
            return
        held = Counter(item.source for item in waiting)
        crowd = source if held[source] >= MAX_OF_SOURCE else held.most_common(1)[0][0]
        unwitnessed = [item for item in waiting if item.source == crowd and not item.witnesses]
        if not unwitnessed:
            raise CallerError("too-many", "Too many registrations wait for their witnesses.")
        self._local.drop_pending(unwitnessed[0].id)

    def drop(self, id_: str) -> None:
        """A security administrator takes one away that nobody will witness."""
        if self._local.pending(id_) is None:
            raise DataError("registration-unknown", "No such registration waits.")
        self._local.drop_pending(id_)

    def registrations(self) -> list[Pending]:
        """Those that wait."""
        return [item for item in self._local.all_pending() if not self._is_registered(item)]

    def registration(self, id_: str) -> tuple[str, int]:
        """State (pending, registered, expired) and number of witnesses."""
        pending = self._local.pending(id_)
        if pending is None:
            return "expired", 0
        return "registered" if self._is_registered(pending) else "pending", len(pending.witnesses)

    async def witness(self, id_: str, body: Mapping[str, Any]) -> tuple[int, bool]:
        """`{"credential","assertion"}` → (number of witnesses, posted)."""
        witness = strictjson.fields(body, {"credential": str, "assertion": dict})
        pending = self._local.pending(id_)
        if pending is None:
            raise DataError("registration-unknown", "No such registration waits.")
        registering = rules.read_registration(pending.registration, pending.binding, self._room, self.known)
        administrator, evidence = rules.check_witness(witness, registering, self._room, self.known)
        self.spend(evidence)
        witnesses = self._live_witnesses(pending)
        if len(witnesses) < WITNESSES:
            if administrator.person in [self._person(item) for item in witnesses]:
                raise DataError("witness-twice", "The two witnesses are one person.")
            witnesses = [*witnesses, witness]
            self._local.set_witnesses(id_, witnesses)
        if len(witnesses) < WITNESSES:
            return len(witnesses), False
        # Whoever comes when there are two already: the posting failed before, and is tried again.
        await self._post_registration(pending, witnesses)
        return len(witnesses), True

    async def _post_registration(self, pending: Pending, witnesses: list[dict[str, Any]]) -> None:
        core = registration_core(pending.registration, pending.binding, pending.aaguid, self._room)
        core["witnesses"] = witnesses
        rules.accept_registration(core, self._room, self.known)
        await self._county.post("credential-registered/1", core, None)
        await self.read_back(lambda: self._is_registered(pending))

    def read(self, pending: Pending) -> Registration:
        return parse_registration(pending.registration)

    def witnesses(self, pending: Pending) -> list[tuple[dict[str, Any], str]]:
        """Those that count, each with its person."""
        found = [(item, self._person(item)) for item in pending.witnesses]
        return [(item, person) for item, person in found if person is not None]

    def _live_witnesses(self, pending: Pending) -> list[dict[str, Any]]:
        """A witness whose key was revoked meanwhile does not count any more."""
        return [item for item in pending.witnesses if self._person(item) is not None]

    def _person(self, witness: Mapping[str, Any]) -> str | None:
        credential = self.known.credential(unb64u(witness["credential"]))
        return None if credential is None or credential.revoked else credential.person

    def _is_registered(self, pending: Pending) -> bool:
        credential = parse_registration(pending.registration).credential
        return self._state.credential(credential) is not None

    def credentials(self) -> list[Credential]:
        """All, with what is revoked here and not yet in the ledger."""
        found = [self.known.credential(item.id) for item in self._state.credentials()]
        return [item for item in found if item is not None]

    async def revoke(self, body: Mapping[str, Any]) -> None:
        """Core of `credential-revoked/1`. It holds here at once, and in the ledger when it is read back."""
        names: dict[str, type | tuple[type, ...]] = {"credential": str, "reason": str, "witnesses": list}
        core = strictjson.fields(body, names)
        credential, evidence = rules.read_revocation(core, self._room, self.known)
        for item in evidence:
            self.spend(item)
        self._local.revoke(credential)
        await self._county.post("credential-revoked/1", core, None)

    # The first administrators

    async def post_pinned(self, pinned: list[Pinned]) -> None:
        """Bring the pinned registrations into the ledger where they are not in it yet."""
        for item in pinned:
            credential = parse_registration(item.registration).credential
            if self._state.credential(credential) is None:
                core = registration_core(item.registration, item.binding, "", self._room)
                await self._county.post("credential-registered/1", core, None)


def registration_core(raw: bytes, binding: dict[str, Any], aaguid: str, room: Room) -> dict[str, Any]:
    """Core of `credential-registered/1`, without witnesses."""
    got = parse_registration(raw)
    return {
        "person": got.person,
        "credential": b64u(got.credential),
        "public_key": b64u(got.public_key),
        "aaguid": aaguid,
        "rp_id": room.rp_id,
        "registration": b64u(raw),
        "binding": binding,
        "witnesses": [],
    }
