"""What no linter sees: who may name a database engine, and how large a file or function may grow."""

import ast
import re
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2] / "src/zhilu"
# Where the engine is chosen and explained, and the two places where the engines differ.
MAY_NAME_AN_ENGINE = {
    "server/cli.py",
    "server/config.py",
    "server/settings.py",
    "server/ledger/lock.py",
    "server/evidence/search.py",
}
ENGINE = re.compile(r"\b(sqlite3?|postgres\w*|psycopg|pg_advisory\w*|connection\.vendor)\b", re.IGNORECASE)


def server_code() -> list[Path]:
    return [path for path in (SOURCE / "server").rglob("*.py") if "migrations" not in path.parts]


def code_without_comments(path: Path) -> str:
    """Names and strings of the code; docstrings and comments may speak of engines."""
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if (
            isinstance(body, list)
            and body
            and isinstance(body[0], ast.Expr)
            and isinstance(body[0].value, ast.Constant)
        ):
            body[0].value = ast.Constant("")
    return ast.unparse(tree)


def test_two_modules_may_name_a_database_engine() -> None:
    named = {
        str(path.relative_to(SOURCE)) for path in server_code() if ENGINE.search(code_without_comments(path))
    }
    assert named <= MAY_NAME_AN_ENGINE


def test_no_file_of_500_lines_and_no_function_of_60() -> None:
    long: list[str] = []
    for path in SOURCE.rglob("*.py"):
        if {"vendor", "migrations"} & set(path.parts):
            continue
        text = path.read_text()
        if text.count("\n") >= 500:
            long.append(str(path))
        for node in ast.walk(ast.parse(text)):
            if (
                isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
                and (node.end_lineno or 0) - node.lineno >= 60
            ):
                long.append(f"{path}:{node.lineno} {node.name}")
    assert long == []


def test_no_page_script_of_500_lines() -> None:
    scripts = [path for path in SOURCE.rglob("*.js") if "vendor" not in path.parts]
    assert [str(path) for path in scripts if path.read_text().count("\n") >= 500] == []
