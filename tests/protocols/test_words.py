"""What persons say at a station's page (spec/docking.md §8): form, signatures, seal, and those who cheat."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from support.recordings import OFFICER, RECORDING, dump, fixed_key
from support.vectors import protocols_words as world
from zhilu.encoding import b64u, h, parse_time, unb64u
from zhilu.errors import DataError
from zhilu.protocols import words
from zhilu.sealed.keys import public_jwk

NOW = parse_time(world.AT)
TEXT_KEY = fixed_key("text key")
SPAN = words.Span(str(RECORDING), 0, 60_000_000)
ACT = words.Act(world.ACT, "ZS-01", (OFFICER,), "巨鹿县某店", (SPAN,), {"time": "上午", "result": "a\nb"})
COMMON: dict[str, Any] = {"bureau": "julu", "station": world.STATION.kid, "nonce": b"n" * 16, "at": world.AT}
STATEMENT = words.Statement(persons=(OFFICER,), handover="ab" * 32, acts=(ACT,), **COMMON)
ASSIGNMENT = words.Assignment(
    persons=(world.KEEPER,),
    recorder=world.RECORDER.kid,
    bay=3,
    officer=OFFICER,
    drill=False,
    deputy=True,
    reason_code="absent",
    **COMMON,
)
FINGER = words.Finger(persons=(world.KEEPER, OFFICER), subject=OFFICER, finger="right-index-finger", **COMMON)
ALL = (STATEMENT, ASSIGNMENT, FINGER)


def code_of(call: Any, *arguments: Any, **named: Any) -> str:
    """The refusal's code, or ""."""
    try:
        call(*arguments, **named)
    except DataError as error:
        return error.code
    return ""


@pytest.mark.parametrize("word", ALL, ids=lambda word: word.kind)
def test_a_word_is_read_as_it_was_composed(word: words.Word) -> None:
    data = word.to_bytes()
    assert words.read_word(data) == word
    assert words.word_digest(data) == h("zhilu/word/v1", data)


def spoilt(word: words.Word, path: tuple[str | int, ...], value: Any) -> bytes:
    said = json.loads(word.to_bytes())
    place = said
    for step in path[:-1]:
        place = place[step]
    if value is ...:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return json.dumps(said, ensure_ascii=False).encode()


BAD: list[tuple[words.Word, tuple[str | int, ...], Any]] = [
    (STATEMENT, ("kind",), "speech"),
    (STATEMENT, ("kind",), "word"),
    (STATEMENT, ("kind",), ...),
    (STATEMENT, ("bureau",), "../julu"),
    (STATEMENT, ("station",), "x"),
    (STATEMENT, ("persons",), []),
    (STATEMENT, ("persons",), [OFFICER, world.KEEPER]),
    (STATEMENT, ("persons",), [OFFICER.upper()]),
    (STATEMENT, ("persons",), [world.KEEPER]),
    (STATEMENT, ("nonce",), b64u(b"n" * 15)),
    (STATEMENT, ("nonce",), b64u(b"n" * 16) + "=="),
    (STATEMENT, ("nonce",), b64u(b"n" * 16)[:-1] + "h"),
    (STATEMENT, ("at",), "2026-11-24T10:40:03Z"),
    (STATEMENT, ("handover",), "AB" * 32),
    (STATEMENT, ("acts",), []),
    (STATEMENT, ("acts",), [json.loads(STATEMENT.to_bytes())["acts"][0]] * 2),
    (STATEMENT, ("acts", 0, "act"), "01a20d47-02d2-42d6-bcb7-aa8c0b352488"),
    (STATEMENT, ("acts", 0, "procedure"), "a b"),
    (STATEMENT, ("acts", 0, "officers"), [OFFICER, OFFICER]),
    (STATEMENT, ("acts", 0, "officers"), [world.KEEPER]),
    (STATEMENT, ("acts", 0, "officers"), "x"),
    (STATEMENT, ("acts", 0, "taxpayer"), " "),
    (STATEMENT, ("acts", 0, "taxpayer"), "店" * 201),
    (STATEMENT, ("acts", 0, "taxpayer"), "a\u0000b"),
    (STATEMENT, ("acts", 0, "spans"), []),
    (STATEMENT, ("acts", 0, "spans", 0, "to_us"), 0),
    (STATEMENT, ("acts", 0, "spans", 0, "from_us"), -1),
    (STATEMENT, ("acts", 0, "spans", 0, "recording"), "../" + OFFICER),
    (STATEMENT, ("acts", 0, "elements"), {"weather": "rain"}),
    (STATEMENT, ("acts", 0, "elements"), {"time": ""}),
    (STATEMENT, ("acts", 0, "elements"), {"time": "\n \t"}),
    (STATEMENT, ("acts", 0, "elements"), {"time": "x" * 1001}),
    (STATEMENT, ("acts", 0, "elements"), {"time": "a\u0085b"}),
    (STATEMENT, ("acts", 0, "elements"), []),
    (ASSIGNMENT, ("recorder",), "A" * 42),
    (ASSIGNMENT, ("bay",), 0),
    (ASSIGNMENT, ("bay",), True),
    (ASSIGNMENT, ("officer",), None),
    (ASSIGNMENT, ("drill",), 0),
    (ASSIGNMENT, ("deputy",), False),
    (ASSIGNMENT, ("reason_code",), None),
    (ASSIGNMENT, ("reason_code",), "holiday"),
    (ASSIGNMENT, ("reason_code",), ...),
    (FINGER, ("persons",), [OFFICER]),
    (FINGER, ("persons",), [OFFICER, OFFICER]),
    (FINGER, ("subject",), "x"),
    (FINGER, ("finger",), "middle"),
    (FINGER, ("finger",), ["right-thumb"]),
]


@pytest.mark.parametrize(("word", "path", "value"), BAD, ids=range(len(BAD)))
def test_what_is_not_of_the_form_is_refused(
    word: words.Word, path: tuple[str | int, ...], value: Any
) -> None:
    assert code_of(words.read_word, spoilt(word, path, value)) == "word"


@pytest.mark.parametrize("data", [b"", b"[]", b'{"kind":"finger","kind":"finger"}', b"\xff", b"{" * 100])
def test_what_is_no_strict_json_is_refused(data: bytes) -> None:
    assert code_of(words.read_word, data) == "word"


def test_a_word_that_nobody_would_read_is_not_composed() -> None:
    for bad in (
        replace(STATEMENT, persons=(world.KEEPER,)),
        replace(STATEMENT, acts=(replace(ACT, taxpayer="\ud800"),)),
        replace(STATEMENT, acts=(ACT,) * 21),
        replace(ASSIGNMENT, deputy=False),
    ):
        assert code_of(bad.to_bytes) == "word"


def test_a_word_as_long_as_one_may_be_travels_below_a_mebibyte() -> None:
    elements = dict.fromkeys(words.ELEMENTS, "税" * 1000)
    acts = tuple(
        replace(ACT, act=f"01a20d47-02d2-72d6-bcb7-{i:012x}", elements=elements, spans=(SPAN,) * 20)
        for i in range(20)
    )
    data = replace(STATEMENT, acts=acts).to_bytes()
    assert 400_000 < len(data) <= words.MAX_WORD
    request = world.request(data + b" " * (words.MAX_WORD - len(data)))
    assert len(request) <= words.MAX_REQUEST
    sealed = words.seal_word(TEXT_KEY.public_key(), request, words.word_digest(unb64u(member(request))))
    assert len(dump({"digest": "ab" * 32, "sealed": sealed})) < 2**20
    assert code_of(words.read_word, data + b" " * words.MAX_WORD) == "word"


def member(request: bytes, name: str = "word") -> Any:
    return json.loads(request)[name]


def judged(body: bytes, **changed: Any) -> str:
    """The county's verdict on a request of TEST keys."""
    wanted = {"bureau": "julu", "station": world.STATION.kid, "rp_id": world.RP_ID, "origin": world.ORIGIN}
    wanted |= {"least": "key", "now": NOW} | changed
    return code_of(
        lambda: words.check_word_request(
            words.WordRequest.from_bytes(body), lambda person: world.KEYS.get(person, {}), **wanted
        )
    )


@pytest.mark.parametrize("word", ALL, ids=lambda word: word.kind)
def test_a_word_that_was_said_holds(word: words.Word) -> None:
    body = world.request(word.to_bytes())
    request = words.WordRequest.from_bytes(body)
    assert words.WordRequest.from_bytes(request.to_bytes()) == request
    assert judged(body) == ""


def test_a_finger_alone_says_a_statement_where_the_policy_lets_it_and_nothing_else() -> None:
    finger = {"checks": ("fprintd",), "assertions": (None,)}
    assert judged(world.request(STATEMENT.to_bytes(), **finger), least="fprintd") == ""
    assert judged(world.request(STATEMENT.to_bytes(), **finger), least="key") == "officer-check"
    assert judged(world.request(ASSIGNMENT.to_bytes(), **finger), least="fprintd") == "officer-check"
    both = {"checks": ("fprintd", "key"), "assertions": (None, ...)}
    assert judged(world.request(FINGER.to_bytes(), **both), least="fprintd") == "officer-check"
    assert judged(world.request(STATEMENT.to_bytes()), least="fprintd+key") == "officer-check"


def test_a_check_swapped_on_the_way_is_seen() -> None:
    """The station saw a key; somebody between says that it saw a finger too, or the other way round."""
    body = json.loads(world.request(STATEMENT.to_bytes()))
    body["signers"][0]["check"] = "fprintd+key"
    assert judged(dump(body), least="fprintd+key") == "station-signature"
    two = json.loads(world.request(FINGER.to_bytes(), checks=("key", "fprintd+key")))
    assert judged(dump(two)) == ""
    two["signers"][0]["check"], two["signers"][1]["check"] = "fprintd+key", "key"
    assert judged(dump(two)) == "station-signature"


def test_a_word_of_another_station_or_bureau_is_refused() -> None:
    body = world.request(STATEMENT.to_bytes())
    assert judged(body, bureau="qinghe") == "word"
    assert judged(body, station=world.OTHER.kid) == "word"
    elsewhere = replace(STATEMENT, station=world.OTHER.kid).to_bytes()
    assert judged(world.request(elsewhere)) == "word"
    # A station that says another's word under its own name, or its own under another's.
    assert judged(world.request(elsewhere), station=world.OTHER.kid) == "station-signature"
    signed = world.request(elsewhere, station=world.OTHER)
    assert judged(signed, station=world.OTHER.kid) == ""
    assert judged(signed, station=world.OTHER.kid, origin="http://s2.dock.localhost:8620") == "assertion"


def test_one_persons_assertion_counts_for_no_other_word_or_person() -> None:
    first, second = STATEMENT.to_bytes(), replace(STATEMENT, nonce=b"m" * 16).to_bytes()
    touched = member(world.request(first), "signers")[0]["assertion"]
    assert judged(world.request(second, assertions=(touched,))) == "assertion"
    stranger = replace(STATEMENT, persons=(world.KEEPER,), acts=(replace(ACT, officers=(world.KEEPER,)),))
    body = world.request(stranger.to_bytes(), assertions=(world.touch(OFFICER, stranger.to_bytes()),))
    assert judged(body) == "credential"
    swapped = json.loads(world.request(FINGER.to_bytes()))
    swapped["signers"].reverse()
    assert judged(dump(swapped)) == "persons"
    once = json.loads(world.request(FINGER.to_bytes()))
    once["signers"] = once["signers"][:1]
    assert judged(dump(once)) == "station-signature"
    assert judged(world.request(FINGER.to_bytes(), signers=1)) == "persons"


def test_one_key_stands_for_one_person_only() -> None:
    """A key that two persons registered makes no two persons."""
    data = FINGER.to_bytes()
    body = world.request(data, assertions=(world.touch(OFFICER, data), world.touch(OFFICER, data)))
    shared = world.KEYS[OFFICER]
    request = words.WordRequest.from_bytes(body)
    place = {"bureau": "julu", "station": world.STATION.kid, "rp_id": world.RP_ID, "origin": world.ORIGIN}
    refused = code_of(words.check_word_request, request, lambda _: shared, least="key", now=NOW, **place)
    assert refused == "credential"


@pytest.mark.parametrize(
    ("late", "wanted"),
    [(3600, ""), (3600.001, "word-old"), (-300, ""), (-300.001, "word-old")],
)
def test_what_a_keeper_says_is_for_now_and_a_statement_may_wait(late: float, wanted: str) -> None:
    now = NOW + timedelta(seconds=late)
    assert judged(world.request(ASSIGNMENT.to_bytes()), now=now) == wanted
    assert judged(world.request(FINGER.to_bytes()), now=now) == wanted
    assert judged(world.request(STATEMENT.to_bytes()), now=now + timedelta(days=9)) == ""


@pytest.mark.parametrize(
    "respelt",
    [
        lambda body: body | {"word": body["word"] + "="},
        lambda body: body | {"word": " " + body["word"]},
        lambda body: body | {"word": body["word"].replace("-", "+").replace("_", "/") + "+"},
        lambda body: body | {"word": unb64u(body["word"]).decode()},
        lambda body: body | {"signers": {}},
        lambda body: body | {"signers": [1]},
        lambda body: {name: value for name, value in body.items() if name != "station_jwk"},
    ],
    ids=range(7),
)
def test_a_request_has_one_spelling(respelt: Any) -> None:
    body = json.loads(world.request(STATEMENT.to_bytes()))
    assert judged(dump(respelt(body))) == "word"


def test_a_word_composed_again_is_another_word() -> None:
    """White space is enough: the bytes count, not what they mean."""
    data = STATEMENT.to_bytes()
    again = json.dumps(json.loads(data), ensure_ascii=False).encode()
    body = json.loads(world.request(data)) | {"word": b64u(again)}
    assert words.read_word(again) == words.read_word(data)
    assert judged(dump(body)) == "station-signature"


def test_a_sealed_word_opens_in_its_place_only() -> None:
    request, other = world.request(STATEMENT.to_bytes()), world.request(ASSIGNMENT.to_bytes())
    digest = words.WordRequest.from_bytes(request).digest
    sealed = words.seal_word(TEXT_KEY.public_key(), request, digest)
    assert words.open_word(TEXT_KEY, sealed, digest) == request
    assert STATEMENT.acts[0].taxpayer.encode() not in unb64u(sealed["ct"])
    wrong = fixed_key("another text key")
    moved = {"enc": b64u(unb64u(sealed["enc"])[:64]), "ct": b64u(unb64u(sealed["enc"])[64:] + b"x")}
    for key, changed, code in (
        (TEXT_KEY, {"to": "x"}, "not-a-recipient"),
        (wrong, {}, "not-a-recipient"),
        (wrong, {"to": world.thumbprint(public_jwk(wrong.public_key()))}, "envelope"),
        (TEXT_KEY, {"ct": b64u(unb64u(sealed["ct"])[:-1])}, "envelope"),
        (TEXT_KEY, {"ct": ""}, "envelope"),
        (TEXT_KEY, {"ct": sealed["ct"] + "="}, "field"),
        (TEXT_KEY, {"enc": b64u(bytes(65))}, "envelope"),
        (TEXT_KEY, moved, "field"),
        (TEXT_KEY, {"enc": 1}, "field"),
    ):
        assert code_of(words.open_word, key, sealed | changed, digest) == code
    assert code_of(words.open_word, TEXT_KEY, sealed, bytes(32)) == "envelope", "another W"
    poisoned = words.seal_word(TEXT_KEY.public_key(), other, digest)
    assert code_of(words.open_word, TEXT_KEY, poisoned, digest) == "word", "another word under this W"
