"""More entrances (see `entrances`): messages of docking, intake, viewing; media boxes; names of imports."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from support.entrances import KEYS, LEDGERS, PUBLIC, RECORDER, SEALED, Entrance, enter, in_pieces
from support.nonces import NonceMemory
from support.recordings import RECORDING, fixed_bytes, fixed_key
from support.vectors.protocols_keys import AT, BUREAU
from support.vectors.protocols_words import KEYS as KEYS_OF
from support.vectors.protocols_words import ORIGIN, RP_ID
from zhilu import strictjson
from zhilu.devices import gnss
from zhilu.devices.media.boxes import BoxSplitter
from zhilu.devices.media.facts import read_fragment, read_header
from zhilu.encoding import b64u, parse_time, sha256
from zhilu.protocols import arrival, docking_messages, intake, viewing, words
from zhilu.protocols.assertions import check_assertion, parse_assertion, public_key_of
from zhilu.protocols.dock_keys import Asked, Made, challenge_of
from zhilu.protocols.docking_handover import Duty, Handover, check_station_signature
from zhilu.protocols.docking_messages import Held
from zhilu.protocols.httpsig import Digested, verify_request
from zhilu.protocols.snapshot import open_snapshot
from zhilu.sealed.keys import SoftSigner, load_jwk
from zhilu.station import import_kinds
from zhilu.station.import_names import Pattern, patterns_of, read_name

STATION, NOW = SoftSigner(fixed_key("station")), 1_795_516_803
"""Those of the vectors of intake."""
TEXT_KEY = fixed_key("text key")
HELD = Held(RECORDING, 9, "0" * 64, 1000, 4, "2026-11-24T10:40:03.123Z", None, False)


def _message(read: Callable[[bytes], Any]) -> Entrance:
    """What was read is written, and read the same."""

    def entrance(data: bytes) -> object:
        value = read(data)
        assert read(value.to_bytes()) == value
        return value

    return entrance


def _hello(data: bytes) -> object:
    nonce = fixed_bytes("nonce")
    return docking_messages.open_hello(
        data, RECORDER.kid, PUBLIC, station_nonce=nonce, station_tls="0" * 64, recorder_tls="0" * 64
    )


def _answers(data: bytes) -> None:
    for name in ("docked", "cleared"):
        enter(lambda body, name=name: docking_messages.parse_line_answer(name, body), data)  # type: ignore[misc]
    for read in (
        docking_messages.parse_undock_answer,
        docking_messages.parse_error_answer,
        docking_messages.parse_hello_request,
        intake.parse_recording,
        intake.parse_segments,
    ):
        enter(read, data)


def _station(data: bytes) -> object:
    text = data.decode("utf-8", "replace")
    return check_station_signature(text, RECORDER.jwk, RECORDER.kid, fixed_bytes("digest"), "key")


def _assertion(data: bytes) -> object:
    value = strictjson.loads(data, 2**20)
    enter(lambda _: parse_assertion(value), data)
    public_key = fixed_bytes("public key", 77)
    return check_assertion(
        value, challenge=bytes(32), public_key=public_key, rp_id="a.b", origin="http://a.b", last_count=0
    )


def _request(data: bytes) -> object:
    """Method, path and query in the first three rows, then headers; each header's bytes as they are."""
    rows = data[:65_536].decode("latin-1").split("\n")
    method, path, query, *heads = [*rows, "", "", ""][: max(3, len(rows))]
    headers = dict(row.partition(": ")[::2] for row in heads)
    nonces = NonceMemory()
    return verify_request(
        method, "julu.localhost:8600", path, query, headers, Digested.of(b""),
        keys={STATION.kid: load_jwk(STATION.jwk)}.get, now=NOW, nonces=nonces,
    )  # fmt: skip


def _snapshot(data: bytes) -> object:
    from datetime import UTC, datetime

    return open_snapshot(data, KEYS, bureau="julu", now=datetime(2026, 11, 24, tzinfo=UTC))


def _arriving(data: bytes) -> object:
    check, lines = arrival.JournalCheck(PUBLIC, RECORDER.kid, HELD), arrival.Lines()
    for piece in in_pieces(data):
        for line in lines.feed(piece):
            check.feed(line)
    lines.finish()
    return check.finish()


def _splitting(data: bytes) -> object:
    """The first half is announced as it is, so that the way through is open."""
    half = len(data) // 2
    wanted = [arrival.Wanted(0, 0, half, sha256(data[:half]))] if half else []
    splitter = arrival.Splitter(iter([*wanted, arrival.Wanted(1, half, 1, bytes(32))]))
    for piece in in_pieces(data):
        for _ in splitter.feed(piece):
            pass
    return splitter.finish()


def _boxes(data: bytes) -> None:
    splitter = BoxSplitter()
    pieces: list[bytes] = []

    def feed(piece: bytes) -> None:
        splitter.write(piece)
        pieces.extend(splitter.take())

    for piece in in_pieces(data):
        enter(feed, piece)  # type: ignore[arg-type]
    assert b"".join(pieces) == data[: sum(map(len, pieces))]
    _facts(data)


def _facts(data: bytes) -> None:
    """Any bytes as a header, and as a fragment to a header that is sound."""
    enter(read_header, data)
    from zhilu.devices.media.facts import Header

    enter(lambda piece: read_fragment(Header(b"", "avc1", 2, 2, 1, 90_000), piece), data)


def _names(data: bytes) -> object:
    """First row a pattern, the second a name."""
    pattern, _, name = data.decode("utf-8", "surrogateescape").partition("\n")
    enter(lambda _: read_name(name, patterns_of(["{serial}_{officer}_{time:YYYYMMDDhhmmss}_{number}"])), data)
    return Pattern(pattern).read(name)


def _kinds(data: bytes) -> object:
    kind = import_kinds.media_type(data[: import_kinds.HEAD])
    handle = os.memfd_create("kinds")
    with os.fdopen(handle, "w+b") as file:
        file.write(data)
        file.flush()
        return import_kinds.cut_short(file, kind)


def _gpsd(data: bytes) -> None:
    """A receiver's line never ends a recording: not even an error of ours may come out."""
    for line in data.split(b"\n")[:100]:
        found = gnss.parse(line)
        assert found is None or (abs(found.lat) <= 90 * 10**7 and abs(found.lon) <= 180 * 10**7)


def _word(data: bytes) -> object:
    """A word, or the sealed form of one, whatever the bytes are."""
    enter(lambda body: words.open_word(TEXT_KEY, strictjson.loads(body, 2**20), bytes(32)), data)
    word = words.read_word(data)
    assert words.read_word(word.to_bytes()) == word
    return word


def _word_request(data: bytes) -> object:
    request = words.WordRequest.from_bytes(data)
    assert words.WordRequest.from_bytes(request.to_bytes()) == request
    place = {"bureau": BUREAU, "station": STATION.kid, "rp_id": RP_ID, "origin": ORIGIN}
    return words.check_word_request(
        request, lambda person: KEYS_OF.get(person, {}), least="key", now=parse_time(AT), **place
    )


def _dock_key(data: bytes) -> object:
    enter(Asked.from_bytes, data)
    made = Made.read(strictjson.loads_object(data))
    return made.check(RP_ID, ORIGIN)


def _attestation(data: bytes) -> object:
    """What a security key says of itself, CBOR, beside client data that is as it should be."""
    said = {"type": "webauthn.create", "challenge": b64u(challenge_of(b"{}")), "origin": ORIGIN}
    return Made(b"{}", fixed_bytes("credential"), strictjson.dumps(said), data).check(RP_ID, ORIGIN)


PROTOCOLS: dict[str, Entrance] = {
    "hello": _hello,
    "hello-payload": lambda data: docking_messages.Hello.from_bytes(data),
    "handover": _message(Handover.from_bytes),
    "handover-request": _message(docking_messages.HandoverRequest.from_bytes),
    "word": _word,
    "word-request": _word_request,
    "dock-key": _dock_key,
    "attestation": _attestation,
    "entries-request": lambda data: docking_messages.EntriesRequest.from_bytes(data),
    "receipt-request": lambda data: docking_messages.ReceiptRequest.from_bytes(data),
    "clock-request": _message(docking_messages.ClockRequest.from_bytes),
    "answers": _answers,
    "station-signature": _station,
    "duty": lambda data: Duty.from_core(strictjson.loads_object(data)),
    "assertion": _assertion,
    "cose-key": public_key_of,
    "request": _request,
    "snapshot": _snapshot,
    "registration": viewing.parse_registration,
    "viewing-request": viewing.parse_request,
    "decision": viewing.parse_decision,
    "grant": viewing.parse_grant,
    "arriving": _arriving,
    "splitting": _splitting,
}
MEDIA: dict[str, Entrance] = {"boxes": _boxes, "names": _names, "kinds": _kinds, "gpsd": _gpsd}

ENTRANCES: dict[str, Entrance] = SEALED | LEDGERS | PROTOCOLS | MEDIA
