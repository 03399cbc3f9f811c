"""How a bureau starts: `zhilu server init --administrator …`, with nothing made beforehand."""

from __future__ import annotations

import json
import re
import sqlite3
import stat
import subprocess
from pathlib import Path

import pytest

from support import county_home
from support.county_home import zhilu
from zhilu.errors import CallerError
from zhilu.server.commands import founders

FOUR = ["system:chenxiao:陈晓", "security:sunmin:孙敏", "security:zhaolei:赵磊", "audit:wangfang:王芳"]


def init(
    tmp_path: Path, administrators: list[str], *more: object, lang: str = "en"
) -> subprocess.CompletedProcess[str]:
    county_home.make_root(tmp_path / "root.pem")
    words: list[object] = ["init", "--home", tmp_path / "home", "--bureau", "julu", "--domain", "example"]
    words += ["--root", tmp_path / "root.pem", "--authority", "julu.example", *more]
    for one in administrators:
        words += ["--administrator", one]
    return zhilu(*words, lang=lang)


def rows(home: Path, statement: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(home / "db.sqlite3") as database:
        return database.execute(statement).fetchall()


def test_a_bureau_starts_with_its_administrators_and_nobody_else(tmp_path: Path) -> None:
    done = init(tmp_path, FOUR)
    home = tmp_path / "home"
    assert done.returncode == 0, done.stderr
    told = [line.split("\t") for line in done.stdout.splitlines() if "\t" in line]
    assert [one[:3] for one in told] == [
        ["system-administrator", "chenxiao", "陈晓"],
        ["security-administrator", "sunmin", "孙敏"],
        ["security-administrator", "zhaolei", "赵磊"],
        ["audit-administrator", "wangfang", "王芳"],
    ]
    passwords = [one[3] for one in told]
    assert len(set(passwords)) == 4
    kinds = [kind for (kind,) in rows(home, 'SELECT kind FROM ledger_entry ORDER BY "index"')]
    assert kinds[:2] == ["bureau-founded/1", "catalogue-set/1"]
    assert kinds.count("person-added/1") == kinds.count("role-granted/1") == 4
    assert kinds.count("account-changed/1") == 4
    assert rows(home, "SELECT count(*), sum(one_time) FROM organisation_user") == [(4, 4)]
    data = (home / "db.sqlite3").read_bytes() + (home / "enrol.json").read_bytes()
    assert not any(one.encode() in data for one in passwords)
    enrolled = json.loads((home / "enrol.json").read_text())["administrators"]
    assert [one["login"] for one in enrolled] == ["chenxiao", "sunmin", "zhaolei", "wangfang"]
    assert zhilu("audit", "--home", home).returncode == 0
    assert (home / "server.toml").read_text().count('second_factor = "required"') == 1


def test_without_administrators_there_is_no_account_at_all(tmp_path: Path) -> None:
    done = init(tmp_path, [])
    assert done.returncode == 0, done.stderr
    assert rows(tmp_path / "home", "SELECT count(*) FROM organisation_user") == [(0,)]
    assert rows(tmp_path / "home", "SELECT count(*) FROM ledger_entry") == [(0,)]


@pytest.mark.parametrize(
    ("administrators", "code"),
    [
        (FOUR[:3], "administrators"),
        ([FOUR[0], FOUR[1], FOUR[3]], "administrators"),
        (FOUR[1:], "administrators"),
        ([*FOUR, "system:sunmin:陈晓"], "administrators-login"),
        ([*FOUR[:3], "audit:wang"], "administrator"),
        ([*FOUR[:3], "auditor:wang:王芳"], "administrator"),
        ([*FOUR[:3], "audit:wang:"], "administrator"),
        ([*FOUR[:3], "audit:Wang Fang:王芳"], "username"),
        ([*FOUR[:3], "audit:wang:" + "长" * 101], "administrator"),
        ([*FOUR[:3], "audit:wang:王\x07芳"], "administrator"),
    ],
)
def test_what_is_not_right_is_refused(administrators: list[str], code: str) -> None:
    with pytest.raises(CallerError) as refused:
        founders.draw(founders.parse(administrators))
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("administrators", "code"),
    [(FOUR[:3], "administrators"), ([*FOUR[:3], "audit:Wang Fang:王芳"], "username")],
)
def test_what_is_refused_makes_nothing(tmp_path: Path, administrators: list[str], code: str) -> None:
    out = tmp_path / "handed"
    done = init(tmp_path, administrators, "--passwords-out", out)
    assert done.returncode == 2 and f"[{code}]" in done.stderr and "Traceback" not in done.stderr
    assert not out.exists() and not (tmp_path / "home").exists()
    assert {path.name for path in tmp_path.iterdir()} == {"root.pem"}


def test_passwords_go_to_a_file_of_the_owners_own(tmp_path: Path) -> None:
    out = tmp_path / "handed"
    done = init(tmp_path, FOUR, "--passwords-out", out, lang="zh")
    assert done.returncode == 0, done.stderr
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    passwords = [line.split("\t")[3] for line in out.read_text().splitlines()]
    assert len(passwords) == 4 and not any(one in done.stdout for one in passwords)
    _renewed_at_the_server(tmp_path / "home")


def _renewed_at_the_server(home: Path) -> None:
    """With a one-time password, the second factors taken away; or with one that lasts."""
    person = json.loads((home / "enrol.json").read_text())["administrators"][1]["person"]
    words = ("account", "--home", home, "--person", person, "--login", "sunmin", "--one-time", "--forget")
    done = zhilu(*words)
    assert done.returncode == 0 and re.search(r": \S{4}-\S{4}-\S{4}$", done.stdout.strip()), done
    assert rows(home, "SELECT one_time FROM organisation_user WHERE username='sunmin'") == [(1,)]
    lasting = ("account", "--home", home, "--person", person, "--login", "sunmin", "--lasting")
    assert zhilu(*lasting, input="Mine-2026-b\n").returncode == 0
    assert rows(home, "SELECT one_time FROM organisation_user WHERE username='sunmin'") == [(0,)]


def test_a_file_that_is_there_is_not_overwritten(tmp_path: Path) -> None:
    out = tmp_path / "handed"
    out.write_text("something else")
    done = init(tmp_path, FOUR, "--passwords-out", out)
    assert done.returncode == 2 and "[passwords-out]" in done.stderr
    assert out.read_text() == "something else" and not (tmp_path / "home").exists()
