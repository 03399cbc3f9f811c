"""Counting a report again from the ledgers (spec/statistics.md §4). Nothing of the report is believed but
what was asked: the entries are those of the ledger here, checked against what was published; they are
replayed into an empty database, and counted there.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings

from zhilu import strictjson
from zhilu.errors import DataError
from zhilu.server.federation.models import Joined
from zhilu.server.federation.services import ledgers
from zhilu.server.federation.services.neighbours import as_neighbour
from zhilu.server.ledger import lock
from zhilu.server.ledger.models import Checkpoint, Entry
from zhilu.server.ledger.services import replay
from zhilu.server.ledger.services.reader import Reader
from zhilu.server.oversight.services import standing
from zhilu.server.statistics import rules
from zhilu.server.statistics.services import report as reports
from zhilu.server.statistics.services.counting import Asked
from zhilu.tlog.frontier import Frontier
from zhilu.tlog.merkle import leaf_hash
from zhilu.tlog.note import NoteVerifier

LEDGER: dict[str, type | tuple[type, ...]] = {
    "bureau": str,
    "size": int,
    "root": str,
    "checkpoint": (dict, type(None)),
    "whole": dict,
    **dict.fromkeys(reports.SECTIONS, list),
}
ASKED: dict[str, type | tuple[type, ...]] = {
    "type": str,
    "bureau": str,
    "tier": str,
    "first": str,
    "last": str,
    "departments": (list, type(None)),
    "ledgers": list,
}


@dataclass(frozen=True)
class Difference:
    """In which ledger, where in the report, of which number: what it says, and what the ledger gives."""

    bureau: str
    place: str
    number: str
    said: object
    found: object


def read(data: bytes) -> dict[str, Any]:
    """DataError `report` where it is none."""
    try:
        told = strictjson.loads_object(data, reports.LONGEST)
        asked = strictjson.fields(told, ASKED)
        days = [date.fromisoformat(asked[one]) for one in ("first", "last")]
        places = None if asked["departments"] is None else frozenset(map(UUID, asked["departments"]))
        found = [strictjson.fields(one, LEDGER) for one in asked["ledgers"]]
        if asked["type"] != reports.TYPE or not 2000 <= days[0].year <= days[1].year <= 2999:
            raise ValueError
        if len({one["bureau"] for one in found}) != len(found):
            raise ValueError  # whoever adds up would count it twice
        for one in found:
            one["whole"] = _numbers(one["whole"])
            for name, keys in reports.SECTIONS.items():
                one[name] = _section(one[name], len(keys))
    except (DataError, ValueError, TypeError, AttributeError):
        raise DataError("report", "This is no report of statistics.") from None
    by = (asked["bureau"], asked["tier"])
    return {"by": by, "asked": Asked(days[0], days[1], places), "ledgers": found}


def reach(told: dict[str, Any]) -> list[tuple[str, int, int]]:
    """Of each ledger that is here: from how many entries it was counted, of how many that are here now."""
    here = [one for one in told["ledgers"] if one["bureau"] in ledgers.bureaus()]
    found = []
    for one in here:
        with ledgers.of(one["bureau"]):
            found.append((one["bureau"], one["size"], ledgers.applied(one["bureau"])))
    return found


def _section(rows: list[Any], keys: int) -> dict[tuple[Any, ...], dict[str, int]]:
    found: dict[tuple[Any, ...], dict[str, int]] = {}
    for row in rows:
        if not isinstance(row, list) or len(row) != keys + 1:
            raise ValueError
        *key, numbers = row
        if any(not isinstance(one, (str, type(None))) for one in key) or tuple(key) in found:
            raise ValueError
        found[tuple(key)] = _numbers(numbers)
    return found


def _numbers(told: Any) -> dict[str, int]:
    if not isinstance(told, dict) or any(type(one) is not int for one in told.values()):
        raise ValueError
    return told


def recompute(
    told: dict[str, Any], progress: Callable[[int], None] = lambda done: None
) -> Iterator[Difference]:
    """`told`: as `read` gave it."""
    here, own = ledgers.bureaus(), (ledgers.own(), settings.ZHILU.tier)
    if told["by"] != own:
        yield Difference(told["by"][0], "report", "bureau", " ".join(told["by"]), " ".join(own))
    for one in told["ledgers"]:
        bureau = one["bureau"]
        if bureau not in here:
            yield Difference(bureau, "ledger", "here", True, False)
            continue
        yield from _of_ledger(one, told["asked"], progress)
    for bureau in here if told["asked"].departments is None else ():
        if bureau not in {one["bureau"] for one in told["ledgers"]}:
            yield Difference(bureau, "ledger", "counted", False, True)


def _of_ledger(told: dict[str, Any], asked: Asked, progress: Callable[[int], None]) -> Iterator[Difference]:
    bureau, published_by = told["bureau"], _key(told["bureau"])
    with tempfile.TemporaryDirectory(prefix="zhilu-recompute-") as folder:
        with ledgers.of(bureau):
            as_of = standing.newest(told["size"])
            yield from _checkpoint(bureau, told["checkpoint"])
            whole = yield from _replayed(told, published_by, Path(folder), progress)
        if not whole:
            return
        with lock.standing_at(lock.scratch(Path(folder) / replay.FILE)):
            found = reports.counted_here(asked, as_of)
    yield from _numbers_of(bureau, "whole", told["whole"], found["whole"])
    for name, keys in reports.SECTIONS.items():
        mine = _section(found[name], len(keys))
        for key in sorted({*told[name], *mine}, key=str):
            place = f"{name} {' '.join('—' if one is None else one for one in key)}"
            yield from _numbers_of(bureau, place, told[name].get(key, {}), mine.get(key, {}))


def _checkpoint(bureau: str, told: Any) -> Iterator[Difference]:
    if told is None:
        return
    known = Checkpoint.objects.filter(size=told.get("size")) if type(told.get("size")) is int else None
    sha256 = known.values_list("sha256", flat=True).first() if known is not None else None
    if sha256 != told.get("sha256"):
        yield Difference(bureau, "checkpoint", "sha256", told.get("sha256"), sha256)


def _replayed(
    told: dict[str, Any], key: NoteVerifier | None, folder: Path, progress: Callable[[int], None]
) -> Any:
    """Gives what is wrong with the entries; returns whether what was replayed is the tree that is named."""
    bureau, size, root = told["bureau"], told["size"], told["root"]
    tree, reader = Frontier(), Reader("default", key)
    bad = False
    with replay.Replay(folder) as child:
        for entry in Entry.objects.filter(index__lt=_published(size)).order_by("index").iterator(500):
            for finding in list(reader.take(entry)):
                bad = True
                yield Difference(bureau, finding.place, finding.code, "", "")
            if entry.index < size:
                tree.append(leaf_hash(bytes(entry.leaf)))
                child.give(entry)
            if reader.count % 1000 == 0:
                progress(reader.count)
        for one in child.finish():
            bad = True
            yield Difference(bureau, f"entry {one.index}", one.code, "", "")
    if (tree.size, tree.root().hex()) != (size, root):
        yield Difference(bureau, "tree", "size" if tree.size != size else "root", root, tree.root().hex())
        return False
    return not bad


def _published(size: int) -> int:
    """The size of the first checkpoint that has all these entries: only there is what they are held against.
    Where none is published yet, as far as they go.
    """
    later = Checkpoint.objects.filter(size__gte=size).order_by("size").values_list("size", flat=True)
    return later.first() or size


def _key(bureau: str) -> NoteVerifier | None:
    """None: the own one."""
    if bureau == ledgers.own():
        return None
    return as_neighbour(Joined.objects.get(bureau=bureau)).keys.ledger


def _numbers_of(bureau: str, place: str, said: dict[str, int], found: dict[str, int]) -> Iterator[Difference]:
    for name in (
        *rules.NUMBERS,
        *rules.OF_RECORDERS,
        *sorted(set(said) - {*rules.NUMBERS, *rules.OF_RECORDERS}),
    ):
        if said.get(name, 0) != found.get(name, 0):
            yield Difference(bureau, place, name, said.get(name, 0), found.get(name, 0))
