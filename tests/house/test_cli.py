"""The command line in both languages, and how it ends."""

import argparse
import os
import subprocess
import sys

import pytest

from zhilu import cli, i18n
from zhilu.errors import DataError


def zhilu(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    clean = {
        name: value for name, value in os.environ.items() if name not in ("LANG", "LC_ALL", "ZHILU_LANG")
    }
    command = [sys.executable, "-m", "zhilu.cli", *arguments]
    return subprocess.run(command, env={**clean, **environ}, capture_output=True, text=True)


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({}, "zh"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "C.UTF-8"}, "zh"),
        ({"LANG": "en_GB.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "en_US.UTF-8"}, "en"),
        ({"LANG": "en_GB.UTF-8", "ZHILU_LANG": "zh"}, "zh"),
        ({"ZHILU_LANG": "en"}, "en"),
        ({"ZHILU_LANG": "fr"}, "zh"),
    ],
)
def test_the_language_asked_for(environ: dict[str, str], language: str) -> None:
    assert i18n.wanted_language(environ) == language


def test_help_is_chinese_by_default_and_english_by_switch() -> None:
    assert "用法：" in zhilu("--help").stdout
    assert "显示本帮助后退出" in zhilu("--help").stdout
    assert zhilu("--lang", "en", "--help").stdout.startswith("usage: zhilu")
    assert zhilu("--help", ZHILU_LANG="en").stdout.startswith("usage: zhilu")


def test_the_switch_may_stand_anywhere() -> None:
    for words in (["--lang", "en", "verify"], ["verify", "--lang", "en"], ["verify", "--lang=en"]):
        assert zhilu(*words, "--help").stdout.startswith("usage: zhilu verify"), words
    assert zhilu("--lang", "fr", "verify").returncode == 2
    assert zhilu("verify", "--lang").returncode == 2


def test_help_of_every_program_is_in_both_languages() -> None:
    parser = cli.build_parser()
    (programs,) = [
        action.choices for action in parser._actions if isinstance(action, argparse._SubParsersAction)
    ]
    assert set(programs) >= {"demo", "pki", "recorder", "station", "server", "keyholder", "verify", "unseal"}
    for name in programs:
        english, chinese = zhilu("--lang", "en", name, "--help"), zhilu("--lang", "zh", name, "--help")
        assert english.returncode == chinese.returncode == 0, english.stderr + chinese.stderr
        assert english.stdout.startswith("usage: ")
        assert chinese.stdout.startswith("用法：")
        assert not any("\u4e00" <= letter <= "\u9fff" for letter in english.stdout), english.stdout


def test_a_light_command_does_not_load_the_heavy_parts() -> None:
    script = (
        "import sys, zhilu.cli; zhilu.cli.build_parser();"
        "print([name for name in ('django', 'av', 'aiohttp', 'numpy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout == "[]\n"


HEAVY = {
    "numpy",
    "openpyxl",
    "PIL",
    "av",
    "webauthn",
    "OpenSSL",
    "typst",
    "segno",
    "pyotp",
    "smtplib",
    "httpx",
}
WEB = {"django", "ninja", "pydantic", "aiohttp", "gunicorn", "asyncio"}


@pytest.mark.parametrize(
    ("started", "not_needed"),
    [
        ("import zhilu.server.settings, django; django.setup()", HEAVY | {"ninja", "pydantic", "gunicorn"}),
        ("import zhilu.keyholder.run", HEAVY | {"django"}),
        ("import zhilu.station.daemon", HEAVY | {"django"}),
        ("import zhilu.recorder.run", HEAVY - {"numpy", "PIL", "av"} | {"django"}),
        ("import zhilu.verify.check, zhilu.verify.files", HEAVY | WEB),
    ],
)
def test_a_program_starts_without_what_it_may_never_need(started: str, not_needed: set[str]) -> None:
    script = f"import sys; {started}; print(sorted({not_needed!r} & set(sys.modules)))"
    environ = os.environ | {"DJANGO_SETTINGS_MODULE": "zhilu.server.settings"}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environ)
    assert done.stdout == "[]\n", done.stderr


def test_no_command_is_an_error_in_one_line() -> None:
    done = zhilu(LANG="en_GB.UTF-8")
    assert done.returncode == 2
    assert "the following arguments are required: COMMAND" in done.stderr


def test_version() -> None:
    assert zhilu("--version").stdout.startswith("zhilu 0.")


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """A stand-in for the parser: its func raises what the test puts in."""
    outcome: list[object] = []

    def func(_arguments: argparse.Namespace) -> object:
        if isinstance(outcome[0], BaseException):
            raise outcome[0]
        return outcome[0]

    parser = argparse.ArgumentParser()
    parser.set_defaults(func=func, program="verify")
    monkeypatch.setattr(cli, "build_parser", lambda: parser)
    monkeypatch.setenv("ZHILU_LANG", "en")
    return outcome


def test_an_error_of_ours_is_one_plain_line_and_exit_2(
    program: list[object], capsys: pytest.CaptureFixture[str]
) -> None:
    program.append(DataError("chain", "Line {n} does not follow.", n=4))
    assert cli.main([]) == 2
    assert capsys.readouterr().err == "zhilu verify: Line 4 does not follow. [chain]\n"


@pytest.mark.parametrize(("outcome", "code"), [(None, 0), (0, 0), (1, 1), (KeyboardInterrupt(), 130)])
def test_exit_codes(
    program: list[object], capsys: pytest.CaptureFixture[str], outcome: object, code: int
) -> None:
    program.append(outcome)
    assert cli.main([]) == code
    assert capsys.readouterr().err == ""


def test_a_bug_is_not_hidden(program: list[object]) -> None:
    program.append(ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        cli.main([])
