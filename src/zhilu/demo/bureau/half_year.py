"""The demonstration's bureaus as a demo uses them: built where they are not there yet, copied, their people
loaded.
"""

from __future__ import annotations

import json
import time
from datetime import date, datetime
from pathlib import Path

from zhilu.demo.bureau import cache, days, people
from zhilu.demo.bureau.ground import BUREAUS, Ground
from zhilu.demo.bureau.people import CountyCast
from zhilu.demo.processes import run
from zhilu.durable import replace
from zhilu.errors import CallerError
from zhilu.i18n import _


def today() -> date:
    return datetime.now(days.BEIJING).date()


def build_into(folder: Path, tcp_base: int, length: int) -> None:
    """`length` days, up to yesterday, into a new folder."""
    from zhilu.demo.bureau.build import build

    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CallerError("keep", "{folder} is there already and is not an empty folder.", folder=folder)
    folder.mkdir(parents=True, exist_ok=True)
    day = today()
    build(folder.absolute(), tcp_base, day, length)
    replace(folder / cache.BUILT, json.dumps({"today": day.isoformat()}).encode())


def moved_into(ground: Ground, length: int) -> dict[str, CountyCast]:
    """The bureaus in a demo's own folder; their people by bureau."""
    home = cache.folder() / cache.key(ground.tcp_base, length)
    if not cache.found(home, today()):
        with cache.only_builder(home, _tell_waiting):
            # Whoever built meanwhile may have built this one.
            if why := cache.lacking(home, today()):
                _build_once(home, ground, length, why)
    cache.copy_to(home, ground)
    casts = {}
    for one in BUREAUS:
        place = ground.place(one)
        casts[one.code] = people.load(one, place, place.work)
    return casts


def _tell_waiting() -> None:
    print(f"  {_('Another demo builds the bureaus just now: waiting for it')} …", flush=True)


def _build_once(home: Path, ground: Ground, length: int, why: str) -> None:
    begun = time.monotonic()
    told = _(
        "A city and three counties: {why}. They are built, once: a minute on two free cores, else several"
    )
    print(f"  {told.format(why=_(why))} …", flush=True)
    with cache.building(home) as draft:
        run(
            *("demo", "--data-only", draft, "--tcp-base", str(ground.tcp_base), "--days", str(length)),
            log=ground.kept / "logs" / "building.log",
            hear=_pass_on,
        )
    print(f"  … {_('done')} ({time.monotonic() - begun:.1f} s)", flush=True)


def _pass_on(line: str) -> None:
    """What it says of its months; where its folder lies for now is nobody's matter."""
    if line.startswith(" "):
        print(line, flush=True)
