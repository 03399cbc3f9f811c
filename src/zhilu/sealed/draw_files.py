"""A draw as anybody repeats it from its file (spec/review.md §2; pure).

In this order, the first that is wrong ending it, each with its code:

1. the file is strict JSON of its form (`json`, `field`, `draw-file`)
2. both entries are proved (codes of `zhilu.tlog.proof`): with the trust document by its keys, and of its
   bureau (`draw-bureau`); without it under the checkpoints that they bring, which nobody vouches for
3. they are of one draw, the second after the first (`draw-entries`), their fields of their form (`field`)
4. the population is the announced one (`draw-list`), the note may make the seed (`draw-origin`,
   `draw-covered`, `draw-early`, `note-signature`), and gives this seed and these ids (`draw-seed`,
   `draw-chosen`)

Not here: whether every recording stood in the list, and whether the cosignature was the first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from zhilu import strictjson
from zhilu.encoding import EncodingError, hex32, parse_time, uuid_bytes
from zhilu.errors import DataError, ZhiluError
from zhilu.sealed import draws
from zhilu.sealed.trust import Trust
from zhilu.strictjson import FieldError
from zhilu.tlog import checkpoint as checkpoints
from zhilu.tlog.checkpoint import Verified
from zhilu.tlog.cosign import timestamp
from zhilu.tlog.note import Note
from zhilu.tlog.proof import ProvedEntry, VerifiedEntry, verify_entry, verify_under

TYPE = "zhilu-draw/1"
MAX_FILE = 2**24
_FILE = {"type": str, "announced": dict, "made": dict, "population": list}
_ANNOUNCED: dict[str, type | tuple[type, ...]] = {
    "draw": str,
    "list": str,
    "population": int,
    "count": (int, type(None)),
    "percent": (int, type(None)),
    "second": int,
    "after": str,
    "cosigner": str,
}
_MADE = {"draw": str, "note": str, "seed": str, "chosen": list}


@dataclass(frozen=True)
class DrawReport:
    """`code`: of the first defect, "" where there is none; `anchored`: by a trust document. `result` and what
    follows: None as far as it was not reached. `announced_at`: the entry's time; `cosigned_at`: Unix seconds.
    """

    code: str
    anchored: bool
    draw: str | None = None
    bureau: str | None = None
    announced: draws.Announced | None = None
    announced_at: str | None = None
    cosigned_at: int | None = None
    result: draws.Result | None = None

    @property
    def sound(self) -> bool:
        return not self.code


def judge(data: bytes, trust: Trust | None) -> DrawReport:
    anchored = trust is not None
    try:
        got = strictjson.fields(strictjson.loads_object(data, MAX_FILE), _FILE)
        if got["type"] != TYPE:
            raise DataError("draw-file", "This is no file of a draw.")
        first = _proved(got["announced"], trust, "draw-announced/1")
        second = _proved(got["made"], trust, "draw-made/1")
    except ZhiluError as error:
        return DrawReport(error.code, anchored)
    report = DrawReport("", anchored, str(first.core.get("draw")), first.leaf["bureau"])
    try:
        return _repeat(report, first, second, got["population"])
    except ZhiluError as error:
        return _with(report, code=error.code)


def _proved(value: object, trust: Trust | None, kind: str) -> VerifiedEntry:
    entry = ProvedEntry.from_json(value)
    if trust is None:
        said = checkpoints.parse(Note.parse(entry.checkpoint).text)
        return verify_under(entry, Verified(said, ()), kind)
    found = verify_entry(entry, trust.keys, kind)
    if found.leaf["bureau"] != trust.bureau:
        raise DataError("draw-bureau", "The entry is another bureau's.")
    return found


def _repeat(
    report: DrawReport, first: VerifiedEntry, second: VerifiedEntry, population: list[Any]
) -> DrawReport:
    said = strictjson.fields(first.core, _ANNOUNCED)
    made = strictjson.fields(second.core, _MADE)
    same = said["draw"] == made["draw"] and first.leaf["bureau"] == second.leaf["bureau"]
    if not same or first.index >= second.index or first.checkpoint.origin != second.checkpoint.origin:
        raise DataError("draw-entries", "The two entries are not of one draw.")
    announced = _announced(said, first)
    ids = _ids("population", population)
    report = _with(report, announced=announced, announced_at=first.leaf["at"])
    note = made["note"].encode()
    result = draws.draw(announced, ids, note)
    data = draws.cosignature(note, announced)
    report = _with(report, result=result, cosigned_at=timestamp(data))
    if made["seed"] != result.seed.hex():
        raise DataError("draw-seed", "The seed is another.")
    if made["chosen"] != list(result.chosen):
        raise DataError("draw-chosen", "Other recordings were taken.")
    return report


def _announced(said: dict[str, Any], entry: VerifiedEntry) -> draws.Announced:
    try:
        after, digest = parse_time(said["after"]), hex32(said["list"])
    except EncodingError:
        raise FieldError("after or list") from None
    if any((said[name] or 0) < 0 for name in ("population", "count", "percent", "second")):
        raise FieldError("count")
    return draws.Announced(
        index=entry.index,
        origin=entry.checkpoint.origin,
        list_hash=digest,
        population=said["population"],
        count=said["count"],
        percent=said["percent"],
        second=said["second"],
        after=int(after.timestamp()),
        cosigner=said["cosigner"],
    )


def _ids(name: str, value: list[Any]) -> list[str]:
    if len(value) > draws.MOST_POPULATION or not all(isinstance(one, str) for one in value):
        raise FieldError(name)
    try:
        for one in value:
            uuid_bytes(one)
    except EncodingError:
        raise FieldError(name) from None
    return value


def _with(report: DrawReport, **values: Any) -> DrawReport:
    return DrawReport(**{**vars(report), **values})
