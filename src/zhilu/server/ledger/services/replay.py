"""Replaying a ledger: `apply` runs on each stored entry as it ran at `commit`, thousands at a time.

`apply_all` is the one way, of a mirror's follower, of a rebuild and of the audit. Where its thousands do not
go together they go in halves, down to the one that cannot be applied.

For the audit it runs in a child process whose only database is the scratch file, so that no mistake can reach
the live tables, and its memory is its own. The child is given what `apply` may see, a line of JSON an entry;
it writes a line for each entry that cannot be applied. Killed, or out of disk: the audit ends with an error,
and the folder is gone.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from django.apps import apps
from django.db import transaction
from django.db.utils import OperationalError

from zhilu.encoding import b64u, format_time, parse_time, unb64u
from zhilu.errors import WorldError, ZhiluError
from zhilu.server import config
from zhilu.server.ledger import waiting
from zhilu.server.ledger.events import Stamp, kind_named
from zhilu.server.ledger.models import Derived, Entry, Evidential
from zhilu.server.ledger.models.base import applying
from zhilu.server.ledger.services.commit import event_of, stamp_of

FILE = "scratch.db"
BATCH, BATCH_BYTES = 4000, 8 * 2**20


def entries(alias: str = "default") -> Iterator[Entry]:
    """The stored entries in order."""
    return Entry.objects.using(alias).order_by("index").iterator(500)


@dataclass(frozen=True)
class Unapplied:
    """Entry `index` cannot be applied here: `code` says why."""

    index: int
    code: str


def apply_all(entries: Sequence[Entry]) -> Iterator[Unapplied]:
    """Inside a transaction. Gives each entry that cannot be applied; who goes on asking has those after it
    applied, who does not has all before it.
    """
    error = _together(entries)
    if error is None:
        return
    if len(entries) == 1:
        code = error.code if isinstance(error, ZhiluError) else type(error).__name__
        yield Unapplied(entries[0].index, code)
        return
    middle = len(entries) // 2
    yield from apply_all(entries[:middle])
    yield from apply_all(entries[middle:])


def _together(entries: Sequence[Entry]) -> Exception | None:
    """All of them or none, and then why."""
    try:
        with transaction.atomic(), applying(many=len(entries) > 1):
            _apply(entries)
    except OperationalError:
        raise
    except Exception as error:  # whatever a payload that its ledger never checked makes of it
        return error
    return None


def _apply(entries: Iterable[Entry]) -> None:
    read: list[tuple[Callable[[Any, Stamp], None], Any, Stamp]] = []
    for entry in entries:
        kind = kind_named(entry.kind)
        if kind.applies:
            event = event_of(entry)
            read.append((kind.applies, event, stamp_of(entry)))
            for model, keys in kind.foresees(event) if kind.foresees else ():
                waiting.foresee(model, keys)
    for apply, event, stamp in read:
        apply(event, stamp)


def batches(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    """As many together as are applied together and held in memory: so many, or so long; one at least."""
    together: list[Entry] = []
    weight = 0
    for entry in entries:
        length = len(entry.core) + len(entry.personal or b"")
        if together and (len(together) == BATCH or weight + length > BATCH_BYTES):
            yield together
            together, weight = [], 0
        together.append(entry)
        weight += length
    if together:
        yield together


def evidential_models() -> list[type[Evidential]]:
    """Every evidential table, those that others point to first."""
    return [model for model in apps.get_models() if issubclass(model, Evidential)]


def derived_models() -> list[type[Derived]]:
    return [model for model in apps.get_models() if issubclass(model, Derived)]


def clear() -> None:
    """Past the guards and the protected relations: every row of every table goes, to come again."""
    for model in [*derived_models(), *reversed(evidential_models())]:
        query = model._default_manager.all()
        query._raw_delete(query.db)


class Replay:
    """The child. `give` the entries in order, then `finish`; the scratch database is then whole."""

    def __init__(self, folder: Path) -> None:
        database = folder / FILE
        self._said, self._errors = folder / "said", folder / "errors"
        environ = os.environ | {config.SCRATCH_VARIABLE: str(database)}
        with self._said.open("wb") as said, self._errors.open("wb") as errors:
            self._child = subprocess.Popen(
                [sys.executable, "-m", "zhilu.server.ledger.replayer"],
                stdin=subprocess.PIPE,
                stdout=said,
                stderr=errors,
                env=environ,
            )

    def __enter__(self) -> Replay:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._child.poll() is None:
            self._child.kill()
        self._child.wait()
        if self._child.stdin and not self._child.stdin.closed:
            try:
                self._child.stdin.close()
            except OSError:
                pass  # what it held back goes nowhere

    def give(self, entry: Entry) -> None:
        assert self._child.stdin
        try:
            self._child.stdin.write(to_line(entry))
        except OSError:
            raise self._broken() from None

    def finish(self) -> Iterator[Unapplied]:
        """Waits for the child; gives each entry that could not be applied."""
        assert self._child.stdin
        try:
            self._child.stdin.close()
        except OSError:
            raise self._broken() from None
        if self._child.wait() != 0:
            raise self._broken()
        with self._said.open(encoding="utf-8") as lines:
            for line in lines:
                index, _, code = line.rstrip("\n").partition(" ")
                yield Unapplied(int(index), code)

    def _broken(self) -> WorldError:
        code = self._child.wait()
        lines = self._errors.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        reason = lines[-1] if lines else f"exit {code}"
        return WorldError(
            "audit-replay", "The replay of the ledger ended early: {reason}", reason=reason[:200]
        )


def to_line(entry: Entry) -> bytes:
    """What `apply` may see of an entry."""
    told = {
        "index": entry.index,
        "kind": entry.kind,
        "at": format_time(entry.at),
        "actor": entry.actor,
        "core": b64u(bytes(entry.core)),
        "personal": None if entry.personal is None else b64u(bytes(entry.personal)),
    }
    return json.dumps(told).encode() + b"\n"


def from_line(line: bytes) -> Entry:
    told: dict[str, Any] = json.loads(line)
    return Entry(
        index=told["index"],
        kind=told["kind"],
        at=parse_time(told["at"]),
        actor=told["actor"],
        core=unb64u(told["core"]),
        personal=None if told["personal"] is None else unb64u(told["personal"]),
    )
