"""From a plan to a folder: homes of all programs, then the plan is lived through (`life.py`).

founding -> recorders adopt -> steps of the plan, in order -> what the live demo needs: accounts, lists
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from django.contrib.auth.hashers import make_password

from zhilu.demo.bureau import days, homes, people, scenes
from zhilu.demo.bureau.hands import Hands, server_time
from zhilu.demo.bureau.homes import Founding
from zhilu.demo.bureau.plan import Plan
from zhilu.demo.place import Place
from zhilu.server.commands import boot


def build(plan: Plan, folder: Path, tcp_base: int) -> Place:
    """Everything into `folder`, which is new or empty."""
    county = plan.county
    place = Place(folder, folder / "kept", tcp_base, county.code, county.name_zh, county.name_en)
    place.logs.mkdir(parents=True)
    with ProcessPoolExecutor(1) as pool, ThreadPoolExecutor(1) as thread:
        clips = {name: pool.submit(scenes.encode, name) for name in scenes.SCENES}
        founded_at = days.at(plan.founded, 8).astimezone(UTC)
        cast = people.make(county, place, int(founded_at.timestamp() * 1000))
        founded = Founding(place, county, cast, founded_at)
        homes.make(founded)
        hands = Hands(founded_at, county.seed)
        with server_in(place), server_time(hands):
            # Its models can be imported only now.
            from zhilu.demo.bureau.life import Life

            # Its long sums let go of the interpreter.
            digests = {one.login: thread.submit(make_password, one.password) for one in cast.with_logins}
            life = Life(plan, founded, hands, clips, digests)
            life.begin()
            for step in plan.steps:
                life.take(step)
            life.end()
        homes.renew_revocations(founded, datetime.now(UTC))
    people.save(cast, folder)
    return place


@contextmanager
def server_in(place: Place) -> Iterator[None]:
    """Django over the home's database, on this thread, also inside a running loop: the keyholder's loop and
    the server take turns here, never at the same time."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    boot.start(place.home("server"))
    try:
        yield
    finally:
        boot.close()
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
