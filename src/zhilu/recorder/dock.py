"""The dock: what the recorder answers a station, step by step (spec/docking.md). Knows no HTTP.

Each method takes the peer's certificate (DER) and a body, asks the table first, and returns the answer's
bytes. A refused step raises and moves nothing. Lines are durable before the answer that follows from them.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from zhilu.devices.battery import charge
from zhilu.devices.clock import SystemClock
from zhilu.durable import replace
from zhilu.encoding import b64u, format_time, parse_time, sha256, unb64u
from zhilu.errors import CallerError, DataError
from zhilu.pki.tls import peer_kid
from zhilu.protocols import docking_messages as messages
from zhilu.protocols.docking_handover import Own, check_handover
from zhilu.protocols.docking_recorder import DockState, Greeting
from zhilu.recorder.adopted import Adopted
from zhilu.recorder.holdings import closed, held
from zhilu.recorder.home import Home
from zhilu.recorder.logbook import Logbook
from zhilu.recorder.space import Space
from zhilu.sealed.lines import unverified_payload
from zhilu.sealed.logbook import MANY, MOST_REFUSED, NOT_YET, REFUSED
from zhilu.sealed.receipts import Cleared, Closed, check_receipt, names_recording
from zhilu.strictjson import dumps, loads_object

CLOCK_STEP_US = 5 * 60 * 10**6
CLOCK_SETS = 3
"""In one docking. Each is a line of the logbook, which is kept for life."""
NONCE = messages.NONCE_SIZE


class Dock:
    def __init__(
        self,
        home: Home,
        logbook: Logbook,
        adopted: Adopted,
        space: Space,
        clock: SystemClock,
        own_certificate: bytes,
        erase_now: bool = False,
        now_s: Callable[[], float] = time.monotonic,
        battery: Callable[[], int | None] = charge,
    ) -> None:
        self.state = DockState()
        self._home, self._logbook, self._adopted = home, logbook, adopted
        self._space, self._clock = space, clock
        self._own_certificate = own_certificate
        self._erase_now = erase_now
        self._now_s = now_s
        self._battery = battery
        self._offset_then_us = clock.offset_us
        """The clock's correction when the dock began: many small steps are one large one."""
        self._clock_sets = 0
        self._refused: set[tuple[UUID | None, str]] = set()
        """What was refused in this docking: the recording, and why."""

    def hello(self, peer: bytes, body: bytes) -> bytes:
        station_nonce = messages.parse_hello_request(body)
        greeting = Greeting(fingerprint(peer), station_nonce, secrets.token_bytes(NONCE), self._now_s())
        answer = messages.hello_answer(self._logbook.signer, self._hello(greeting))
        self.state.hello(greeting)
        return answer

    def _hello(self, greeting: Greeting) -> messages.Hello:
        free, total = self._space.usage()
        note = self._adopted.note_hash
        return messages.Hello(
            station_nonce=greeting.station_nonce,
            recorder_nonce=greeting.recorder_nonce,
            station_tls=greeting.station_tls,
            recorder_tls=fingerprint(self._own_certificate),
            n=self._logbook.n,
            head=self._logbook.head,
            at=format_time(self._clock.now()),
            battery=self._battery(),
            free=free,
            total=total,
            checkpoint=(self._adopted.checkpoint.size, note) if self._adopted.checkpoint and note else None,
            recordings=held(self._home, self._logbook),
        )

    def handover(self, peer: bytes, body: bytes) -> bytes:
        """The greeting is spent by the attempt, whatever is wrong with it."""
        greeting = self.state.take_greeting(fingerprint(peer), self._now_s())
        try:
            request = messages.HandoverRequest.from_bytes(body)
        except DataError as error:
            raise DataError("handover", "The handover is not well formed: {why}", why=error) from None
        counts = SignCounts(self._home.file("sign-counts.json"))
        accepted = check_handover(request, self._own(greeting, peer, counts))
        if accepted.counted:
            # A crash after this line costs the officer one touch of the key, no more.
            counts.store(*accepted.counted)
        line = self._logbook.write(
            "docked",
            handover=accepted.digest.hex(),
            station_nonce=b64u(greeting.station_nonce),
            checkpoint=self._adopted.note_hash,
        )
        self._refused.clear()
        self.state.opened(greeting)
        return messages.line_answer("docked", line)

    def _own(self, greeting: Greeting, peer: bytes, counts: SignCounts) -> Own:
        return Own(
            bureau=self._adopted.bureau,
            kid=self._logbook.signer.kid,
            station_nonce=greeting.station_nonce,
            recorder_nonce=greeting.recorder_nonce,
            n=self._logbook.n,
            head=self._logbook.head,
            recordings=held(self._home, self._logbook),
            duty=self._adopted.duty,
            station_certificate_kid=peer_kid(peer),
            sign_counts=counts.all(),
        )

    def logbook(self, peer: bytes, start: int) -> Iterator[bytes]:
        self.state.collect(fingerprint(peer), self._now_s())
        return self._logbook.lines_from(start)

    def file(self, peer: bytes, recording: str, name: str) -> Path:
        """Path of a file of a recording, also of a cleared one that is not erased yet: the county may have
        lost it. `name` is one of ours, `recording` is parsed before it touches a path."""
        self.state.collect(fingerprint(peer), self._now_s())
        try:
            id_ = messages.recording_id(recording)
        except DataError:
            raise unknown_recording() from None
        life = self._logbook.reader.recordings.get(id_)
        path = self._home.recording(id_) / name
        if life is None or life.closed_by is None or not path.is_file():
            raise unknown_recording()
        return path

    def entries(self, peer: bytes, body: bytes) -> bytes:
        """Before a handover too: a handover over the logbook as it was is then one of another state."""
        self.state.entries(fingerprint(peer), self._now_s())
        return dumps({"taken": self._adopted.take(messages.EntriesRequest.from_bytes(body))})

    def receipt(self, peer: bytes, body: bytes) -> bytes:
        """`cleared` is durable before anything is erased, and before the answer; so is `clearing-refused`."""
        self.state.store(fingerprint(peer), self._now_s())
        own = closed(self._logbook)
        try:
            cleared = self._checked(body, own)
        except DataError as error:
            if error.code != NOT_YET:
                self._refuse(names_recording(body, own), error.code)
            raise
        line = self._cleared_before(cleared.recording) or self._clear(cleared)
        if self._erase_now and self._home.recording(cleared.recording).exists():
            self._space.erase(cleared.recording)
        return messages.line_answer("cleared", line)

    def _checked(self, body: bytes, own: Mapping[UUID, Closed | None]) -> Cleared:
        return check_receipt(
            loads_object(body, messages.MAX_BODY),
            self._adopted.keys,
            self._adopted.checkpoint,
            self._adopted.believe,
            self._logbook.signer.kid,
            own,
        )

    def _refuse(self, recording: UUID | None, code: str) -> None:
        """Each once in a docking, and not without end: a line is kept for life."""
        if (recording, code) in self._refused or len(self._refused) == MOST_REFUSED:
            return
        if len(self._refused) == MOST_REFUSED - 1:
            recording, code = None, MANY
        self._logbook.write(REFUSED, id=str(recording) if recording else None, code=code)
        self._refused.add((recording, code))

    def _clear(self, cleared: Cleared) -> bytes:
        return self._logbook.write(
            "cleared",
            id=str(cleared.recording),
            receipt=cleared.receipt.hex(),
            index=cleared.index,
            checkpoint=cleared.checkpoint.hex(),
        )

    def _cleared_before(self, recording: UUID) -> bytes | None:
        """The station did not get our answer and asks again: it gets the same line."""
        if not self._logbook.reader.recordings[recording].cleared:
            return None
        for line in self._logbook.lines_from(0):
            payload = unverified_payload(line)
            if payload["type"] == "cleared" and payload["id"] == str(recording):
                return line
        raise AssertionError("the reader saw a line that is not there")

    def clock(self, peer: bytes, body: bytes) -> bytes:
        """The line comes first: a crash after it leaves a clock that was said to be set, and the next
        docking tells."""
        self.state.store(fingerprint(peer), self._now_s())
        request = messages.ClockRequest.from_bytes(body)
        if self._clock_sets >= CLOCK_SETS:
            raise CallerError("clock-step", "The clock was set often enough in this docking.")
        before, after = self._clock.now(), parse_time(request.station_at)
        offset_us = (after - before) // timedelta(microseconds=1)
        if abs(self._clock.offset_us + offset_us - self._offset_then_us) > CLOCK_STEP_US:
            raise CallerError("clock-step", "The clock may be set by at most five minutes.")
        line = self._logbook.write(
            "clock-set",
            before=format_time(before),
            after=format_time(after),
            offset_us=offset_us,
            station=peer_kid(peer),
            source=request.source,
        )
        self._clock_sets += 1
        self._clock.offset_us += offset_us
        replace(self._home.file("clock-offset"), b"%d\n" % self._clock.offset_us)
        return messages.line_answer("clock-set", line)

    def undock(self, peer: bytes) -> tuple[bytes, bool]:
        """(answer, whether this ended an open docking)"""
        ended = self.state.undock(fingerprint(peer), self._now_s())
        return messages.undock_answer(self._logbook.n, self._logbook.head), ended

    def disconnected(self) -> None:
        self.state.disconnected(self._now_s())


class SignCounts:
    """Last seen signature counter of each security key. A copy of a key shows by going back."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def all(self) -> dict[bytes, int]:
        if not self._path.exists():
            return {}
        return {unb64u(name): int(count) for name, count in json.loads(self._path.read_bytes()).items()}

    def store(self, credential: bytes, count: int) -> None:
        counts = self.all() | {credential: count}
        replace(self._path, dumps({b64u(name): value for name, value in counts.items()}))


def fingerprint(certificate: bytes) -> str:
    """Hex of the SHA-256 of a certificate's DER."""
    return sha256(certificate).hex()


def unknown_recording() -> CallerError:
    return CallerError("unknown-recording", "The recorder holds no such recording.")
