"""What no linter sees: how large a file or function may grow."""

import ast
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2] / "src/zhilu"


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
