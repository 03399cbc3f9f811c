"""Built once, then copied: the folder of the demonstration's bureaus, kept outside what is tracked.

    build/demo/<key>/      whole or not there; `<key>` is a digest of what the data follow from

A changed generator, format or rule, and other TCP ports, give another key; what is older than a week is built
anew, so that living bureaus do not end a month ago. The three newest are kept. One builds at a time, and
whoever waited looks again. What a killed build left goes with the next.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import zhilu
from zhilu import locks
from zhilu.demo.bureau.county import County
from zhilu.demo.bureau.ground import BUREAUS, CITY, COUNTIES, Ground
from zhilu.errors import WorldError
from zhilu.i18n import N_

BUILT = "built.json"
CACHE = "ZHILU_DEMO_CACHE"
"""A folder in the environment, instead of the usual one."""
KEPT = 3
FRESH = timedelta(days=7)
LEFT_OUT = ("browser", "locale", "verify", "server/pages", "server/tabular", "server/locale")
"""Of the program's folders those that show data and make none."""
SHM = Path("/dev/shm")  # noqa: S108 - a folder of a random name is made in it
ROOM = 1 << 30
OF_EACH = ("people.json", "server/db.sqlite3", "keyholder/state.db")
OF_COUNTY = ("ids.json", "station", "recorder")
WHOLE = (
    BUILT,
    *(f"{one.code}/{name}" for one in BUREAUS for name in OF_EACH),
    *(f"{one.code}/{name}" for one in COUNTIES for name in OF_COUNTY),
)
NONE, OLD, OTHER, BROKEN = (
    N_("no data yet"),
    N_("its data are more than a week old"),
    N_("its data are of another version"),
    N_("its data are not whole"),
)
"""Why it is built."""


def folder() -> Path:
    """In a checkout its `build`, else the user's cache."""
    if CACHE in os.environ:
        return Path(os.environ[CACHE])
    root = Path(zhilu.__file__).resolve().parents[2]
    if (root / "pyproject.toml").exists() and os.access(root, os.W_OK):
        return root / "build" / "demo"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "zhilu" / "demo"


def key(tcp_base: int, length: int, bureaus: Sequence[County] = BUREAUS) -> str:
    """Of all code that makes or judges data, the bureaus, their days, and the places where keys answer."""
    source = Path(zhilu.__file__).resolve().parent
    digest = hashlib.sha256(f"{zhilu.__version__} {bureaus!r} {tcp_base} {length}".encode())
    for path in sorted((*source.rglob("*.py"), *source.rglob("*.json"))):
        name = path.relative_to(source).as_posix()
        if not name.startswith(LEFT_OUT):
            digest.update(name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return f"{CITY.code}-{tcp_base}-{digest.hexdigest()[:16]}"


def found(home: Path, today: date) -> bool:
    """Whether it is whole, and of these days."""
    return not lacking(home, today)


def lacking(home: Path, today: date) -> str:
    """Why it is to be built; empty where nothing is lacking."""
    if not home.exists():
        return OTHER if any(home.parent.glob(f"{home.name.rpartition('-')[0]}-*/{BUILT}")) else NONE
    try:
        built = date.fromisoformat(json.loads((home / BUILT).read_bytes())["today"])
    except (OSError, ValueError, KeyError, TypeError):
        return BROKEN
    if not all((home / name).exists() for name in WHOLE):
        return BROKEN
    return "" if timedelta() <= today - built < FRESH else OLD


@contextmanager
def only_builder(home: Path, waits: Callable[[], None]) -> Iterator[None]:
    """Nobody else builds meanwhile. `waits` is called where somebody does now."""
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
        lock = (home.parent / ".lock").open("w")
    except OSError as error:
        raise _no_room(home.parent, error) from None
    with lock:
        if not locks.take(lock):
            waits()
            locks.wait(lock)
        yield


@contextmanager
def building(home: Path) -> Iterator[Path]:
    """A draft that takes its place at the end. In memory where there is room: a build waits for the disk some
    ten thousand times."""
    scratch, mine = _scratch(), f"zhilu-demo-build-{hashlib.sha256(bytes(home.parent)).hexdigest()[:12]}-"
    for left in (*(scratch or Path(tempfile.gettempdir())).glob(f"{mine}*"), *home.parent.glob(".*-*/")):
        shutil.rmtree(left, ignore_errors=True)
    try:
        with tempfile.TemporaryDirectory(prefix=mine, dir=scratch) as folder:
            draft = Path(folder) / "bureaus"
            draft.mkdir(mode=0o700)
            yield draft
            _take_its_place(draft, home)
    except OSError as error:
        raise _no_room(home.parent, error) from None


def _no_room(folder: Path, error: OSError) -> WorldError:
    listed = isinstance(error, shutil.Error)  # (from, to, why) of each file
    said = error.args[0][-1][-1] if listed else error.strerror or str(error)
    return WorldError(
        "demo-room",
        "The demonstration's data cannot be written in {folder}: {said}",
        folder=folder,
        said=said,
    )


def _scratch() -> Path | None:
    try:
        return SHM if os.access(SHM, os.W_OK) and shutil.disk_usage(SHM).free > ROOM else None
    except OSError:
        return None


def _take_its_place(draft: Path, home: Path) -> None:
    beside = home.with_name(f".{home.name}")
    try:
        shutil.copytree(draft, beside)
        shutil.rmtree(home, ignore_errors=True)
        beside.rename(home)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise
    built = sorted(home.parent.glob(f"*/{BUILT}"), key=lambda path: path.stat().st_mtime)
    for old in built[:-KEPT]:
        shutil.rmtree(old.parent)


def copy_to(home: Path, ground: Ground) -> None:
    """Into a demo's own folder, which it may change."""
    try:
        for path in home.iterdir():
            target = ground.kept if path.name == "kept" else ground.work / path.name
            if path.is_dir():
                shutil.copytree(path, target, dirs_exist_ok=True)
            else:
                shutil.copyfile(path, target)
    except OSError as error:
        raise _no_room(ground.work, error) from None
