"""Whatever a station raises an alarm for, the platform says in words: no code is shown to a reader."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

from zhilu.server.pages.words_equipment import ALARMS
from zhilu.station import alarm
from zhilu.station.checks.sentences import SENTENCES

SOURCE = Path(__file__).resolve().parents[2] / "src/zhilu"
AT = {"Finding": 0, "Foreign": 0, "Misplaced": 0, "raise_": 1}
"""Which argument is the code."""
IN_THE_DEMO = {"Alarmed": 1, "alarm_body": 1}
VERDICTS = {"station/dock.py": {"_verdict"}, "pki/tls.py": {"check_peer", "check_role", "_load"}}
"""Functions whose texts, as they return or raise them, become the code of a refused device."""


def names(call: ast.Call) -> str:
    return getattr(call.func, "attr", "") or getattr(call.func, "id", "")


def text(node: ast.AST | None) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value


def raised(path: Path, by: Mapping[str, int] = AT) -> Iterator[str]:
    for call in (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)):
        at = by.get(names(call))
        if at is not None and at < len(call.args):
            yield from text(call.args[at])


def verdicts(path: Path, functions: set[str]) -> Iterator[str]:
    for function in ast.walk(ast.parse(path.read_text())):
        if isinstance(function, ast.FunctionDef) and function.name in functions:
            for node in ast.walk(function):
                if isinstance(node, ast.Return):
                    yield from text(node.value)
                if isinstance(node, ast.Call) and names(node) == "DataError":
                    yield from text(node.args[0])


def test_every_code_of_an_alarm_has_words() -> None:
    codes = set(SENTENCES) | alarm.OWN | alarm.LASTING | alarm.WHILE_THERE
    for path in (SOURCE / "station").rglob("*.py"):
        codes |= set(raised(path))
    for name, functions in VERDICTS.items():
        codes |= set(verdicts(SOURCE / name, functions))
    assert {"foreign", "expired", "role", "certificate", "revoked", "refused-us"} <= codes
    assert {"bay", "unassigned", "unknown-recorder", "spool-old", "officer-locked", "word-damaged"} <= codes
    assert codes <= set(ALARMS), sorted(codes - set(ALARMS))


def test_the_demonstration_raises_none_that_no_station_raises() -> None:
    codes = {code for path in (SOURCE / "demo/bureau").glob("*.py") for code in raised(path, IN_THE_DEMO)}
    assert len(codes) >= 3 and codes <= set(ALARMS), sorted(codes - set(ALARMS))


def test_what_is_not_about_a_refused_device_is_said_at_the_terminal() -> None:
    codes = alarm.OWN | alarm.LASTING | alarm.WHILE_THERE
    for path in (SOURCE / "station").rglob("*.py"):
        codes |= set(raised(path, {"Finding": 0, "raise_": 1}))
    assert {"word-refused", "spool-damaged", "county-away"} <= codes
    assert codes <= set(SENTENCES), sorted(codes - set(SENTENCES))
