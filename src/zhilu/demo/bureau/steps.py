"""What can happen in a demonstration county: a plan is a list of these, in the order of their times (pure).

People are named by login, recordings, acts and viewings by the plan's own keys.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class Step:
    at: datetime


@dataclass(frozen=True)
class Trained(Step):
    """A class of officers, all at once. `course`: conduct, recorder or drill; `drill`: its recording."""

    course: str
    held_on: date
    scores: tuple[tuple[str, int], ...]
    drill: str = ""


@dataclass(frozen=True)
class Issued(Step):
    """The recorder of `holder`, to his department and him."""

    holder: str


@dataclass(frozen=True)
class Assigned(Step):
    """The recorder of `holder` is `officer`'s from now on."""

    holder: str
    officer: str
    drill: bool = False
    deputy: str = ""


@dataclass(frozen=True)
class Delegated(Step):
    giver: str
    receiver: str
    role: str
    days: int


@dataclass(frozen=True)
class Shot:
    """One recording. `breaks`: the source fails after so many microseconds, and what is filmed next goes on
    from it."""

    key: str
    at: datetime
    scene: str
    place: tuple[int, int] | None
    marks: tuple[tuple[int, str], ...] = ()
    breaks: int = 0


@dataclass(frozen=True)
class Outing(Step):
    """The recorder of `holder` is taken from its bay, films, and comes back."""

    holder: str
    shots: tuple[Shot, ...]


@dataclass(frozen=True)
class Docked(Step):
    """Handed over by `officer`, collected, stored, cleared."""

    holder: str
    officer: str


@dataclass(frozen=True)
class Checked(Step):
    """A recorder that was not out is handed over in its bay all the same: its logbook says so."""

    holder: str


@dataclass(frozen=True)
class Refused(Step):
    """A recorder that stood in the bay of another was refused; the station told of it."""

    holder: str
    bay: int


@dataclass(frozen=True)
class Alarmed(Step):
    """The station raised an alarm; `by` confirmed and handled it, with a word."""

    code: str
    detail: str
    by: str
    said: str
    closed: bool = True


@dataclass(frozen=True)
class Imported(Step):
    """Files of a recorder that does not seal. `scenes`: (recording, what is in it)."""

    officer: str
    scenes: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Opened(Step):
    """An act. `spans`: (recording, from, to) in microseconds."""

    act: str
    procedure: str
    by: str
    officers: tuple[str, ...]
    taxpayer: str
    spans: tuple[tuple[str, int, int], ...]


@dataclass(frozen=True)
class Filed(Step):
    act: str
    by: str
    version: int
    texts: dict[str, str]


@dataclass(frozen=True)
class Confirmed(Step):
    act: str
    by: str
    version: int


@dataclass(frozen=True)
class Linked(Step):
    act: str
    by: str
    kind: str
    number: str
    name: str


@dataclass(frozen=True)
class Resulted(Step):
    """An outcome; `fen` where it is an amount."""

    act: str
    by: str
    kind: str
    fen: int | None
    note: str


@dataclass(frozen=True)
class SetAside(Step):
    recording: str
    by: str
    reason: str
    text: str


@dataclass(frozen=True)
class Handed(Step):
    """Somebody else is to describe the recording."""

    recording: str
    by: str
    officer: str


@dataclass(frozen=True)
class Asked(Step):
    """A viewing. `kind`: view, urgent or copy."""

    viewing: str
    viewer: str
    recordings: tuple[str, ...]
    kind: str
    purpose: str
    reason: str


@dataclass(frozen=True)
class Decided(Step):
    viewing: str
    by: str
    approved: bool


@dataclass(frozen=True)
class Released(Step):
    viewing: str
    recording: str


@dataclass(frozen=True)
class Reported(Step):
    """The report that an urgent viewing owes."""

    viewing: str
    text: str


@dataclass(frozen=True)
class Copied(Step):
    viewing: str
    recording: str
