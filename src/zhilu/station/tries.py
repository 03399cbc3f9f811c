"""How often an officer's check failed here: five times within 15 minutes lock him at this station for 15.

Kept in a file for each officer, so that a restart forgets nothing; a disk that takes nothing leaves it to
memory. A time that lies more than 15 minutes off, before or after, counts nothing: a clock that was set locks
nobody for ever.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from zhilu import strictjson
from zhilu.durable import replace
from zhilu.encoding import format_time, parse_time, sha256
from zhilu.errors import CallerError, DataError

log = logging.getLogger(__name__)

MOST = 5
WITHIN = timedelta(minutes=15)


class Tries:
    """A lock begins with the fifth failure. `person` may be any text."""

    def __init__(self, folder: Path, clock: Callable[[], datetime]) -> None:
        self._folder, self._clock = folder, clock
        self._known: dict[str, list[datetime]] = {}

    def check(self, person: str) -> None:
        """CallerError `officer-locked`."""
        until = self.locked_until(person)
        if until is not None:
            raise CallerError(
                "officer-locked",
                "Five checks failed: this officer is locked at this station until {until}.",
                until=format_time(until),
            )

    def locked_until(self, person: str) -> datetime | None:
        failures = self._failures(person)
        if len(failures) < MOST or not self._counts(failures[-1]):
            return None
        return failures[-1] + WITHIN

    def failed(self, person: str) -> bool:
        """One more; whether it was the one that locks."""
        failures = [at for at in self._failures(person) if self._counts(at)]
        failures.append(self._clock())
        self._keep(person, failures)
        return len(failures) == MOST

    def passed(self, person: str) -> None:
        if self._failures(person):
            self._keep(person, [])

    def _failures(self, person: str) -> list[datetime]:
        """Oldest first; those that count no more go with the next one."""
        if person not in self._known:
            self._known[person] = _read(self._path(person))
        return self._known[person]

    def _counts(self, at: datetime) -> bool:
        return abs(self._clock() - at) < WITHIN

    def _keep(self, person: str, failures: list[datetime]) -> None:
        self._known[person] = failures
        try:
            if failures:
                self._folder.mkdir(exist_ok=True)
                text = [format_time(at) for at in failures]
                replace(self._path(person), strictjson.dumps({"failures": text}))
            else:
                self._path(person).unlink(missing_ok=True)
        except OSError as error:
            log.error("failed checks are kept in memory only: %s", error)

    def _path(self, person: str) -> Path:
        # No name from outside touches a path.
        return self._folder / f"{sha256(person.encode()).hex()}.json"


def _read(path: Path) -> list[datetime]:
    try:
        got = strictjson.fields(strictjson.loads_object(path.read_bytes()), {"failures": list})
        return [parse_time(str(at)) for at in got["failures"]]
    except FileNotFoundError:
        return []
    except (OSError, DataError) as error:
        log.error("failed checks of an officer cannot be read: %s", error)
        return []
