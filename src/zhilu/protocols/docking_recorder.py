"""The recorder's side of a docking as a table (spec/docking.md §2), without I/O; time is passed in, seconds.

            hello     handover      entries      collect       store         undock
    idle    greeted   not-greeted   no-handover  no-handover   no-handover   idle
    greeted greeted   open | idle   greeted      no-handover   no-handover   idle
    open    greeted   already-open  open         open          open          idle

- A refused step moves nothing, but a refused handover ends the greeting: its nonces are used once.
- A greeting lasts 120 s and belongs to the station certificate that it was given to; so does `open`.
- `open` outlives the last TLS connection of that station by 60 s.

`collect` is GET of logbook, journal and media; `store` is POST of receipt and clock. Entries of the ledger
prove themselves and give nothing away: they are taken before a handover too, and move nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from zhilu.errors import CallerError

GREETING_S = 120.0
RESUME_S = 60.0

IDLE, GREETED, OPEN = "idle", "greeted", "open"
HELLO, HANDOVER, ENTRIES = "hello", "handover", "entries"
COLLECT, STORE, UNDOCK = "collect", "store", "undock"

# (state, step) -> the state after, or the code of the refusal in lower case with a leading "!".
TABLE: dict[tuple[str, str], str] = {
    (IDLE, HELLO): GREETED,
    (IDLE, HANDOVER): "!not-greeted",
    (IDLE, ENTRIES): "!no-handover",
    (IDLE, COLLECT): "!no-handover",
    (IDLE, STORE): "!no-handover",
    (IDLE, UNDOCK): IDLE,
    (GREETED, HELLO): GREETED,
    (GREETED, HANDOVER): OPEN,
    (GREETED, ENTRIES): GREETED,
    (GREETED, COLLECT): "!no-handover",
    (GREETED, STORE): "!no-handover",
    (GREETED, UNDOCK): IDLE,
    (OPEN, HELLO): GREETED,
    (OPEN, HANDOVER): "!already-open",
    (OPEN, ENTRIES): OPEN,
    (OPEN, COLLECT): OPEN,
    (OPEN, STORE): OPEN,
    (OPEN, UNDOCK): IDLE,
}


@dataclass(frozen=True)
class Greeting:
    """One greeting: the station's certificate (hex of its SHA-256), both nonces, when."""

    station_tls: str
    station_nonce: bytes
    recorder_nonce: bytes
    at_s: float


class DockState:
    """Where a docking stands. Every step goes through `_step`, which refuses or says the state after."""

    def __init__(self) -> None:
        self._state = IDLE
        self._greeting: Greeting | None = None
        self._alone_since_s: float | None = None

    def state(self, now_s: float) -> str:
        """The state, after what time alone has ended."""
        left = self._alone_since_s
        if self._state == OPEN and left is not None and now_s - left > RESUME_S:
            self._reset()
        return self._state

    def hello(self, greeting: Greeting) -> None:
        self._state = self._step(HELLO, greeting.station_tls, greeting.at_s)
        self._greeting, self._alone_since_s = greeting, None

    def take_greeting(self, station_tls: str, now_s: float) -> Greeting:
        """The greeting that a handover answers, taken: whatever comes of it, its nonces are spent.

        Refuses with `not-greeted`, `already-open`; `nonce` where the greeting is too old.
        """
        self._step(HANDOVER, station_tls, now_s)
        greeting = self._greeting
        assert greeting is not None
        self._reset()
        _check_age(greeting, now_s)
        return greeting

    def opened(self, greeting: Greeting) -> None:
        """The handover held and its `docked` line is durable."""
        self._state, self._greeting = OPEN, greeting

    def entries(self, station_tls: str, now_s: float) -> None:
        """Refuses with `no-handover`; `nonce` where the greeting is too old."""
        state = self._step(ENTRIES, station_tls, now_s)
        greeting = self._greeting
        assert greeting is not None
        if state == GREETED:
            _check_age(greeting, now_s)
        self._alone_since_s = None

    def collect(self, station_tls: str, now_s: float) -> None:
        self._state = self._step(COLLECT, station_tls, now_s)
        self._alone_since_s = None

    def store(self, station_tls: str, now_s: float) -> None:
        self._state = self._step(STORE, station_tls, now_s)
        self._alone_since_s = None

    def undock(self, station_tls: str, now_s: float) -> bool:
        """True where this ended an open docking, by the station that had it; nobody else ends one."""
        seen = self._seen_by(station_tls, now_s)
        self._step(UNDOCK, station_tls, now_s)
        if seen != IDLE:
            self._reset()
        return seen == OPEN

    def disconnected(self, now_s: float) -> None:
        """The last TLS connection of the station has gone."""
        if self._state == OPEN and self._alone_since_s is None:
            self._alone_since_s = now_s

    def _step(self, step: str, station_tls: str, now_s: float) -> str:
        outcome = TABLE[self._seen_by(station_tls, now_s), step]
        if outcome.startswith("!"):
            raise _refusal(outcome[1:])
        return outcome

    def _seen_by(self, station_tls: str, now_s: float) -> str:
        """To another station the recorder is idle: a handover is with one station only."""
        state = self.state(now_s)
        return state if self._greeting is not None and self._greeting.station_tls == station_tls else IDLE

    def _reset(self) -> None:
        self._state, self._greeting, self._alone_since_s = IDLE, None, None


def _check_age(greeting: Greeting, now_s: float) -> None:
    if now_s - greeting.at_s > GREETING_S:
        raise CallerError("nonce", "The greeting is older than 120 seconds: greet again.")


def _refusal(code: str) -> CallerError:
    if code == "not-greeted":
        return CallerError(code, "The recorder has not been greeted.")
    if code == "already-open":
        return CallerError(code, "The handover is done already.")
    return CallerError(code, "The recorder gives nothing before a handover.")
