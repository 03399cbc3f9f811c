"""Attacks on a recorder's whole store: three days, two recordings each, a file as counter.

Each function gets the writer and does it. Where only the county can tell, it returns a head seen before.
"""

from __future__ import annotations

import shutil

from support.attacks import Table
from support.stores import StoreWriter
from support.vectors.files import payload_of, rewrite
from zhilu.sealed.lines import LOGBOOK, Chain, line_hash
from zhilu.sealed.logbook import Head

ATTACKS = Table()
attack = ATTACKS.add
VICTIM = 2
"""The first recording of the second day."""


def victim(store: StoreWriter) -> str:
    return store.recordings[VICTIM]


def pieces(store: StoreWriter, name: str) -> list[bytes]:
    media = store.media(name)
    return [media[start:end] for start, end in store.places(name)]


def put(store: StoreWriter, media: list[bytes]) -> None:
    store.write(victim(store), store.lines(victim(store)), b"".join(media))


# segments


@attack("G1", "segment-hash")
def segment_altered(store: StoreWriter) -> None:
    first, second, *rest = pieces(store, victim(store))
    put(store, [first, bytes([second[0] ^ 1]) + second[1:], *rest])


@attack("G1", "segment-hash")
def segment_replaced_by_one_of_another_recording(store: StoreWriter) -> None:
    mine, other = pieces(store, victim(store)), pieces(store, store.recordings[0])
    put(store, [mine[0], other[1], *mine[2:]])


@attack("G1", "segment-hash")
def segments_reordered(store: StoreWriter) -> None:
    mine = pieces(store, victim(store))
    put(store, [mine[0], mine[2], mine[1], *mine[3:]])


@attack("G1", "segment-hash")
def segment_replayed_in_place_of_the_next(store: StoreWriter) -> None:
    mine = pieces(store, victim(store))
    put(store, [mine[0], mine[1], mine[1], *mine[3:]])


@attack("G2", "media-short")
def segment_deleted(store: StoreWriter) -> None:
    mine = pieces(store, victim(store))
    put(store, mine[:1] + mine[2:])


@attack("G2", "media-short")
def media_truncated(store: StoreWriter) -> None:
    put(store, pieces(store, victim(store))[:-1])


@attack("G2", "media-short")
def media_deleted(store: StoreWriter) -> None:
    (store.path(victim(store)) / "media.sealed").unlink()


@attack("G1", "media-long", dated=False)
def segment_put_in_at_the_end(store: StoreWriter) -> None:
    mine = pieces(store, victim(store))
    put(store, [*mine, mine[1]])


# the journal


@attack("G2", "sequence")
def segment_deleted_with_its_line(store: StoreWriter) -> None:
    lines, mine = store.lines(victim(store)), pieces(store, victim(store))
    store.write(victim(store), lines[:2] + lines[3:], b"".join(mine[:1] + mine[2:]))


@attack("G1", "sequence")
def journal_lines_reordered(store: StoreWriter) -> None:
    lines = store.lines(victim(store))
    store.write(victim(store), [*lines[:2], lines[3], lines[2], *lines[4:]])


@attack("G1", "sequence", dated=False)
def journal_line_replayed(store: StoreWriter) -> None:
    lines = store.lines(victim(store))
    store.write(victim(store), [*lines[:4], lines[3], *lines[4:]])


@attack("G2", "closed-as")
def journal_cut_at_a_whole_line(store: StoreWriter) -> None:
    store.write(victim(store), store.lines(victim(store))[:-3])


@attack("G2", "torn-tail")
def journal_torn(store: StoreWriter) -> None:
    lines = store.lines(victim(store))
    store.write(victim(store), [*lines[:-1], lines[-1][:100]])


@attack("G2", "journal-empty", dated=False)
def journal_emptied(store: StoreWriter) -> None:
    store.write(victim(store), [])


@attack("G1", "fork", dated=False)
def journal_forked(store: StoreWriter) -> None:
    lines = store.lines(victim(store))
    other = store.signed("zhilu-journal", payload_of(lines[2]) | {"length": 99})
    store.write(victim(store), [*lines[:4], other, *lines[4:]])


@attack("G2", "closed-as")
def last_segment_left_out_and_signed_anew(store: StoreWriter) -> None:
    """Whoever has the key signs a shorter recording; the logbook remembers."""
    mine = pieces(store, victim(store))

    def change(payloads: list[dict[str, object]]) -> None:
        del payloads[-3:-1]
        payloads[-1] |= {"segments": len(mine) - 1, "length": sum(map(len, mine[:-1]))}

    store.resign(victim(store), change)
    put(store, mine[:-1])


@attack("G1", "opened-by", dated=False)
def recording_made_elsewhere_put_in_its_place(store: StoreWriter) -> None:
    store.resign(victim(store), lambda payloads: payloads[0].update(prev="11" * 32))


@attack("G2", "drill", dated=False)
def drill_claimed_without_assignment(store: StoreWriter) -> None:
    store.boot()
    store.record(drill=True)


@attack("G2", "origin", dated=False)
def capture_called_import(store: StoreWriter) -> None:
    store.resign(victim(store), lambda payloads: payloads[0].update(origin="import"))


# recordings and days


@attack("G2", "recording-missing")
def recording_deleted(store: StoreWriter) -> None:
    shutil.rmtree(store.path(victim(store)))


@attack("G2", "recording-missing")
def day_deleted(store: StoreWriter) -> None:
    for name in store.recordings[2:4]:
        shutil.rmtree(store.path(name))


@attack("G2", "sequence")
def day_deleted_with_its_logbook_lines(store: StoreWriter) -> None:
    day_deleted(store)
    lines = store.book_lines
    store.write_book([line for line in lines if not payload_of(line)["at"].startswith("2026-11-25")])


@attack("G2", "id", dated=False)
def recording_replaced_by_another(store: StoreWriter) -> None:
    shutil.rmtree(store.path(victim(store)))
    shutil.copytree(store.path(store.recordings[0]), store.path(victim(store)))


@attack("G2", "recording-unknown", dated=False)
def recording_planted(store: StoreWriter) -> None:
    shutil.copytree(store.path(store.recordings[0]), store.path("019aa000-0000-7000-8000-000000000009"))


@attack("G2", "open-recording")
def open_recording_deleted_before_the_next_start(store: StoreWriter) -> None:
    store.boot()
    store.record(close=False)
    store.boot()


# the logbook


@attack("G2", "sequence")
def logbook_line_deleted(store: StoreWriter) -> None:
    lines = store.book_lines
    store.write_book(lines[:4] + lines[5:])


@attack("G2", "sequence")
def logbook_lines_reordered(store: StoreWriter) -> None:
    lines = store.book_lines
    store.write_book([*lines[:4], lines[5], lines[4], *lines[6:]])


@attack("G2", "sequence", dated=False)
def logbook_line_replayed(store: StoreWriter) -> None:
    lines = store.book_lines
    store.write_book([*lines[:5], lines[4], *lines[5:]])


@attack("G2", "signature")
def logbook_line_altered(store: StoreWriter) -> None:
    lines = store.book_lines
    head, _, signature = lines[4].split(b".")
    store.write_book([*lines[:4], b".".join([head, lines[3].split(b".")[1], signature]), *lines[5:]])


@attack("G2", "chain")
def logbook_line_replaced_by_whoever_has_the_key(store: StoreWriter) -> None:
    lines = store.book_lines
    other = store.signed(LOGBOOK, payload_of(lines[4]) | {"software": "other"})
    store.write_book([*lines[:4], other, *lines[5:]])


@attack("G2", "fork", dated=False)
def logbook_forked(store: StoreWriter) -> None:
    lines = store.book_lines
    other = store.signed(LOGBOOK, payload_of(lines[4]) | {"software": "other"})
    store.write_book([*lines[:7], other, *lines[7:]])


@attack("G2", "torn-tail")
def logbook_torn(store: StoreWriter) -> None:
    lines = store.book_lines
    store.write_book([*lines[:-1], lines[-1][:-1]])


@attack("G2", "logbook-cut")
def logbook_cut_at_its_end(store: StoreWriter) -> Head:
    """Nothing in the file tells, without a TPM's counter: the county's last docking does."""
    head = store.head
    store.write_book(store.book_lines[:-1])
    return head


@attack("G2", "counter")
def days_taken_out_by_whoever_has_the_key(store: StoreWriter) -> None:
    """All lines numbered, chained and signed anew; the counter remembers how many there were."""

    def change(payloads: list[dict[str, object]]) -> None:
        payloads[1:-6] = []

    store.write_book(rewrite(store.book_lines, change, store.signer, LOGBOOK))
    for name in store.recordings[:4]:
        shutil.rmtree(store.path(name))


# the counter, old copies, cut tails


@attack("G2", "counter")
def old_store_restored_and_used_on(store: StoreWriter) -> None:
    cut_back(store, 6)
    store.day("2026-11-27")


@attack("G2", "counter")
def store_set_back_to_its_enrolment(store: StoreWriter) -> None:
    cut_back(store, 1)
    store.day("2026-11-27")


@attack("G2", "logbook-cut")
def old_store_restored_and_handed_over(store: StoreWriter) -> Head:
    head = store.head
    cut_back(store, 7)
    return head


@attack("G2", "fork", dated=False)
def old_store_restored_with_its_counter(store: StoreWriter) -> Head:
    """A file as counter is set back with the store: only who saw the other line can tell."""
    head = store.head
    cut_back(store, 7)
    store.counter = 9
    for day in ("2026-11-25", "2026-11-26", "2026-11-27"):
        store.day(day, 2)
    return head


@attack("G2", "counter")
def counter_reused(store: StoreWriter) -> None:
    store.counter -= 1
    store.day("2026-11-27")


@attack("G2", "counter")
def counter_set_back(store: StoreWriter) -> None:
    store.counter = 3
    store.day("2026-11-27")


@attack("G2", "counter")
def counter_raised_for_a_line_that_is_gone(store: StoreWriter) -> None:
    store.counter += 1
    store.day("2026-11-27")


@attack("G2", "counter")
def tail_of_an_open_recording_cut_then_recovered(store: StoreWriter) -> None:
    """Power cut by hand, the last minute taken out, the recorder left to recover the rest."""
    store.boot()
    name = store.record(close=False)
    cut_tail(store, name)
    store.tick(60)
    store.recover(name)
    store.day("2026-11-27")


@attack("G2", "unclosed")
def tail_of_an_open_recording_cut(store: StoreWriter) -> None:
    store.boot()
    cut_tail(store, store.record(close=False))


@attack("G2", "counter")
def minutes_left_out_at_the_closing(store: StoreWriter) -> None:
    """Whoever has the key closes a recording with a minute less, and counts it so."""
    store.boot()
    name = store.record(close=False)
    cut_tail(store, name)
    lines, media = store.lines(name), store.media(name)
    chain = Chain(line_hash(lines[-1]), len(lines))
    segments = len(store.places(name))
    end = {"reason": "power-off", "segments": segments, "length": len(media)}
    store.write(name, [*lines, chain.next(store.signer, "zhilu-journal", "close", store.tick(), 0, **end)])
    store.log("recording-closed", counter=store.count(), **store.closed(name))


def cut_tail(store: StoreWriter, name: str) -> None:
    """Without its last minute."""
    start, _end = store.places(name)[-1]
    store.write(name, store.lines(name)[:-2], store.media(name)[:start])


def cut_back(store: StoreWriter, lines: int) -> None:
    """The store as it was when its logbook had so many lines; the counter, kept outside, stays."""
    kept = store.book_lines[:lines]
    store.write_book(kept)
    store.book = Chain(line_hash(kept[-1]), lines)
    known = {payload_of(line).get("id") for line in kept}
    for name in store.recordings:
        if name not in known and store.path(name).exists():
            shutil.rmtree(store.path(name))
