"""The modules' own tests in Node, and their agreement with the core, which was written apart from them."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from support.js_vectors import all_vectors, differences
from zhilu import strictjson
from zhilu.browser.runner import find_node
from zhilu.encoding import unb64u
from zhilu.errors import DataError
from zhilu.protocols import viewing as messages
from zhilu.sealed import envelopes, segments
from zhilu.sealed.keys import load_jwk, load_point, point_bytes, public_jwk, thumbprint

MODULES = Path(__file__).parent / "modules"
ID = UUID("019ab4ad-5c00-7c11-8a52-3c1f00000001")
VIEWING = "019ab4ad-5c00-7c11-8a52-3c1f000000b1"


def node(*words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [str(find_node()), *words]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, check=False, timeout=120)


@pytest.mark.parametrize("file", sorted(MODULES.glob("*.test.mjs")), ids=lambda file: file.stem)
def test_in_node(file: Path) -> None:
    done = node("--test", "--test-reporter=tap", str(file))
    assert done.returncode == 0, done.stdout
    assert "# pass 0" not in done.stdout


def test_the_second_reader_takes_and_refuses_what_the_vectors_say() -> None:
    vectors = all_vectors()
    done = node(str(MODULES / "judge-node.mjs"), stdin=json.dumps(vectors))
    assert done.returncode == 0, done.stderr
    assert len(vectors) > 450
    assert differences(vectors, json.loads(done.stdout)) == {}


def said(*cases: list[Any]) -> list[Any]:
    """What the modules make of the cases, one answer each."""
    done = node(str(MODULES / "agree.mjs"), stdin=json.dumps(cases))
    assert done.returncode == 0, done.stderr
    answers: list[Any] = json.loads(done.stdout)
    return answers


JSON_TEXTS = [
    b"{}",
    b' {"a" : [1, -2, 0, true, false, null, "x"]} ',
    b'{"a":{"b":{}}}',
    '{"税":"录 🎥"}'.encode(),
    b'{"a":"\\u5f55\\ud83c\\udfa5\\n\\"\\\\\\/"}',
    b'{"__proto__":{"x":1},"constructor":2}',
    b'{"a":9007199254740991}',
    b'{"a":-9007199254740991}',
    b'{"a":9007199254740992}',
    b'{"a":-9007199254740992}',
    b'{"a":1.0}',
    b'{"a":1e3}',
    b'{"a":1E3}',
    b'{"a":-0}',
    b'{"a":01}',
    b'{"a":+1}',
    b'{"a":.5}',
    b'{"a":1.}',
    b'{"a":NaN}',
    b'{"a":Infinity}',
    b'{"a":-Infinity}',
    b'{"a":1,"a":1}',
    b'{"a":{"b":1,"b":2}}',
    b'{"a":1,"\\u0061":2}',
    b'{"a":"\\ud83c"}',
    b'{"a":"\\udfa5\\ud83c"}',
    b'{"a":"\\ud83c\\ud83c\\udfa5"}',
    b'{"a":"\xed\xa0\x80"}',
    b'{"a":"\xff"}',
    b'{"a":"\xc0\x80"}',
    b"\xef\xbb\xbf{}",
    b"",
    b"[]",
    b'"a"',
    b"1",
    b"null",
    b"{} {}",
    b"{}x",
    b"{",
    b'{"a"}',
    b'{"a":}',
    b'{"a":1,}',
    b"{,}",
    b'{"a":[1,]}',
    b'{"a":[1 2]}',
    b"{'a':1}",
    b"{a:1}",
    b'{"a":"\n"}',
    b'{"a":"\t"}',
    b'{"a":"\x00"}',
    b'{"a":"\\x"}',
    b'{"a":"\\u00g0"}',
    b'{"a":"\\u 123"}',
    b'{"a":tru}',
    b'{"a":True}',
    b"{}\x0b",
    b"{}\xc2\xa0",
    b'{"a":1}\n',
    b"{/**/}",
    b'{"a":' * 15 + b"{}" + b"}" * 15,
    b'{"a":' * 16 + b"{}" + b"}" * 16,
    b'{"a":' * 15 + b"[]" + b"}" * 15,
    b'{"a":' * 16 + b"[]" + b"}" * 16,
    b'{"a":' + b"[" * 15 + b"]" * 15 + b"}",
    b'{"a":' + b"[" * 16 + b"]" * 16 + b"}",
    b'{"a":"' + b"x" * 65528 + b'"}',
    b'{"a":"' + b"x" * 65529 + b'"}',
    b'{"a":0x10}',
    b'{"a":1_0}',
    b'{"a":\xd9\xa1}',
]


def core_json(data: bytes) -> Any:
    try:
        return strictjson.loads_object(data)
    except DataError:
        return "refused"


def test_strict_json_is_one_language() -> None:
    answers = said(*(["json", data.hex()] for data in JSON_TEXTS))
    for data, answer in zip(JSON_TEXTS, answers, strict=True):
        page = "refused" if isinstance(answer, dict) else json.loads(answer)
        assert page == core_json(data), data[:80]


B64U = [
    "",
    "AA",
    "AB",
    "AAA",
    "AAB",
    "AAAA",
    "A",
    "AAAAA",
    "AA==",
    "A A",
    "-_-_",
    "+/+/",
    "AA\n",
    "ÅA",
    "zz",
    "zw",
]


def test_base64url_has_the_same_one_spelling() -> None:
    for text, answer in zip(B64U, said(*(["b64u", text] for text in B64U)), strict=True):
        try:
            assert answer == unb64u(text).hex(), text
        except DataError:
            assert answer == {"refused": "base64"}, text


def test_keys_and_hashes_agree() -> None:
    share, key = bytes(range(32)), bytes(range(32, 64))
    prf, credential = b"\x07" * 32, b"\x09" * 48
    viewer = envelopes.derive_viewer_key(prf)
    point = point_bytes(viewer.public_key())
    leaf = b'{"kind":"key-released/1"}'
    sealed = envelopes.release_seal(share, ID, leaf, load_point(point))
    jwk = public_jwk(ec.generate_private_key(ec.SECP256R1()).public_key())
    body = segments.Sealer(key, ID).seal(b"moof")[1]
    pairs: list[tuple[list[Any], Any]] = [
        (["kid", jwk], thumbprint(load_jwk(jwk))),
        (["viewer", prf.hex()], point.hex()),
        (["prfInput"], messages.PRF_INPUT.hex()),
        (["binding", credential.hex(), point.hex()], messages.viewer_key_challenge(credential, point).hex()),
        (["release", str(ID), leaf.hex(), sealed.hex(), prf.hex()], share.hex()),
        (["release", str(ID), (leaf + b" ").hex(), sealed.hex(), prf.hex()], {"refused": "release-open"}),
        (["release", VIEWING, leaf.hex(), sealed.hex(), prf.hex()], {"refused": "release-open"}),
        (["release", str(ID), leaf.hex(), sealed.hex(), key.hex()], {"refused": "release-open"}),
        (["shareHash", str(ID), 2, share.hex()], envelopes.share_hash(ID, 2, share).hex()),
        (["recordingKey", [share.hex(), key.hex()], str(ID)], segments.recording_key([share, key], ID).hex()),
        (["segmentKey", key.hex(), str(ID), 70000], segments.segment_key(key, ID, 70000).hex()),
        (["commitment", key.hex(), str(ID)], segments.key_commitment(key, ID).hex()),
        (["segment", key.hex(), str(ID), 0, body.hex()], b"moof".hex()),
        (["segment", key.hex(), str(ID), 1, body.hex()], {"refused": "segment-open"}),
        (["segment", key.hex(), VIEWING, 0, body.hex()], {"refused": "segment-open"}),
    ]
    for (case, wanted), answer in zip(pairs, said(*(case for case, _ in pairs)), strict=True):
        assert answer == wanted, case[0]


def test_challenges_agree() -> None:
    request, decision, salt = b'{"viewing":"x"}', b'{"decision":"approve"}', bytes(range(32))
    ms = int(datetime(2026, 11, 24, tzinfo=UTC).timestamp() * 1000)
    pairs: list[tuple[list[Any], str]] = [
        (["askRelease", VIEWING, str(ID), ms], messages.release_challenge(VIEWING, str(ID), ms).hex()),
        (["request", request.hex()], messages.request_challenge(request).hex()),
        (["decision", request.hex(), decision.hex()], messages.decision_challenge(request, decision).hex()),
        (["reason", salt.hex(), "核对🎥"], messages.reason_digest(salt, "核对🎥")),
        (["witness", request.hex()], messages.registration_challenge(request).hex()),
    ]
    for (case, wanted), answer in zip(pairs, said(*(case for case, _ in pairs)), strict=True):
        assert answer == wanted, case[0]
