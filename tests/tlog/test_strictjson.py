"""spec/ledger.md: strict JSON. Each case is one rule broken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhilu import strictjson
from zhilu.errors import DataError
from zhilu.strictjson import JsonError

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-strictjson.MAX_INT, strictjson.MAX_INT)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4),
    max_leaves=12,
)


@given(values)
def test_what_is_written_is_read_back(value: object) -> None:
    assert strictjson.loads(strictjson.dumps(value), 10**6) == value


def test_compact_utf8_in_the_order_given() -> None:
    assert strictjson.dumps({"b": 1, "a": ["执", None]}) == '{"b":1,"a":["执",null]}'.encode()


REFUSED = [
    (b'{"a":1,"a":2}', "json-duplicate-key"),
    (b'[{"a":1,"\\u0061":2}]', "json-duplicate-key"),
    (b"1.0", "json-float"),
    (b"1e2", "json-float"),
    (b"NaN", "json-float"),
    (b"-Infinity", "json-float"),
    (b"-0", "json-integer"),
    (b"9007199254740992", "json-integer"),
    (b"-9007199254740992", "json-integer"),
    (b"9" * 5000, "json-integer"),
    (b"\xef\xbb\xbf{}", "json-bom"),
    (b'"\xff"', "json-utf8"),
    (b'"\xed\xa0\x80"', "json-utf8"),
    (b'"\\ud800"', "json-surrogate"),
    (b'{"\\udc00":1}', "json-surrogate"),
    (b"{", "json-syntax"),
    (b"", "json-syntax"),
    (b"{}{}", "json-syntax"),
    (b"01", "json-syntax"),
    (b'"\x01"', "json-syntax"),
    (b"[1,]", "json-syntax"),
    (b"[" * 100_000, "json-too-deep"),
    (b"[" * 34 + b"]" * 34, "json-too-deep"),
]


@pytest.mark.parametrize(("data", "code"), REFUSED)
def test_refusals(data: bytes, code: str) -> None:
    with pytest.raises(JsonError) as caught:
        strictjson.loads(data, 10**6)
    assert caught.value.code == code
    assert isinstance(caught.value, DataError)


def test_edges_that_are_allowed() -> None:
    assert strictjson.loads(b"9007199254740991", 100) == 2**53 - 1
    assert strictjson.loads(b"[" * 32 + b"]" * 32, 100)
    assert strictjson.loads(b'"\\ud83d\\ude00"', 100) == "\U0001f600"


def test_the_limit_is_on_the_bytes() -> None:
    assert strictjson.loads(b'"ab"', 4) == "ab"
    with pytest.raises(JsonError) as caught:
        strictjson.loads(b'"ab"', 3)
    assert caught.value.code == "json-too-long"


@pytest.mark.parametrize("value", [1.5, float("nan"), 2**53, {1: "a"}, "\ud800", {"\ud800": 1}, b"x", {1, 2}])
def test_dumps_refuses_what_loads_would_refuse(value: object) -> None:
    with pytest.raises(JsonError):
        strictjson.dumps(value)


def test_loads_object_wants_an_object() -> None:
    assert strictjson.loads_object(b"{}", 10) == {}
    with pytest.raises(JsonError):
        strictjson.loads_object(b"[]", 10)


SHAPE = {"n": int, "name": (str, type(None))}


@pytest.mark.parametrize(
    "obj", [[], {"n": 1}, {"n": 1, "name": "x", "more": 1}, {"n": True, "name": "x"}, {"n": None, "name": "x"}, {"n": 1, "name": 2}]
)
def test_exact_refuses_other_shapes(obj: object) -> None:
    with pytest.raises(JsonError):
        strictjson.exact(obj, SHAPE)


def test_exact_takes_the_shape() -> None:
    assert strictjson.exact({"n": 1, "name": None}, SHAPE) == {"n": 1, "name": None}
    assert strictjson.exact({"yes": True}, {"yes": bool}) == {"yes": True}
