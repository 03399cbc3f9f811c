"""What the viewing room does for persons, without HTTP: registrations, requests, decisions.

Each act is checked by `rules` as its ledger entry will be, its security key's counter is taken, and the
entry is posted. It counts only when it comes back through the ledger (`follower`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from zhilu import strictjson
from zhilu.encoding import b64u, format_time, sha256, unb64u
from zhilu.errors import CallerError, DataError
from zhilu.keyholder import rules
from zhilu.keyholder.believed import Credential, Evidence, Room, Viewing
from zhilu.keyholder.county import County
from zhilu.keyholder.follower import Follower
from zhilu.keyholder.local import Asked, Live, Local, Pending
from zhilu.keyholder.rules import WITNESSES
from zhilu.keyholder.state import State
from zhilu.protocols.viewing import REASON_LIMITS, Registration, parse_registration, reason_digest

MAX_PENDING = 100
MAX_CLOCK_SKEW = timedelta(minutes=5)
FOLLOW_WAIT_S = 10.0


@dataclass(frozen=True)
class Pinned:
    """A first administrator's registration, as pinned at `init`."""

    registration: bytes
    binding: dict[str, Any]


class Desk:
    """`follow_wait_s`: how long an answer waits to be read back, so that the next step finds it."""

    def __init__(
        self,
        *,
        room: Room,
        county: County,
        follower: Follower,
        state: State,
        local: Local,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        follow_wait_s: float = FOLLOW_WAIT_S,
    ) -> None:
        self._room, self._county, self._follower = room, county, follower
        self._state, self._local, self.known = state, local, Live(state, local)
        self._clock, self.follow_wait_s = clock, follow_wait_s

    def spend(self, evidence: Evidence) -> None:
        now_s = int(self._clock().timestamp())
        self._local.spend(evidence, self._state.last_count(evidence.credential), now_s)

    # Registrations

    def register(self, body: Mapping[str, Any]) -> str:
        """`{"registration","binding","aaguid"}` → registration id: the hash of what the witnesses sign."""
        got = strictjson.fields(body, {"registration": str, "binding": dict, "aaguid": str})
        if len(got["aaguid"]) > 36:
            raise DataError(
                "registration", "The field {part} is missing or has the wrong form.", part="aaguid"
            )
        raw = unb64u(got["registration"])
        rules.read_registration(raw, got["binding"], self._room, self.known)
        id_ = b64u(sha256(raw))
        if self._local.pending(id_) is None and len(self.registrations()) >= MAX_PENDING:
            raise CallerError("too-many", "Too many registrations wait for their witnesses.")
        now_s = int(self._clock().timestamp())
        self._local.add_pending(Pending(id_, raw, got["binding"], got["aaguid"], [], now_s))
        return id_

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
        await self._read_back(lambda: self._is_registered(pending))

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

    async def revoke(self, body: Mapping[str, Any]) -> None:
        """Core of `credential-revoked/1`. It holds here at once, and in the ledger when it is read back."""
        names: dict[str, type | tuple[type, ...]] = {"credential": str, "reason": str, "witnesses": list}
        core = strictjson.fields(body, names)
        credential, evidence = rules.read_revocation(core, self._room, self.known)
        for item in evidence:
            self.spend(item)
        self._local.revoke(credential)
        await self._county.post("credential-revoked/1", core, None)

    # Viewings

    async def request(self, body: Mapping[str, Any]) -> str:
        """`{"request","assertion","salt","reason"}` → viewing id."""
        got = strictjson.fields(body, {"request": str, "assertion": dict, "salt": str, "reason": str})
        salt, reason = unb64u(got["salt"]), got["reason"]
        core = {"request": got["request"], "assertion": got["assertion"]}
        viewing, evidence = rules.accept_request(core, self._room, self.known)
        request = viewing.request
        if not REASON_LIMITS[0] <= len(reason) <= REASON_LIMITS[1] or not reason.strip():
            raise DataError("reason", "The reason has 1 to 500 characters.")
        if len(salt) != 32 or reason_digest(salt, reason) != request.reason:
            raise DataError("reason-digest", "The reason is not the one that was signed.")
        now = self._clock()
        if abs(now - request.requested) > MAX_CLOCK_SKEW:
            raise DataError("request-time", "The clock of this computer is wrong.")
        self.spend(evidence)
        asked = Asked(request.viewing, request.viewer, viewing.raw, salt, reason)
        self._local.keep_asked(asked, request, format_time(now))
        personal = {"salt": got["salt"], "reason": reason}
        await self._county.post("viewing-requested/1", core, personal)
        await self._read_back(lambda: self.known.viewing(request.viewing) is not None)
        return request.viewing

    async def decide(self, id_: str, body: Mapping[str, Any]) -> str:
        """`{"decision","assertion"}` → viewing id."""
        core = {"viewing": id_, **strictjson.fields(body, {"decision": str, "assertion": dict})}
        taken, evidence = rules.accept_decision(core, self._room, self.known)
        if abs(self._clock() - taken.decision.decided) > MAX_CLOCK_SKEW:
            raise DataError("request-time", "The clock of this computer is wrong.")
        self.spend(evidence)
        await self._county.post("viewing-decided/1", core, None)
        await self._read_back(lambda: self._decided(id_))
        return id_

    def _decided(self, id_: str) -> bool:
        viewing = self.known.viewing(id_)
        return viewing is not None and viewing.taken is not None

    def viewing(self, id_: str, by: Credential) -> tuple[Viewing | None, Asked | None]:
        """To the viewer and to approvers; to all others it does not exist. Not yet in the ledger: None,
        Asked."""
        viewing, asked = self.known.viewing(id_), self._local.asked(id_)
        viewer = viewing.request.viewer if viewing else asked.viewer if asked else None
        if viewer is None or (viewer != by.person and "approver" not in by.roles):
            raise DataError("viewing-unknown", "No such request is in the ledger.")
        return viewing, asked

    def my_viewings(self, by: Credential) -> list[str]:
        """Ids: those that are being posted first, then those in the ledger, newest first."""
        known = [viewing.request.viewing for viewing in self._state.viewings_of(by.person)]
        posting = [item.viewing for item in self._local.asked_by(by.person)]
        return [id_ for id_ in posting if self.known.viewing(id_) is None] + known

    def to_decide(self, by: Credential) -> list[str]:
        if "approver" not in by.roles:
            return []
        now = self._clock()
        waiting = [item.request for item in self._state.undecided()]
        return [item.viewing for item in waiting if item.viewer != by.person and item.expires > now]

    def stage(self, viewing: Viewing | None) -> str:
        """posting, waiting, approved, refused, expired."""
        if viewing is None:
            return "posting"
        if viewing.taken and not viewing.taken.decision.approved:
            return "refused"
        until = viewing.taken.decision.expires if viewing.taken else viewing.request.expires
        if self._clock() >= min(until, viewing.request.expires):
            return "expired"
        return "approved" if viewing.taken else "waiting"

    def stored_core(self, recording: str) -> dict[str, Any]:
        core = self._state.stored_core(recording)
        if core is None:
            raise DataError("recording-unknown", "No such recording is stored.", recording=recording[:64])
        return core

    # The first administrators

    async def post_pinned(self, pinned: list[Pinned]) -> None:
        """Bring the pinned registrations into the ledger where they are not in it yet."""
        for item in pinned:
            credential = parse_registration(item.registration).credential
            if self._state.credential(credential) is None:
                core = registration_core(item.registration, item.binding, "", self._room)
                await self._county.post("credential-registered/1", core, None)

    async def _read_back(self, done: Callable[[], bool]) -> None:
        """Wait a little until what was posted is read in the ledger; not yet is no error."""
        try:
            async with asyncio.timeout(self.follow_wait_s):
                await self._follower.wait_until(done)
        except TimeoutError:
            pass


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
