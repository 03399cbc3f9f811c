"""Random mutations of sound evidence, and whether each is found.

- of bytes: flipped, cut out, put in, doubled, swapped, overwritten, cut off; in any file
- of lines and segments: left out, doubled, swapped, turned round, put in from another recording, cut off
- of files: gone, empty, swapped, taken from another recording of the same recorder, hung behind another
- signed again by another key: one line or all, under that key's name or the recorder's
- signed again by the recorder's own key: a field changed, lines left out, the logbook kept in step
- of the proofs: pieces of `receipt.json` exchanged, turned, taken from another receipt

A mutation that means the same is none. `meaning` says what the bytes mean: lines and media as they are; the
proofs as they parse, without the cosignatures of strangers. Where a mutant has the original's meaning, nobody
could find it, and it is drawn again: that is compared, not believed.

*Found*: the verdict is not "sound and anchored"; or the county, which holds its end, refuses the logbook.
(An end cut off between two dockings leaves a true logbook of an earlier moment: the report must say which,
`unknown since`.)
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

from support.recordings import dump
from support.shapes import Evidence, signer, sound_import, sound_pair
from support.vectors.files import header, jws, payload_of
from support.verdicts import believed, verdict
from zhilu.errors import DataError
from zhilu.protocols.arrival import Tail, check_same_life
from zhilu.sealed.keys import Signer, load_jwk
from zhilu.sealed.lines import LOGBOOK, line_hash
from zhilu.sealed.trust import Trust
from zhilu.strictjson import loads_object
from zhilu.tlog.note import Note
from zhilu.tlog.proof import ProvedEntry

Files = dict[str, bytes]
Lines = list[bytes]
PROOFS = ("receipt", "enrolled", "policy")


def pair(seed: int) -> tuple[Evidence, Evidence]:
    """The evidence to be altered, and another of the same device to take pieces from."""
    rng = Random(f"pair {seed}")
    return (sound_import(rng), sound_import(rng)) if rng.random() < 0.1 else sound_pair(rng)


def missed(seed: int, mutants: int) -> list[str]:
    """Names of those mutants of this seed that nobody found."""
    evidence, other = pair(seed)
    rng, lost = Random(f"mutants {seed}"), []
    for number in range(mutants):
        name, files = draw(rng, evidence, other)
        if not found(evidence, files):
            lost.append(f"seed={seed} number={number} {name}")
    return lost


def draw(rng: Random, evidence: Evidence, other: Evidence) -> tuple[str, Files]:
    """A mutant that means something else."""
    original = meaning(evidence.files, evidence)
    while True:
        kind = rng.choice(KINDS)
        files = kind(rng, evidence, other)
        if files is not None and meaning(files, evidence) != original:
            return kind.__name__, files


def found(evidence: Evidence, files: Files) -> bool:
    report = verdict(files, evidence)
    if not believed(report):
        return True
    if evidence.logbook is None or "logbook.jws" not in files:
        return False
    presented = files["logbook.jws"].splitlines(keepends=True)
    honest = report.facts["unknown_since"] == payload_of(presented[-1])["at"]
    return honest and county_refuses(evidence, presented)


def county_refuses(evidence: Evidence, presented: Lines) -> bool:
    """At the next docking: the county holds the logbook's end, the recorder brings `presented`."""
    assert evidence.logbook is not None
    held, key = Tail.of(evidence.logbook[-1]), load_jwk(evidence.signer.jwk)
    try:
        check_same_life(held, len(presented) - 1, line_hash(presented[-1]).hex())
        for line in presented[held.n + 1 :]:
            held = held.after(line, key, evidence.signer.kid)
    except DataError:
        return True
    return False


def meaning(files: Mapping[str, bytes], evidence: Evidence) -> object:
    names = ("journal.jws", "media.sealed", "logbook.jws")
    return [files.get(name) for name in names], _proofs(files.get("receipt.json"), evidence)


def _proofs(data: bytes | None, evidence: Evidence) -> object:
    """The three entries; the notes of two are pinned by hash, that of the receipt by its known signatures."""
    if data is None:
        return None
    try:
        document = loads_object(data, 2**20)
        entries = [ProvedEntry.from_json(document[name]) for name in PROOFS]
        known = Trust.loads(evidence.trust).keys
        keys = {(one.name, one.key_id) for one in (known.ledger, *known.cosigners)}
        note = Note.parse(entries[0].checkpoint)
        signatures = frozenset(one for one in note.signatures if one.key in keys)
        # Twice the same signature of a known key is refused: that is another meaning.
        count = sum(one.key in keys for one in note.signatures)
        first = entries[0]
        bare = (first.leaf, first.core, first.salt, first.index, first.path, note.text, signatures, count)
        return bare, entries[1:]
    except (DataError, KeyError):
        return data


# --- bytes


def bytes_altered(rng: Random, evidence: Evidence, other: Evidence) -> Files:
    files = dict(evidence.files)
    name = rng.choice([name for name in files if files[name]])
    files[name] = rng.choice(BYTES)(rng, files[name])
    return files


def _flip(rng: Random, data: bytes) -> bytes:
    at = rng.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1 :]


def _cut_out(rng: Random, data: bytes) -> bytes:
    start = rng.randrange(len(data))
    return data[:start] + data[start + rng.choice((1, 1, 16, 500)) :]


def _put_in(rng: Random, data: bytes) -> bytes:
    at = rng.randint(0, len(data))
    return data[:at] + rng.choice((rng.randbytes(1), rng.randbytes(40), b"\n", b"A", b".")) + data[at:]


def _double(rng: Random, data: bytes) -> bytes:
    start = rng.randrange(len(data))
    end = start + rng.choice((1, 16, 500, len(data)))
    return data[:end] + data[start:end] + data[end:]


def _swap(rng: Random, data: bytes) -> bytes:
    a, b, c = sorted(rng.randint(0, len(data)) for _ in range(3))
    return data[:a] + data[b:c] + data[a:b] + data[c:]


def _overwrite(rng: Random, data: bytes) -> bytes:
    at, size = rng.randrange(len(data)), rng.choice((1, 4, 32))
    return data[:at] + rng.choice((bytes(size), rng.randbytes(size)))[: len(data) - at] + data[at + size :]


def _cut_off(rng: Random, data: bytes) -> bytes:
    return data[: rng.randrange(len(data))]


BYTES: tuple[Callable[[Random, bytes], bytes], ...] = (
    _flip, _flip, _flip, _cut_out, _put_in, _double, _swap, _overwrite, _cut_off,
)  # fmt: skip


# --- lines and segments


def pieces_moved(rng: Random, evidence: Evidence, other: Evidence) -> Files:
    """Lines of a file, or the segments of the media."""
    files = dict(evidence.files)
    rows = {"journal.jws": evidence.journal, "media.sealed": evidence.media, "logbook.jws": evidence.logbook}
    name = rng.choice([name for name, row in rows.items() if row])
    theirs = {"journal.jws": other.journal, "media.sealed": other.media, "logbook.jws": other.logbook}[name]
    files[name] = b"".join(moved(rng, list(rows[name] or []), list(theirs or [])))
    return files


def moved(rng: Random, row: Lines, theirs: Lines) -> Lines:
    a, b = rng.randrange(len(row)), rng.randrange(len(row))
    match rng.randrange(8):
        case 0:
            del row[a]
        case 1:
            row[a], row[b] = row[b], row[a]
        case 2:
            row.insert(b, row[a])
        case 3:
            row.reverse()
        case 4:
            row[a] = rng.choice(theirs)
        case 5:
            row.insert(a, rng.choice(theirs))
        case 6:
            del row[a:]
        case 7:
            del row[min(a, b) : max(a, b) + 1]
    return row


# --- files


def files_exchanged(rng: Random, evidence: Evidence, other: Evidence) -> Files:
    files, theirs = dict(evidence.files), other.files
    name, second = rng.choice(list(files)), rng.choice(list(files))
    match rng.randrange(6):
        case 0:
            del files[name]
        case 1:
            files[name] = b""
        case 2:
            files[name], files[second] = files[second], files[name]
        case 3:
            files[name] += theirs[rng.choice((name, second))]
        case 4:
            for one in rng.sample(list(files), rng.randint(1, len(files))):
                files[one] = theirs[one]
        case 5:
            files[name] = files[second]
    return files


# --- signed again


def signed_by_another(rng: Random, evidence: Evidence, other: Evidence) -> Files:
    """One line or all from there on, under the stranger's own name or the recorder's."""
    files = dict(evidence.files)
    in_journal = evidence.logbook is None or rng.random() < 0.6
    name, typ = ("journal.jws", evidence.typ) if in_journal else ("logbook.jws", LOGBOOK)
    lines = list(evidence.journal if in_journal else evidence.logbook or [])
    stranger = signer("stranger")
    kid = rng.choice((stranger.kid, evidence.signer.kid))
    first = rng.randrange(len(lines))
    last = first + 1 if rng.random() < 0.5 else len(lines)
    files[name] = b"".join(
        [*lines[:first], *signed_again(lines, first, last, stranger, kid, typ), *lines[last:]]
    )
    return files


def signed_again(
    lines: Sequence[bytes], first: int, last: int, by: Signer, kid: str, typ: str, edit: Any = None
) -> Lines:
    """Lines `first` to `last`, chained to what is before and signed anew; `edit` may change the first."""
    result: Lines = []
    for number in range(first, last):
        payload = payload_of(lines[number])
        before = result[-1] if result else lines[number - 1] if number else None
        if before is not None:
            payload |= {"prev": line_hash(before).hex(), "n": number}
        if edit is not None and number == first:
            edit(payload)
        result.append(jws(by, header(typ, kid), dump(payload)))
    return result


def signed_by_itself(rng: Random, evidence: Evidence, other: Evidence) -> Files:
    """Whoever holds the recorder's key changes what a line says, and signs all after it again."""
    files = dict(evidence.files)
    in_journal = evidence.logbook is None or rng.random() < 0.5
    name, typ = ("journal.jws", evidence.typ) if in_journal else ("logbook.jws", LOGBOOK)
    lines = list(evidence.journal if in_journal else evidence.logbook or [])
    first = rng.randrange(len(lines))
    changed = signed_again(lines, first, len(lines), evidence.signer, evidence.signer.kid, typ, edit_of(rng))
    files[name] = b"".join([*lines[:first], *changed])
    return files


def edit_of(rng: Random) -> Callable[[dict[str, Any]], None]:
    def edit(payload: dict[str, Any]) -> None:
        name = rng.choice(list(payload))
        payload[name] = _other_value(rng, payload[name])
        if rng.random() < 0.1:
            del payload[rng.choice(list(payload))]

    return edit


def _other_value(rng: Random, value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return rng.choice((value + 1, value - 1, 0, 2**53 - 1, value + 3600))
    if isinstance(value, str) and value and rng.random() < 0.7:
        at = rng.randrange(len(value))
        return value[:at] + rng.choice("0123456789abcdef") + value[at + 1 :]
    return rng.choice((None, "", "x", [], {}, 7))


def rooted(rng: Random, evidence: Evidence, other: Evidence) -> Files | None:
    """A whole rooted recorder: lines of the journal left out or changed, media in step, and the logbook's
    closing line made to fit; all signed by its own key."""
    if evidence.logbook is None:
        return None
    files, by = dict(evidence.files), evidence.signer
    journal = list(evidence.journal)
    at = rng.randrange(1, len(journal))
    if rng.random() < 0.5:
        del journal[at]
    else:
        del journal[at:]
    journal = [*journal[:at], *signed_again(journal, at, len(journal), by, by.kid, evidence.typ)]
    segments = [payload for payload in map(payload_of, journal) if payload["type"] == "segment"]
    kept = {payload["sha256"] for payload in segments}
    lengths = [payload for payload in map(payload_of, evidence.journal) if payload["type"] == "segment"]
    media = [data for data, line in zip(evidence.media, lengths, strict=True) if line["sha256"] in kept]
    files["journal.jws"], files["media.sealed"] = b"".join(journal), b"".join(media)
    files["logbook.jws"] = _in_step(evidence, journal, segments)
    return files


def _in_step(evidence: Evidence, journal: Lines, segments: Sequence[dict[str, Any]]) -> bytes:
    book, by = list(evidence.logbook or []), evidence.signer
    closings = ("recording-closed", "recovered")
    rows = list(map(payload_of, book))
    at = next(
        n for n, row in enumerate(rows) if row["type"] in closings and row["id"] == str(evidence.recording)
    )
    closed = {
        "lines": len(journal), "last": line_hash(journal[-1]).hex(), "segments": len(segments),
        "length": sum(row["length"] for row in segments),
        "minutes": sum(payload_of(line)["type"] == "minute" for line in journal),
    }  # fmt: skip
    return b"".join(
        [*book[:at], *signed_again(book, at, len(book), by, by.kid, LOGBOOK, lambda row: row.update(closed))]
    )


# --- proofs


def proofs_altered(rng: Random, evidence: Evidence, other: Evidence) -> Files:
    files = dict(evidence.files)
    mine, theirs = json.loads(evidence.receipt), json.loads(other.receipt)
    name, second = rng.choice(PROOFS), rng.choice(PROOFS)
    part = rng.choice(list(mine[name]))
    match rng.randrange(6):
        case 0:
            mine[name][part] = theirs[name][part]
        case 1:
            mine[name] = theirs[second]
        case 2:
            mine[name], mine[second] = mine[second], mine[name]
        case 3:
            mine[name][part] = mine[second][part]
        case 4:
            mine[name][part] = _other_value(rng, mine[name][part])
        case 5:
            path = mine[name]["path"]
            rng.shuffle(path) if rng.random() < 0.5 else path.append(rng.choice(path or ["0" * 64]))
    files["receipt.json"] = dump(mine)
    return files


def two_at_once(rng: Random, evidence: Evidence, other: Evidence) -> Files:
    """One after the other, in different files: does one hide the other?"""
    first, second = bytes_altered(rng, evidence, other), pieces_moved(rng, evidence, other)
    mine = evidence.files
    return {name: first[name] if first[name] != mine[name] else second[name] for name in mine}


KINDS: tuple[Callable[[Random, Evidence, Evidence], Files | None], ...] = (
    bytes_altered, bytes_altered, bytes_altered, pieces_moved, pieces_moved, files_exchanged,
    signed_by_another, signed_by_itself, signed_by_itself, rooted, proofs_altered, two_at_once,
)  # fmt: skip
