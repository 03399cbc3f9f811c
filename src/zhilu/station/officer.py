"""The officer's check: what a handover or a word asks of one person, his finger, his key, or both.

Rules
1. The easiest check is asked that is strong enough (spec/docking.md §4) and possible here. A finger is
   possible where the reader is there and knows a finger of this person, and the ledger proves his
   `finger-enrolled/1` at this station. Where a finger would do and is not possible, the key is asked, which
   is stronger; where both are demanded, both are.
2. The finger comes before the key and counts only within its own check, which lives 120 seconds.
3. A finger that is not his, an answer of his key that does not hold: each is one failure of this officer at
   this station (tries.py). The fifth ends the check, locks him and raises `officer-locked`; others are not
   affected. Only a check that was passed to the end clears the count. No answer, or another's key, tries
   nothing and counts nothing.
4. One finger is read at a time. Whoever asks anew ends what was asked before: its page may be closed.

What it leaves to others: one ceremony at a time in the station (ceremony.Turn), the recorder's own judgement.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

from zhilu import strictjson
from zhilu.devices.fingerprint import Prompt, Reader
from zhilu.encoding import b64u, unb64u
from zhilu.errors import CallerError, DataError, WorldError
from zhilu.protocols.assertions import check_assertion
from zhilu.protocols.docking_handover import check_strength
from zhilu.protocols.docking_recorder import GREETING_S
from zhilu.protocols.snapshot import Snapshot
from zhilu.station.alarms import Alarms
from zhilu.station.tries import Tries

log = logging.getLogger(__name__)

NEEDS = {"fprintd": ("finger",), "key": ("key",), "fprintd+key": ("finger", "key")}
"""By check, the easiest first."""
ANSWER_S = 5.0
"""So long the reader may take to say whom it knows: the recorder's greeting runs meanwhile."""
PARTS = ("id", "authenticator_data", "client_data_json", "signature")


class Desk:
    """The place before the kiosk: one reader, one person. `reader` is None where the station has none."""

    def __init__(
        self,
        *,
        station: str,
        origin: str,
        reader: Reader | None,
        tries: Tries,
        alarms: Alarms,
        changed: Callable[[], None],
    ) -> None:
        self.station, self.origin, self.reader = station, origin, reader
        self.tries, self.alarms = tries, alarms
        self.sensor: bool | None = None
        """Whether the reader is there, as far as is known; None where the station has none."""
        self.prompt: dict[str, str] | None = None
        self._changed = changed
        self._reading: asyncio.Task[Any] | None = None
        self._for: object = None

    async def look(self) -> bool | None:
        """Look after the reader."""
        if self.reader is not None:
            self._seen(await self.reader.present())
        return self.sensor

    async def check(
        self,
        snapshot: Snapshot,
        person: str,
        challenge: bytes,
        least: str,
        credentials: Mapping[bytes, bytes],
        rp_id: str,
        bay: int | None = None,
    ) -> Check:
        """A check begins. CallerError `officer-locked`; DataError `finger-unknown` or `no-key`, WorldError
        `sensor-missing`: what is demanded is not possible here. `bay` is for the alarm."""
        self.stop(self._for)
        self.tries.check(person)
        no_finger = await self._no_finger(snapshot, person)
        possible = {"finger": no_finger is None, "key": bool(credentials)}
        for kind, needs in NEEDS.items():
            if _suffices(kind, least) and all(possible[need] for need in needs):
                break
        else:
            # Where a key would have done too, that is what is missing.
            if no_finger is not None and (credentials or least == "fprintd+key"):
                raise no_finger
            raise DataError("no-key", "No security key of this person is known at this station.")
        name = snapshot.name_of(person)
        return Check(self, person, name, challenge, kind, credentials, rp_id, bay)

    async def _no_finger(self, snapshot: Snapshot, person: str) -> DataError | WorldError | None:
        """Why his finger cannot be asked for; None where it can."""
        if self.reader is None:
            return WorldError("sensor-missing", "The fingerprint reader cannot be reached.", why="none")
        try:
            async with asyncio.timeout(ANSWER_S):
                known = await self.reader.enrolled(person)
        except (TimeoutError, WorldError):
            self._seen(False)
            return WorldError("sensor-missing", "The fingerprint reader cannot be reached.")
        except DataError as error:
            return error
        self._seen(True)
        if (person, self.station) in snapshot.fingers and known:
            return None
        return DataError("finger-unknown", "No finger of this person is enrolled here.")

    async def read(self, whose: object, name: str, call: Callable[[Reader, Prompt], Any]) -> Any:
        """Something with a finger at the reader; `call` gets the reader and a prompt, whose codes stand on
        the screen beside `name`. CallerError `no-ceremony`: it was asked anew meanwhile."""
        if self.reader is None:
            raise WorldError("sensor-missing", "The fingerprint reader cannot be reached.", why="none")
        self.stop(self._for)

        def prompt(say: str) -> None:
            self._prompt({"person": name, "say": say})

        mine = self._reading = asyncio.ensure_future(call(self.reader, prompt))
        self._for = whose
        try:
            return await asyncio.shield(mine)
        except WorldError as error:
            self._seen(self.sensor if error.code == "no-finger" else False)
            raise
        except asyncio.CancelledError:
            if not mine.cancelled():
                mine.cancel()  # the caller's own end
                raise
            raise CallerError("no-ceremony", "This was begun anew elsewhere.") from None
        finally:
            if self._reading in (mine, None):
                self._reading = None
                self._prompt(None)

    def stop(self, whose: object) -> None:
        """What is being read for `whose`, if anything: it is over."""
        if self._reading is not None and self._for is whose:
            self._reading.cancel()
            self._reading = None
            self._prompt(None)

    @property
    def reading(self) -> bool:
        """Whether a finger is being read."""
        return self._reading is not None

    def _seen(self, there: bool | None) -> None:
        if self.sensor is not there:
            self.sensor = there
            self._changed()

    def _prompt(self, prompt: dict[str, str] | None) -> None:
        if self.prompt != prompt:
            self.prompt = prompt
            self._changed()


class Check:
    """One person's check, from what is asked to what is shown for it. `needs`: `finger`, `key`, in order."""

    def __init__(
        self,
        desk: Desk,
        person: str,
        name: str,
        challenge: bytes,
        kind: str,
        credentials: Mapping[bytes, bytes],
        rp_id: str,
        bay: int | None,
    ) -> None:
        self.person, self.kind, self.needs = person, kind, NEEDS[kind]
        self.until_s = time.monotonic() + GREETING_S
        self._desk, self._name, self._challenge = desk, name, challenge
        self._credentials, self._rp_id, self._bay = credentials, rp_id, bay
        self._matched = False

    def to_json(self) -> dict[str, Any]:
        """What the page needs to ask."""
        allow = self._credentials if "key" in self.needs else {}
        return {
            "challenge": b64u(self._challenge),
            "rp_id": self._rp_id,
            "allow": [b64u(credential) for credential in allow],
            "needs": list(self.needs),
            "seconds": max(0, round(self.until_s - time.monotonic())),
        }

    async def finger(self) -> None:
        """DataError `finger-no-match`: he may try again. CallerError `officer-locked`, `no-ceremony`."""
        self._go_on()
        if "finger" not in self.needs:
            raise CallerError("no-finger-needed", "No finger is asked for.")
        matched = await self._desk.read(
            self, self._name, lambda reader, prompt: reader.verify(self.person, prompt)
        )
        self._go_on()
        if not matched:
            self._failed()
            raise DataError("finger-no-match", "This finger is not the officer's.")
        self._matched = True

    def stop(self) -> None:
        """It is not wanted any more."""
        self._desk.stop(self)

    def finish(self, assertion: Mapping[str, Any] | None) -> tuple[str, dict[str, Any] | None]:
        """(check, assertion) as they go out. DataError `credential`, `assertion`, `officer-check`."""
        self._go_on()
        if "finger" in self.needs and not self._matched:
            raise DataError("officer-check", "The officer's finger has not been read yet.")
        given = self._key(assertion or {}) if "key" in self.needs else None
        self._desk.tries.passed(self.person)
        return self.kind, given

    def _key(self, assertion: Mapping[str, Any]) -> dict[str, Any]:
        try:
            _check_key(assertion, self._credentials, self._challenge, self._rp_id, self._desk.origin)
        except DataError as error:
            if error.code != "credential":
                self._failed()
            raise
        return {name: assertion[name] for name in PARTS}

    def _go_on(self) -> None:
        if time.monotonic() > self.until_s:
            raise CallerError("no-ceremony", "The time is over: begin again.")
        self._desk.tries.check(self.person)

    def _failed(self) -> None:
        """The fifth says that he is locked instead of what failed."""
        if self._desk.tries.failed(self.person):
            self._desk.alarms.raise_(self._bay, "officer-locked", self.person)
        self._desk.tries.check(self.person)


def _suffices(kind: str, least: str) -> bool:
    try:
        check_strength(kind, least)
    except DataError:
        return False
    return True


def _check_key(
    assertion: Mapping[str, Any],
    credentials: Mapping[bytes, bytes],
    challenge: bytes,
    rp_id: str,
    origin: str,
) -> None:
    """Checked here first: the recorder's no would cost the greeting."""
    try:
        public_key = credentials[unb64u(strictjson.fields(assertion, {"id": str})["id"])]
    except (DataError, KeyError):
        raise DataError("credential", "This security key is not one of this person's.") from None
    # Nobody counts here: the challenge is taken once.
    check_assertion(
        assertion, challenge=challenge, public_key=public_key, rp_id=rp_id, origin=origin, last_count=0
    )
