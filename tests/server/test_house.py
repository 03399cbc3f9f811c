"""Rules of the server's house that no linter knows."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from django.apps import apps

import zhilu.server
from zhilu.server.ledger.events import kinds
from zhilu.server.ledger.models import Evidential

SERVER = Path(zhilu.server.__file__).parent
ORDER = (
    "api", "pages", "assessment", "oversight", "federation", "evidence", "equipment", "training", "catalogue",
    "organisation", "ledger",
)  # fmt: skip
MAY_NAME_AN_ENGINE = {"ledger/lock.py", "ledger/dump.py", "ledger/objects.py", "evidence/search.py"}
CLOCKS = {
    "now",
    "unix_s",
    "time",
    "monotonic",
    "uuid4",
    "uuid7",
    "token_bytes",
    "random",
    "settings",
    "commit",
}


def sources() -> list[Path]:
    return [path for path in SERVER.rglob("*.py") if "migrations" not in path.parts]


def test_only_four_modules_name_a_database_engine() -> None:
    named = {
        str(path.relative_to(SERVER))
        for path in sources()
        if re.search(
            r"sqlite3|postgresql_|\.vendor|PRAGMA|pg_advisory|psycopg|db\.backends", path.read_text()
        )
    }
    assert named <= MAY_NAME_AN_ENGINE
    assert "ledger/lock.py" in named


@pytest.mark.parametrize("app", [name for name in ORDER if (SERVER / name).exists()])
def test_an_app_imports_only_to_its_right(app: str) -> None:
    forbidden = ORDER[: ORDER.index(app)]
    for path in (SERVER / app).rglob("*.py"):
        for module in imported(path):
            parts = module.split(".")
            if parts[:2] == ["zhilu", "server"] and len(parts) > 2:
                assert parts[2] not in forbidden, f"{path}: {module}"


def test_services_do_not_import_views() -> None:
    for path in sources():
        if "services" in path.parts:
            assert not any(".views" in module for module in imported(path)), path


RULES = (
    "*/rules*.py",
    "oversight/matching.py",
    "oversight/findings/*.py",
    "assessment/scheme.py",
    "numbers.py",
)


@pytest.mark.parametrize(
    "path",
    sorted(path for name in RULES for path in SERVER.glob(name)),
    ids=lambda path: f"{path.parent.name}/{path.stem}",
)
def test_rules_are_pure(path: Path) -> None:
    pure = (".rules", ".oversight.findings.", ".oversight.matching.", ".assessment.scheme.", ".numbers.")
    others = [module for module in imported(path) if not any(part in module for part in pure)]
    assert not any(module.startswith(("django", "zhilu.server")) for module in others)


@pytest.mark.parametrize(
    "path", sorted(SERVER.glob("*/apply*.py")), ids=lambda path: f"{path.parent.name}/{path.stem}"
)
def test_apply_reads_no_clock_chance_or_setting(path: Path) -> None:
    names = {node.id for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Name)}
    attributes = {
        node.attr for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Attribute)
    }
    assert not (names | attributes) & CLOCKS


def test_every_kind_of_the_spec_is_registered_and_checked() -> None:
    spec = SERVER.parents[2] / "spec"
    text = (spec / "ledger.md").read_text() + (spec / "registers.md").read_text()
    named = set(re.findall(r"`([a-z-]+/\d+)`", text))
    registered = {kind.name: kind for kind in kinds()}
    # Named in the table, given no form anywhere: a viewer key comes inside `credential-registered/1`.
    named.discard("viewer-key-registered/1")
    assert named <= set(registered)
    assert all(kind.checks for kind in registered.values())


def test_evidential_tables_take_their_keys_from_events() -> None:
    for model in apps.get_models():
        if issubclass(model, Evidential):
            assert model._meta.pk.get_internal_type() not in ("AutoField", "BigAutoField"), model


def imported(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found
