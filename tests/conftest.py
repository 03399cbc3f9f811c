"""Fixtures that every part may use. What a fixture needs and cannot find is a failure, never a skip."""

import gc
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import translation
from hypothesis import HealthCheck, settings

from support import day, ports
from support.chromium import ARGUMENTS, EXECUTABLE
from support.demonstration import Demonstration
from support.patience import PATIENCE_S
from support.postgres import PostgresServer
from zhilu.i18n import use_language

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).resolve().parent.parent
# What is compiled is kept, whatever the environment says: tests start some hundred programs, and each would
# compile the whole source again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
# Property tests ask the same each time, and take their time: what a run says rests neither on luck nor on the
# machine. `make soak` asks anew.
settings.register_profile(
    "same", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
settings.register_profile("new", settings.get_profile("same"), derandomize=False)
settings.load_profile("same")
LONG = (
    *("test_demonstration.py", "server/test_browser.py", "test_print.py", "test_federation_wire.py"),
    *("test_matrix.py", "station/test_refusals.py", "test_entrances.py", "test_review_browser.py"),
    *("test_kiosk", "tests/acceptance/", "tests/browser/", "test_login_browser.py", "test_api_races.py"),
    *("test_backup.py", "test_audit", "test_answers_pages", "test_torn.py", "test_crash.py"),
    *("test_docking_day.py", "test_fingers.py", "test_two_keyholders", "test_tampering.py"),
    *("test_commands.py", "test_crowd.py", "test_federation.py", "test_front.py", "test_faults.py"),
)
"""Files that take long, the longest first: one of them at the end would keep all processes but one idle."""
# What a run in the background does not hear, a program that a test starts hears: a handler ends at its start.
HEARD = {
    signal.SIGINT: signal.default_int_handler,
    signal.SIGHUP: (lambda *_: None) if signal.getsignal(signal.SIGHUP) == signal.SIG_IGN else signal.SIG_DFL,
}
_own_server: list[PostgresServer] = []


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database",
        choices=("sqlite", "postgresql"),
        default="sqlite",
        help="what the tests marked db run on",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Settings read ZHILU_TEST_DATABASE_URL (absent: SQLite in memory or a temporary file)."""
    _start_anew()
    _hash_quickly()
    is_controller = config.getoption("numprocesses", None) and not hasattr(config, "workerinput")
    if config.getoption("database") == "postgresql" and not is_controller:
        server = PostgresServer()
        server.start()
        _own_server.append(server)
        os.environ["ZHILU_TEST_DATABASE_URL"] = server.url()
        _use(server.url())


def _hash_quickly() -> None:
    """What a password is worth is Django's matter; a run asks some thousand times, half a second each."""
    from django.conf import settings

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def _use(url: str) -> None:
    """pytest-django reads the settings before any conftest is loaded, so they know another database."""
    from django.conf import settings
    from django.db import connections

    from zhilu.server.ledger.lock import databases

    settings.DATABASES = databases(url, Path())
    connections.__dict__.pop("settings", None)
    connections._settings = None
    for alias in connections:
        del connections[alias]
    assert connections["default"].vendor == "postgresql"


TOGETHER = ("tests/acceptance/test_demonstration.py", "tests/demo/test_bureau_build.py")
"""What looks at the one demonstration."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """As `--dist loadfile`, but that one process gets all that looks at the one demonstration."""
    from xdist.scheduler import LoadFileScheduling

    class Scheduling(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file: str = super()._split_scope(nodeid)
            return TOGETHER[0] if file in TOGETHER else file

    return Scheduling(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        return next((at for at, part in enumerate(LONG) if part in item.nodeid), len(LONG))

    items.sort(key=place)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """For `-m db` no file is loaded that has no such test."""
    is_test = collection_path.name.startswith("test_") and collection_path.suffix == ".py"
    if config.option.markexpr == "db" and is_test and "mark.db" not in collection_path.read_text():
        return True
    return None


def pytest_collection() -> None:
    """What is loaded and collected stays to the end: no need to look through it for garbage all the time."""
    gc.disable()


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop() -> None:
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    gc.enable()


def pytest_unconfigure() -> None:
    while _own_server:
        _own_server.pop().stop()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    day.begin()


@pytest.fixture(autouse=True)
def as_started() -> Iterator[None]:
    """What a program that a test ran in this process, or a page that it asked for, leaves set, the next test
    does not find: each begins in Chinese, with the umask and the signals of a login.
    """
    _start_anew()
    yield
    _start_anew()


def _start_anew() -> None:
    os.umask(0o022)
    os.environ["ZHILU_LANG"] = "zh"
    use_language("zh")
    translation.deactivate()
    for number, handler in HEARD.items():
        signal.signal(number, handler)


@pytest.fixture
def free_tcp_port() -> int:
    """A TCP port on 127.0.0.1. Prefer port 0 where the program can report what it got."""
    return ports.free_tcp_port()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresServer]:
    """A running PostgreSQL server; `postgresql.new_database()` gives the URL of an empty database."""
    server = PostgresServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def chromium() -> Iterator["Browser"]:
    """A Playwright browser (sync). Not for a module that also has async tests: Playwright's loop runs in this
    thread.
    """
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE_S * 1000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=EXECUTABLE, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demonstration]:
    """It serves until somebody ends it."""
    made = Demonstration(tmp_path_factory.mktemp("demonstration"))
    yield made
    made.kill()


@pytest.fixture(scope="session")
def clips() -> Path:
    """Folder with bikes.mp4, bigbuckbunny.mp4, carphone_*.mp4: real camera clips."""
    subprocess.run([sys.executable, ROOT / "scripts/clips.py"], check=True)
    return ROOT / "build/clips"
