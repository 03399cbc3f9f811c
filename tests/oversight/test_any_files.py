"""Whatever stands in the files: wrong rows are named, or it is judged; nothing else happens, and soon."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.oversight_case import findings
from support.oversight_faults import CASES
from support.oversight_year import Year
from zhilu.server.oversight.csv_facts import read

Tables = dict[str, list[list[str]]]
NASTY = (
    "", "0", "-1", "1", "999999999999", "-999999999999", "1970-01-01 08:00", "2999-12-31 23:59", "9999-12-31",
    "0001-01-01", "1970-01-01", "2999-12-31", "2026-03-02 09:00", "2026-03-02T09:00:00+14:00", "no", "yes",
    "=1", "九", "\u202e", "a\tb", "gap", "black", "approved", "interrupted", "import", "days-", "holiday",
    "county", "x" * 501,
)  # fmt: skip


@pytest.fixture(scope="module")
def tables() -> Tables:
    """A little of everything."""
    year = Year(5)
    for case in CASES[::4]:
        case.spoil(year)
    year.add("corrections", task=year.visits[0].task["task"], act="")
    files = year.files()
    files.pop("labels")
    return {name: list(csv.reader(io.StringIO(data.decode()))) for name, data in files.items()}


def as_files(tables: Tables) -> dict[str, bytes]:
    found = {}
    for name, rows in tables.items():
        out = io.StringIO()
        csv.writer(out).writerows(rows)
        found[name] = out.getvalue().encode()
    return found


@settings(max_examples=120)
@given(st.data())
def test_any_cell_may_say_anything(tables: Tables, data: st.DataObject) -> None:
    spoilt = {name: [*map(list, rows)] for name, rows in tables.items()}
    for _ in range(data.draw(st.integers(1, 4))):
        rows = spoilt[data.draw(st.sampled_from(sorted(spoilt)))]
        row = data.draw(st.integers(0, len(rows) - 1))
        column = data.draw(st.integers(0, len(rows[0]) - 1))
        other = rows[data.draw(st.integers(0, len(rows) - 1))][column]
        rows[row][column] = data.draw(st.sampled_from((*NASTY, other)))
    facts, wrong = read(as_files(spoilt))
    assert (facts is None) == bool(wrong)
    if facts is not None:
        found = findings(facts)
        assert len({one.id for one in found}) == len(found)


@settings(max_examples=60)
@given(st.binary(max_size=400), st.sampled_from(("tasks", "period", "links", "calendar", "limits")))
def test_any_bytes_may_come(data: bytes, name: str) -> None:
    period = b"first,last,as_of\n2026-01-01,2026-06-30,2026-07-01 12:00\n"
    facts, wrong = read({"period": period, "tasks": b"task,version,since,until\n", name: data})
    assert (facts is None) == bool(wrong)
