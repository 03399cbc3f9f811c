"""What can happen about oversight in a demonstration county: more steps of a plan (pure).

Which findings there are follows from the facts and is not planned: whoever explains, decides or concludes
takes what waits for him then.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from zhilu.demo.bureau.steps import Step


@dataclass(frozen=True)
class Task:
    """As the tax administration system plans it. `number`: its own; `officers` by login, the first leads;
    `taxpayer`, `document`: numbers as links have them."""

    number: str
    procedure: str
    officers: tuple[str, ...]
    since: datetime
    until: datetime
    taxpayer: str
    name: str
    document: str
    place: str
    withdrawn: bool = False


@dataclass(frozen=True)
class Entered(Step):
    """Tasks come in from the tax administration system, new ones and changed ones."""

    tasks: tuple[Task, ...]


@dataclass(frozen=True)
class Excused(Step):
    """Before anything is found an officer says why he will not record; head and supervisor agree."""

    task: str
    officer: str


@dataclass(frozen=True)
class Judged(Step):
    """The bureau's server looks for findings."""


@dataclass(frozen=True)
class Explained(Step):
    """Officers explain what they are asked; a few keep silent, unless `everybody` speaks."""

    everybody: bool = False


@dataclass(frozen=True)
class Answered(Step):
    """Heads of units decide about the explanations."""


@dataclass(frozen=True)
class Concluded(Step):
    """The supervisor concludes what is ripe."""


@dataclass(frozen=True)
class Blamed(Step):
    """The supervisor concludes one finding that is ripe as a fault."""


@dataclass(frozen=True)
class Appealed(Step):
    """Whoever was blamed last appeals; nobody has decided about it."""


@dataclass(frozen=True)
class Sanctioned(Step):
    """The newest fault that has no sanction gets one; the officer appeals, or does not."""

    appeals: bool = False


@dataclass(frozen=True)
class ChecklistsSet(Step):
    """The product's lists, of every class."""


@dataclass(frozen=True)
class DrawnAtRandom(Step):
    """A random draw of the days from `first` on is announced; the city's cosignature makes it."""

    first: date


@dataclass(frozen=True)
class Reviewed(Step):
    """The supervisor chooses these recordings of a procedure, has them shown to him and answers the list. The
    last one does not pass.
    """

    procedure: str
    recordings: tuple[str, ...]


@dataclass(frozen=True)
class ReviewedAgain(Step):
    """Another supervisor sees what did not pass."""


@dataclass(frozen=True)
class SchemeEntered(Step):
    """What the assessment takes and adds, from this month on."""

    month: date


@dataclass(frozen=True)
class Published(Step):
    """The points of a month."""

    month: date


@dataclass(frozen=True)
class Objected(Step):
    """Who lost most points of a month objects."""

    month: date


@dataclass(frozen=True)
class Upheld(Step):
    """A leader who had no part in it strikes one deduction that was objected to, and the month is published
    anew, which again everybody in it may object to.
    """
