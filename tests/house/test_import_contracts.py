"""Each import contract is broken once, in a copy, and must be seen to fail."""

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


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    ignore = shutil.ignore_patterns("vendor", "__pycache__", "static")
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=ignore)
    shutil.copyfile(ROOT / "pyproject.toml", tmp_path / "pyproject.toml")
    return tmp_path


def test_the_tree_keeps_its_contracts(copy: Path) -> None:
    done = lint(copy)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("contract", "module", "statement"), BREACHES)
def test_a_breach_is_seen(copy: Path, contract: str, module: str, statement: str) -> None:
    file = copy / "src/zhilu" / module
    file.write_text(file.read_text() + f"\n{statement}\n")
    done = lint(copy)
    assert done.returncode == 1, done.stdout + done.stderr
    described = (ROOT / "pyproject.toml").read_text().split(f'id = "{contract}"')[1]
    name = described.split('name = "')[1].split('"')[0]
    assert f"{name} BROKEN" in " ".join(done.stdout.split())
