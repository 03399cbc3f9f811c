"""The demonstration county as a demo uses it: built where it is not there yet, copied, its people loaded."""

from __future__ import annotations

import json
import time
from datetime import date, datetime
from pathlib import Path

from zhilu.demo.bureau import cache, days, people
from zhilu.demo.bureau.julu import JULU
from zhilu.demo.bureau.people import CountyCast
from zhilu.demo.place import Place
from zhilu.demo.processes import run
from zhilu.durable import replace
from zhilu.errors import CallerError
from zhilu.i18n import _, language

COUNTY = JULU
"""Of which `zhilu demo` tells."""


def today() -> date:
    return datetime.now(days.BEIJING).date()


def build_into(folder: Path, tcp_base: int, length: int) -> None:
    """`length` days, up to yesterday, into a new folder."""
    from zhilu.demo.bureau import plan
    from zhilu.demo.bureau.build import build

    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CallerError("keep", "{folder} is there already and is not an empty folder.", folder=folder)
    folder.mkdir(parents=True, exist_ok=True)
    made = plan.make(COUNTY, today(), length)
    build(made, folder.absolute(), tcp_base)
    replace(folder / cache.BUILT, json.dumps({"today": made.today.isoformat()}).encode())


def moved_into(place: Place, length: int) -> CountyCast:
    """The county in a demo's own folder."""
    home = cache.folder() / cache.key(COUNTY, place.tcp_base, length)
    if not cache.found(home, today()):
        with cache.only_builder(home, _tell_waiting):
            # Whoever built meanwhile may have built this one.
            if why := cache.lacking(home, today()):
                _build_once(home, place, length, why)
    cache.copy_to(home, place)
    return people.load(COUNTY, place, place.work)


def _tell_waiting() -> None:
    print(f"  {_('Another demo builds the county just now: waiting for it')} …", flush=True)


def _build_once(home: Path, place: Place, length: int, why: str) -> None:
    begun = time.monotonic()
    name = COUNTY.name_en if language() == "en" else COUNTY.name_zh
    told = _("{county}: {why}. Half a year is built, once, in about a minute")
    print(f"  {told.format(county=name, why=_(why))} …", end="", flush=True)
    with cache.building(home) as draft:
        run(
            *("demo", "--data-only", draft, "--tcp-base", str(place.tcp_base), "--days", str(length)),
            log=place.logs / "county.log",
        )
    print(f" {_('done')} ({time.monotonic() - begun:.1f} s)", flush=True)
