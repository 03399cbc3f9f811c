"""Each import contract is broken in a copy, and must be seen to fail."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

BREACHES = [
    ("layers", "sealed/__init__.py", "import zhilu.recorder"),
    ("layers", "devices/__init__.py", "import zhilu.station"),
    ("layers", "recorder/__init__.py", "import zhilu.station"),
    ("layers", "tlog/__init__.py", "import zhilu.sealed"),
    ("layers", "durable.py", "import zhilu.encoding"),
    ("core", "sealed/__init__.py", "import socket"),
    ("core", "sealed/__init__.py", "import zhilu.durable"),
    ("core", "tlog/__init__.py", "import pathlib"),
    ("core", "protocols/__init__.py", "import time"),
    ("verify", "verify/__init__.py", "import zhilu.protocols"),
    ("verify", "verify/__init__.py", "import aiohttp"),
    ("apps", "server/ledger/shapes.py", "import zhilu.server.evidence.models"),
    ("rules", "server/catalogue/rules.py", "import django"),
    ("rules", "server/evidence/rules_links.py", "import django"),
    ("no-django", "station/__init__.py", "import django"),
]


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=folder,
        # The copy must win over the installed package.
        env={**os.environ, "PYTHONPATH": str(folder / "src")},
        capture_output=True,
        text=True,
    )


def copy(folder: Path) -> Path:
    ignore = shutil.ignore_patterns("vendor", "__pycache__", "static")
    shutil.copytree(ROOT / "src", folder / "src", ignore=ignore)
    shutil.copyfile(ROOT / "pyproject.toml", folder / "pyproject.toml")
    return folder


def test_the_tree_keeps_its_contracts(tmp_path: Path) -> None:
    done = lint(copy(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> str:
    """About a tree with all of these breaches."""
    folder = copy(tmp_path_factory.mktemp("broken"))
    for _contract, module, statement in BREACHES:
        with (folder / "src/zhilu" / module).open("a") as file:
            file.write(f"\n{statement}\n")
    done = lint(folder)
    assert done.returncode == 1, done.stdout + done.stderr
    return " ".join(done.stdout.split())


@pytest.mark.parametrize(("contract", "module", "statement"), BREACHES)
def test_a_breach_is_seen(said: str, contract: str, module: str, statement: str) -> None:
    """The contract is broken, and in its own section stands who imports whom."""
    described = (ROOT / "pyproject.toml").read_text().split("[[tool.importlinter.contracts]]")[1:]
    names = {
        one.split('id = "')[1].split('"')[0]: one.split('name = "')[1].split('"')[0] for one in described
    }
    assert f"{names[contract]} BROKEN" in said
    section = said.split("Broken contracts")[1].split(f"{names[contract]} ---")[1]
    for name in names.values():
        section = section.split(f"{name} ---")[0]
    importer = ".".join(("zhilu", *Path(module).with_suffix("").parts)).removesuffix(".__init__")
    assert f"{importer} -> {statement.removeprefix('import ')} (l." in section
