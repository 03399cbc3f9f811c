"""Whole stores of recorders, of random shape, and mutations of them: as `zhilu verify STORE` judges them.

The county has seen the logbook's end (`--since-head`), so an old copy put back and an end cut off are found
by the verifier itself. What is cleared may be there or not: mutations touch only what is not.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random

from support.mutations import edit_of, moved, signed_again
from support.recordings import MemoryMedia
from support.shapes import County, Recorder, Recording
from support.vectors.judge import lines_of
from zhilu.encoding import uuid7
from zhilu.sealed.lines import LOGBOOK, line_hash
from zhilu.sealed.logbook import Head
from zhilu.sealed.report import Report
from zhilu.sealed.store import verify_store

Lines = list[bytes]
Folders = dict[str, tuple[bytes, bytes]]
"""Name -> (journal, media)."""
Copies = list[tuple[Lines, Folders]]
Mutant = tuple[Lines, Folders] | None
NOTES = frozenset({"clock-outside", "boot-unexplained", "recovered"})


def sound_store(rng: Random) -> tuple[Recorder, list[tuple[Lines, Folders]]]:
    """A recorder, and its store after each of its lives; the last is what there is now."""
    recorder = Recorder(rng, County(rng))
    copies = []
    for _ in range(rng.choice((1, 2, 3))):
        recorder.live()
        copies.append((list(recorder.logbook), _folders(rng, recorder.recordings)))
    return recorder, copies


def _folders(rng: Random, recordings: list[Recording]) -> Folders:
    there = [made for made in recordings if not made.cleared or rng.random() < 0.5]
    return {str(made.id): (b"".join(made.journal), b"".join(made.media)) for made in there}


def judge(logbook: Lines, folders: Folders, seen: Lines) -> Report:
    """`seen`: the logbook whose end the county knows."""

    @contextmanager
    def held(name: str) -> Iterator[tuple[Iterator[bytes], MemoryMedia]]:
        journal, media = folders[name]
        yield lines_of(journal), MemoryMedia(media)

    head = Head(len(seen) - 1, line_hash(seen[-1]))
    return verify_store(lines_of(b"".join(logbook)), folders, held, head=head)


def store_accusation(seed: int) -> str:
    _, copies = sound_store(Random(f"store {seed}"))
    logbook, folders = copies[-1]
    report = judge(logbook, folders, logbook)
    return " / ".join(str(one) for one in report if one.defect or one.code not in NOTES)


def stores_missed(seed: int, mutants: int) -> list[str]:
    """Names of those mutants of this seed's store that the verifier calls sound."""
    rng, lost = Random(f"store mutants {seed}"), []
    recorder, copies = sound_store(Random(f"store {seed}"))
    logbook, _ = copies[-1]
    for number in range(mutants):
        name, mutant = _draw(rng, recorder, copies)
        if judge(*mutant, logbook).sound:
            lost.append(f"store seed={seed} number={number} {name}")
    return lost


def _draw(rng: Random, recorder: Recorder, copies: Copies) -> tuple[str, tuple[Lines, Folders]]:
    while True:
        kind = rng.choice(KINDS)
        mutant = kind(rng, recorder, copy.deepcopy(copies))
        if mutant is not None and mutant != copies[-1]:
            return kind.__name__, mutant


def _held(rng: Random, recorder: Recorder, folders: Folders) -> str | None:
    """A recording that must be there."""
    names = [str(made.id) for made in recorder.recordings if not made.cleared and str(made.id) in folders]
    return rng.choice(names) if names else None


def recording_gone(rng: Random, recorder: Recorder, copies: Copies) -> Mutant:
    logbook, folders = copies[-1]
    name = _held(rng, recorder, folders)
    if name is None:
        return None
    del folders[name]
    return logbook, folders


def recording_renamed(rng: Random, recorder: Recorder, copies: Copies) -> Mutant:
    logbook, folders = copies[-1]
    name = _held(rng, recorder, folders)
    if name is None:
        return None
    folders[str(uuid7(1_790_000_000_000, rng.randbytes(10)))] = folders.pop(name)
    return logbook, folders


def recordings_exchanged(rng: Random, recorder: Recorder, copies: Copies) -> Mutant:
    logbook, folders = copies[-1]
    one, other = _held(rng, recorder, folders), _held(rng, recorder, folders)
    if one is None or other is None or one == other:
        return None
    folders[one], folders[other] = rng.choice(
        ((folders[other], folders[one]), (folders[other], folders[other]))
    )
    return logbook, folders


def bytes_of_a_recording(rng: Random, recorder: Recorder, copies: Copies) -> Mutant:
    logbook, folders = copies[-1]
    name = _held(rng, recorder, folders)
    if name is None:
        return None
    parts = list(folders[name])
    part = rng.randrange(2)
    at = rng.randrange(len(parts[part]))
    cut = rng.random() < 0.5
    flipped = bytes([parts[part][at] ^ 1 << rng.randrange(8)])
    parts[part] = parts[part][:at] + (b"" if cut else flipped + parts[part][at + 1 :])
    folders[name] = (parts[0], parts[1])
    return logbook, folders


def old_copy_put_back(rng: Random, recorder: Recorder, copies: Copies) -> Mutant:
    return rng.choice(copies[:-1]) if len(copies) > 1 else None


def old_copy_lived_on(rng: Random, recorder: Recorder, copies: Copies) -> Mutant:
    """An old copy was put back and the recorder used again: a life that the county does not know."""
    if len(copies) < 2:
        return None
    (logbook, folders), (now, _) = rng.choice(copies[:-1]), copies[-1]
    lines = [*logbook, *now[len(logbook) :]]
    by = recorder.signer
    first = len(logbook)
    return [*logbook, *signed_again(lines, first, len(lines), by, by.kid, LOGBOOK, edit_of(rng))], folders


def logbook_lines(rng: Random, recorder: Recorder, copies: Copies) -> Mutant:
    logbook, folders = copies[-1]
    return moved(rng, list(logbook), logbook), folders


def logbook_signedsigned_again(rng: Random, recorder: Recorder, copies: Copies) -> Mutant:
    logbook, folders = copies[-1]
    by, first = recorder.signer, rng.randrange(len(logbook))
    changed = signed_again(logbook, first, len(logbook), by, by.kid, LOGBOOK, edit_of(rng))
    return [*logbook[:first], *changed], folders


KINDS: tuple[Callable[[Random, Recorder, Copies], Mutant], ...] = (
    recording_gone, recording_renamed, recordings_exchanged, bytes_of_a_recording, bytes_of_a_recording,
    old_copy_put_back, old_copy_lived_on, logbook_lines, logbook_signedsigned_again,
)  # fmt: skip
