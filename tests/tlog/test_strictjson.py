"""spec/journal.md §1, strict JSON. Each case is one rule broken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhilu import strictjson
from zhilu.errors import DataError
from zhilu.strictjson import FieldError, JsonError

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-strictjson.MAX_INT, strictjson.MAX_INT)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(values)
def test_what_is_written_is_read_back(value: object) -> None:
    assert strictjson.loads(strictjson.dumps(value), 10**6) == value


def test_compact_utf8_in_the_order_given() -> None:
    assert strictjson.dumps({"b": 1, "a": ["执", None]}) == '{"b":1,"a":["执",null]}'.encode()


REFUSED = [
    (b'{"a":1,"a":2}', "duplicate-key"),
    (b'[{"a":1,"\\u0061":2}]', "duplicate-key"),
    (b"1.0", "float"),
    (b"1e2", "float"),
    (b"NaN", "float"),
    (b"-Infinity", "float"),
    (b"-0", "integer"),
    (b"9007199254740992", "integer"),
    (b"-9007199254740992", "integer"),
    (b"9" * 5000, "integer"),
    (b"\xef\xbb\xbf{}", "byte-order-mark"),
    (b'"\xff"', "utf-8"),
    (b'"\xed\xa0\x80"', "utf-8"),
    (b'"\\ud800"', "surrogate"),
    (b'{"\\udc00":1}', "surrogate"),
    (b"{", "syntax"),
    (b"", "syntax"),
    (b"{}{}", "syntax"),
    (b"01", "syntax"),
    (b'"\x01"', "syntax"),
    (b"[1,]", "syntax"),
    (b"[" * 100_000, "too-deep"),
    (b"[" * 17 + b"]" * 17, "too-deep"),
]


@pytest.mark.parametrize(("data", "code"), REFUSED)
def test_refusals(data: bytes, code: str) -> None:
    with pytest.raises(JsonError) as caught:
        strictjson.loads(data, 10**6)
    assert (caught.value.code, caught.value.fields["rule"]) == ("json", code)
    assert isinstance(caught.value, DataError)


def test_edges_that_are_allowed() -> None:
    assert strictjson.loads(b"9007199254740991", 100) == 2**53 - 1
    assert strictjson.loads(b"-9007199254740991", 100) == -(2**53 - 1)
    assert strictjson.loads(b"[" * 16 + b"]" * 16, 100)
    assert strictjson.loads(b'"\\ud83d\\ude00"', 100) == "\U0001f600"


def test_the_limit_is_on_the_bytes() -> None:
    assert strictjson.loads(b'"ab"', 4) == "ab"
    with pytest.raises(JsonError) as caught:
        strictjson.loads(b'"ab"', 3)
    assert caught.value.fields["rule"] == "too-long"


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
    "obj", [{"n": 1}, {"name": "x"}, {"n": True, "name": "x"}, {"n": None, "name": "x"}, {"n": 1, "name": 2}]
)
def test_fields_refuses_the_missing_and_the_ill_typed(obj: object) -> None:
    with pytest.raises(FieldError) as caught:
        strictjson.fields(obj, SHAPE)
    assert caught.value.code == "field"


def test_fields_ignores_what_it_does_not_know() -> None:
    assert strictjson.fields({"n": 1, "more": 2, "name": None}, SHAPE) == {"n": 1, "name": None}
    assert strictjson.fields({"yes": True}, {"yes": bool}) == {"yes": True}
    with pytest.raises(JsonError):
        strictjson.fields([], SHAPE)
