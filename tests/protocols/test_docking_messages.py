"""Messages of both sides: what one composes the other reads; what is not of the form is refused."""

import json
import uuid
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from zhilu.encoding import b64u, h
from zhilu.errors import CallerError, DataError
from zhilu.protocols import docking_messages as messages
from zhilu.protocols.docking_handover import (
    Duty,
    Handover,
    check_station_signature,
    handover_digest,
    listed,
    station_signature,
)
from zhilu.sealed.keys import SoftSigner, load_jwk
from zhilu.sealed.lines import compact_jws

RECORDER = SoftSigner(ec.generate_private_key(ec.SECP256R1()))
STATION = SoftSigner(ec.generate_private_key(ec.SECP256R1()))
ID = uuid.UUID("01a20d47-02d2-72d6-bcb7-aa8c0b352488")
AT = "2026-11-24T10:40:03.123Z"
HELD = messages.Held(ID, 5, "ab" * 32, 1234, 3, AT, None, False)
HELLO = messages.Hello(
    station_nonce=b"s" * 32,
    recorder_nonce=b"r" * 32,
    station_tls="11" * 32,
    recorder_tls="22" * 32,
    n=9,
    head="33" * 32,
    at=AT,
    battery=None,
    free=1,
    total=2,
    checkpoint=(4, "44" * 32),
    recordings=(HELD,),
)
HANDOVER = Handover(
    bureau="julu",
    station=STATION.kid,
    bay=1,
    recorder=RECORDER.kid,
    officer="o",
    deputy_reason=None,
    n=9,
    head="33" * 32,
    recordings=(listed(HELD),),
    station_nonce=b"s" * 32,
    recorder_nonce=b"r" * 32,
    station_at=AT,
    clock_offset_us=-5,
    snapshot="55" * 32,
    offline=True,
)


def opened(body, **changed):
    wanted = {"station_nonce": b"s" * 32, "station_tls": "11" * 32, "recorder_tls": "22" * 32}
    return messages.open_hello(body, RECORDER.kid, load_jwk(RECORDER.jwk), **wanted | changed)


def test_a_hello_is_read_as_it_was_said():
    assert opened(messages.hello_answer(RECORDER, HELLO)) == HELLO
    without = replace(HELLO, checkpoint=None, battery=80, recordings=())
    assert opened(messages.hello_answer(RECORDER, without)) == without
    assert messages.parse_hello_request(messages.hello_request(b"n" * 32)) == b"n" * 32


@pytest.mark.parametrize(
    ("changed", "wanted"),
    [
        ({"station_nonce": b"x" * 32}, "nonce"),
        ({"station_tls": "ff" * 32}, "tls"),
        ({"recorder_tls": "ff" * 32}, "tls"),
    ],
)
def test_a_hello_of_another_greeting_or_connection(changed, wanted):
    with pytest.raises(DataError) as refused:
        opened(messages.hello_answer(RECORDER, HELLO), **changed)
    assert refused.value.code == wanted


def test_a_hello_of_another_key_or_kind():
    for body, wanted in (
        (messages.hello_answer(STATION, HELLO), "foreign-kid"),
        (json.dumps({"hello": compact_jws(RECORDER, "zhilu-handover", HELLO.to_bytes())}).encode(), "header"),
    ):
        with pytest.raises(DataError) as refused:
            opened(body)
        assert refused.value.code == wanted


def spoil(data, **changed):
    value = json.loads(data)
    for name, new in changed.items():
        if new is ...:
            del value[name]
        else:
            value[name] = new
    return json.dumps(value).encode()


BAD_FIELDS = [
    {"station_nonce": b64u(b"x" * 31)},
    {"station_nonce": "===="},
    {"recorder_tls": "AB" * 32},
    {"n": -1},
    {"n": True},
    {"n": 1.5},
    {"head": None},
    {"at": "2026-11-24 10:40"},
    {"battery": "80"},
    {"checkpoint": {"size": 1}},
    {"recordings": {}},
    {"recordings": [{"id": "x"}]},
    {"free": ...},
]


@pytest.mark.parametrize("changed", BAD_FIELDS, ids=range(len(BAD_FIELDS)))
def test_a_hello_with_a_field_of_another_form(changed):
    with pytest.raises(DataError) as refused:
        messages.Hello.from_bytes(spoil(HELLO.to_bytes(), **changed))
    assert refused.value.code in ("field", "json")


def test_a_handover_is_read_as_it_was_composed():
    data = HANDOVER.to_bytes()
    assert Handover.from_bytes(data) == HANDOVER
    assert handover_digest(data) == h("zhilu/handover/v1", data)
    for check, assertion in (("key", {"id": "x"}), ("fprintd", None)):
        request = messages.HandoverRequest(data, "jws", STATION.jwk, check, assertion)
        assert messages.HandoverRequest.from_bytes(request.to_bytes()) == request


BAD_HANDOVERS = [
    {"bay": "1"},
    {"bay": -1},
    {"officer": None},
    {"deputy_reason": 1},
    {"recordings": [{"id": str(ID).upper(), "lines": 1, "last": "x", "length": 1}]},
    {"station_nonce": b64u(b"")},
    {"head": "x"},
    {"snapshot": None},
    {"station_at": "now"},
    {"offline": 0},
    {"clock_offset_us": ...},
]


@pytest.mark.parametrize("changed", BAD_HANDOVERS, ids=range(len(BAD_HANDOVERS)))
def test_a_handover_with_a_field_of_another_form(changed):
    with pytest.raises(DataError) as refused:
        Handover.from_bytes(spoil(HANDOVER.to_bytes(), **changed))
    assert refused.value.code == "handover"


def test_the_stations_signature_covers_these_bytes_by_this_key():
    digest = handover_digest(HANDOVER.to_bytes())
    text = station_signature(STATION, digest, "key")
    check_station_signature(text, STATION.jwk, STATION.kid, digest, "key")
    for arguments in (
        (text, STATION.jwk, STATION.kid, bytes(32), "key"),
        (text, STATION.jwk, STATION.kid, digest, "fprintd+key"),
        (text, STATION.jwk, STATION.kid, digest, "fprintd"),
        (text, RECORDER.jwk, STATION.kid, digest, "key"),
        (text, STATION.jwk, RECORDER.kid, digest, "key"),
        (text[:-4] + "AAAA", STATION.jwk, STATION.kid, digest, "key"),
        (station_signature(RECORDER, digest, "key"), STATION.jwk, STATION.kid, digest, "key"),
        (text, {}, STATION.kid, digest, "key"),
    ):
        with pytest.raises(DataError) as refused:
            check_station_signature(*arguments)
        assert refused.value.code == "station-signature"


class Impostor:
    """Signs with a key of its own under the station's name."""

    kid = STATION.kid
    jwk = RECORDER.jwk

    @staticmethod
    def sign(data):
        return RECORDER.sign(data)


def test_a_key_brought_along_counts_only_by_its_thumbprint():
    digest = handover_digest(HANDOVER.to_bytes())
    text = station_signature(Impostor, digest, "key")
    with pytest.raises(DataError) as refused:
        check_station_signature(text, RECORDER.jwk, STATION.kid, digest, "key")
    assert refused.value.code == "station-signature"


def duty(**changed):
    core = {
        "officer": "o",
        "station": STATION.kid,
        "bay": 1,
        "rp_id": "r",
        "origin": "o",
        "credentials": [{"id": b64u(b"c"), "public_key": b64u(b"k")}],
        "officer_check_least": "key",
        "drill": False,
        "deputy": False,
        "reason_code": None,
    }
    return core | changed


def test_a_duty_is_read_from_the_ledgers_entry():
    assert Duty.from_core(duty(reason_code="absent")).deputy_reason is None
    assert Duty.from_core(duty(deputy=True, reason_code="absent")).deputy_reason == "absent"
    assert Duty.from_core(duty(more="ignored")).credentials == {b"c": b"k"}
    for changed in (
        {"officer_check_least": "glance"},
        {"credentials": [{"id": "!", "public_key": "AA"}]},
        {"credentials": [1]},
        {"bay": "1"},
        {"drill": None},
        {"deputy": 1},
        {"reason_code": 1},
    ):
        with pytest.raises(DataError):
            Duty.from_core(duty(**changed))


def test_lines_travel_without_their_line_feed():
    answer = messages.line_answer("docked", b"a.b.c\n")
    assert messages.parse_line_answer("docked", answer) == b"a.b.c"
    for body in (
        b"{}",
        b'{"docked":1}',
        json.dumps({"docked": "é"}).encode(),
        json.dumps({"docked": "a" * 65536}).encode(),
    ):
        with pytest.raises(DataError):
            messages.parse_line_answer("docked", body)


def test_the_end_and_errors():
    assert messages.parse_undock_answer(messages.undock_answer(3, "ab" * 32)) == (3, "ab" * 32)
    error = messages.parse_error_answer(messages.error_answer(CallerError("no-handover", "hint")))
    assert (error.code, error.hint) == ("no-handover", "hint")
    assert messages.parse_error_answer(b"<html>").code == "bad-answer"


def test_the_clocks_message():
    request = messages.ClockRequest(AT, "ntp")
    assert messages.ClockRequest.from_bytes(request.to_bytes()) == request
    for bad in (messages.ClockRequest("now", "ntp"), messages.ClockRequest(AT, "x" * 65)):
        with pytest.raises(DataError):
            messages.ClockRequest.from_bytes(bad.to_bytes())


@pytest.mark.parametrize("text", ["", "x", "../../x", str(ID).upper(), "{" + str(ID) + "}"])
def test_an_id_has_one_spelling(text):
    with pytest.raises(DataError):
        messages.recording_id(text)


def test_entries_stand_under_one_checkpoint():
    entry = {"leaf": "", "core": "", "salt": "", "index": 0, "path": []}
    body = {
        "checkpoint": "note",
        "consistency": ["00" * 32],
        "entries": [entry, entry | {"checkpoint": "note"}],
    }
    request = messages.EntriesRequest.from_json(body)
    assert [one.checkpoint for one in request.entries] == [b"note", b"note"]
    assert messages.EntriesRequest.from_bytes(request.to_bytes()) == request
    for changed in ({"entries": [entry | {"checkpoint": "other"}]}, {"entries": [1]}, {"consistency": [1]}):
        with pytest.raises(DataError) as refused:
            messages.EntriesRequest.from_json(body | changed)
        assert refused.value.code in ("field", "json")
