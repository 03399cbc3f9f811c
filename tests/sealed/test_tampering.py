"""G1, G2: whatever is done to the files of a recording is found; an untouched one is accused of nothing."""

import json
from collections.abc import Callable
from itertools import accumulate
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.recordings import RECORDING, Maker, MemoryMedia, Sample, dump, fixed_bytes
from support.vectors.judge import lines_of
from zhilu.errors import DataError
from zhilu.sealed.recording import verify_recording
from zhilu.sealed.report import Report
from zhilu.sealed.trust import Trust

SAMPLE = Maker().make()
FILES = {
    "journal": SAMPLE.journal,
    "media": SAMPLE.media,
    "logbook": SAMPLE.logbook,
    "receipt": dump(SAMPLE.evidence),
}
TRUST = Trust.loads(dump(SAMPLE.trust))


def judge(files: dict[str, bytes], trust: Trust | None = TRUST) -> Report:
    media, book = MemoryMedia(files["media"]), lines_of(files["logbook"])
    return verify_recording(lines_of(files["journal"]), media, book, files["receipt"], trust, RECORDING)


def found(name: str, data: bytes) -> bool:
    return not judge(FILES | {name: data}).sound


names = st.sampled_from(["journal", "media", "logbook", "receipt"])
lined = st.sampled_from(["journal", "logbook"])


def same_meaning(name: str, data: bytes) -> bool:
    """A receipt is JSON: white space says nothing. Everything else counts to the byte."""
    if name != "receipt":
        return data == FILES[name]
    try:
        return bool(json.loads(data) == json.loads(FILES[name]))
    except ValueError:
        return False


def only_shorter_life(name: str, data: bytes) -> bool:
    """A logbook that ends earlier, after the recording was closed, is an earlier one: `unknown since`."""
    kept = b"".join(SAMPLE.logbook_lines[:4])
    return (
        name == "logbook"
        and SAMPLE.logbook.startswith(data)
        and data.startswith(kept)
        and data.endswith(b"\n")
    )


def check(name: str, data: bytes) -> None:
    if not same_meaning(name, data) and not only_shorter_life(name, data):
        assert found(name, data)


def test_the_sample_is_sound_and_anchored() -> None:
    report = judge(FILES)
    assert report.findings == []
    assert report.facts["anchored"] is True


@given(names, st.data())
@settings(max_examples=200)
def test_every_flipped_bit_is_found(name: str, data: st.DataObject) -> None:
    good = FILES[name]
    at, bit = data.draw(st.integers(0, len(good) - 1)), data.draw(st.integers(0, 7))
    check(name, good[:at] + bytes([good[at] ^ 1 << bit]) + good[at + 1 :])


@given(names, st.data())
@settings(max_examples=200)
def test_every_cut_is_found(name: str, data: st.DataObject) -> None:
    good = FILES[name]
    start = data.draw(st.integers(0, len(good) - 1))
    end = data.draw(st.integers(start + 1, len(good)))
    check(name, good[:start] + good[end:])


@given(names, st.binary(min_size=1, max_size=50), st.data())
@settings(max_examples=200)
def test_every_insertion_is_found(name: str, more: bytes, data: st.DataObject) -> None:
    good = FILES[name]
    at = data.draw(st.integers(0, len(good)))
    check(name, good[:at] + more + good[at:])


@given(lined, st.data())
@settings(max_examples=200)
def test_every_other_order_of_lines_is_found(name: str, data: st.DataObject) -> None:
    lines = FILES[name].splitlines(keepends=True)
    picked = data.draw(st.lists(st.sampled_from(lines), max_size=len(lines) + 2) | st.permutations(lines))
    check(name, b"".join(picked))


@pytest.mark.parametrize("name", ["journal", "media", "receipt"])
def test_every_truncation_is_found(name: str) -> None:
    """Every few bytes, and wherever a line ends."""
    good = FILES[name]
    ends = accumulate(len(line) for line in good.splitlines(keepends=True)) if name == "journal" else ()
    for length in sorted({*range(0, len(good), 13), *ends} - {len(good)}):
        assert found(name, good[:length]), length


def test_every_pair_of_segments_swapped_is_found() -> None:
    parts, at = [], 0
    for plaintext in SAMPLE.plaintexts:
        parts.append(SAMPLE.media[at : at + len(plaintext) + 16])
        at += len(plaintext) + 16
    for one in range(len(parts)):
        for other in range(one):
            swapped = parts.copy()
            swapped[one], swapped[other] = parts[other], parts[one]
            assert found("media", b"".join(swapped))


OTHERS: list[tuple[str, Callable[[], Sample]]] = [
    ("of the same recorder", lambda: Maker(segments=(b"other header", b"other film")).make()),
    ("that power cut", lambda: Maker(cut=True).make()),
    ("imported", lambda: Maker(origin="import").make()),
]


@pytest.mark.parametrize("other", [pytest.param(make, id=name) for name, make in OTHERS])
@pytest.mark.parametrize("name", ["journal", "media", "logbook", "receipt"])
def test_a_sound_file_of_another_recording_is_found(name: str, other: Callable[[], Sample]) -> None:
    made = other()
    files = {
        "journal": made.journal,
        "media": made.media,
        "logbook": made.logbook,
        "receipt": dump(made.evidence),
    }
    assert found(name, files[name]) or files[name] == FILES[name]


makers = st.builds(
    Maker,
    origin=st.sampled_from(["camera", "rtsp", "file", "test"]),
    counter_kind=st.sampled_from(["tpm", "token", "file", "none"]),
    segments=st.lists(st.binary(max_size=300), min_size=1, max_size=5).map(tuple),
    cut=st.booleans(),
    city=st.booleans(),
    minutes=st.booleans(),
)


@given(makers)
@settings(max_examples=60)
def test_nothing_sound_is_accused(maker: Maker) -> None:
    made = maker.make()
    files = {
        "journal": made.journal,
        "media": made.media,
        "logbook": made.logbook,
        "receipt": dump(made.evidence),
    }
    report = judge(files, Trust.loads(dump(made.trust)))
    assert report.defects == []
    assert report.facts["anchored"] is True
    assert report.facts["captured"] is (maker.origin in ("camera", "rtsp"))
    assert report.facts["tail_provable"] is (maker.counter_kind == "tpm")
    assert [finding.code for finding in report] == (["recovered"] if maker.cut else [])


@given(st.binary(max_size=300), st.binary(max_size=300), st.binary(max_size=300), st.binary(max_size=300))
def test_bytes_of_no_meaning_are_a_result_not_a_crash(a: bytes, b: bytes, c: bytes, d: bytes) -> None:
    report = judge({"journal": a, "media": b, "logbook": c, "receipt": d})
    assert not report.sound
    assert report.facts["anchored"] is False


json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 2**53) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(st.data())
@settings(max_examples=300)
def test_any_value_in_the_place_of_any_field_of_the_receipt_is_found(data: st.DataObject) -> None:
    evidence = json.loads(FILES["receipt"])
    name = data.draw(st.sampled_from(["receipt", "enrolled", "policy"]))
    field = data.draw(st.sampled_from(sorted(evidence[name])))
    value = data.draw(json_values)
    if value != evidence[name][field] or isinstance(value, bool):
        evidence[name][field] = value
        assert found("receipt", dump(evidence))


@given(st.data())
@settings(max_examples=300)
def test_any_value_in_a_trust_document_is_taken_or_refused(data: st.DataObject) -> None:
    trust: dict[str, Any] = dict(SAMPLE.trust)
    trust[data.draw(st.sampled_from(sorted(trust)))] = data.draw(json_values)
    try:
        Trust.loads(dump(trust))
    except DataError:
        pass


def test_a_forged_recorder_is_consistent_and_never_anchored() -> None:
    """Somebody makes everything himself, ledger too: without the true trust document all agrees."""

    class Forger(Maker):
        def __post_init__(self) -> None:
            super().__post_init__()
            from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

            from zhilu.tlog.cosign import CosignatureSigner
            from zhilu.tlog.note import NoteSigner

            keys = [Ed25519PrivateKey.from_private_bytes(fixed_bytes(f"forged {n}")) for n in range(2)]
            self.ledger.signer = NoteSigner(self.ledger.signer.name, keys[0])
            self.ledger.cosigner = CosignatureSigner(self.ledger.cosigner.name, keys[1])

    made = Forger().make()
    files = {
        "journal": made.journal,
        "media": made.media,
        "logbook": made.logbook,
        "receipt": dump(made.evidence),
    }
    unanchored = judge(files, None)
    assert unanchored.sound
    assert unanchored.facts["anchored"] is False
    report = judge(files)
    assert report.first is not None
    assert (report.first.layer, report.first.code) == ("receipt", "note-signature")
    assert report.facts["anchored"] is False
