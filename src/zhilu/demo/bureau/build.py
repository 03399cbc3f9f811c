"""From plans to a folder: each bureau in a process of its own, all at once; what is filmed is encoded once.

    homes -> founding -> each side joins the other -> counties: steps of the plan, in order -> accounts

Whole when all have ended well; the first that fails ends the others.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from multiprocessing.process import BaseProcess
from pathlib import Path

from zhilu import i18n
from zhilu.demo.bureau import days, homes, people, plan, two_keyholders
from zhilu.demo.bureau.ground import BUREAUS, CITY, Ground
from zhilu.demo.bureau.hands import Hands, server_time
from zhilu.demo.bureau.homes import Founding
from zhilu.demo.bureau.meeting import Meeting
from zhilu.demo.bureau.plan import Plan
from zhilu.demo.place import Place
from zhilu.demo.processes import PR_SET_PDEATHSIG
from zhilu.errors import WorldError, ZhiluError
from zhilu.server.commands import boot

LOOK_S = 0.05
MEETING = "meeting"


def build(folder: Path, tcp_base: int, today: date, length: int) -> None:
    """All bureaus into `folder`, which is new or empty."""
    ground = Ground(folder, folder / "kept", tcp_base)
    meeting = Meeting(folder / MEETING, ground)
    meeting.folder.mkdir()
    plans = [plan.make(one, today, length) for one in BUREAUS]
    works = [_process(plan.county.code, _build_one, plan, meeting) for plan in plans]
    works.append(_process("clips", meeting.encode_clips))
    _await(works)
    shutil.rmtree(meeting.folder)


def _process(name: str, work: Callable[..., None], *arguments: object) -> BaseProcess:
    """Forked, so that what is imported is imported once."""
    context = multiprocessing.get_context("fork")
    process = context.Process(target=_work, args=(work, *arguments), name=name, daemon=False)
    process.start()
    return process


def _work(work: Callable[..., None], *arguments: object) -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    try:
        work(*arguments)
    except ZhiluError as error:
        print(i18n.error_line(error), file=sys.stderr)
        raise SystemExit(1) from None


def _await(works: Sequence[BaseProcess]) -> None:
    try:
        while any(one.is_alive() for one in works):
            if failed := [one.name for one in works if one.exitcode]:
                raise WorldError("demo-build", "{bureau} could not be built.", bureau=failed[0])
            time.sleep(LOOK_S)
    finally:
        for one in works:
            one.terminate()
            one.join()


def _build_one(made: Plan, meeting: Meeting) -> None:
    bureau = made.county
    place = meeting.ground.place(bureau)
    place.logs.mkdir(parents=True)
    place.work.mkdir(exist_ok=True)
    founded_at = days.at(made.founded, 8).astimezone(UTC)
    cast = people.make(bureau, place, int(founded_at.timestamp() * 1000))
    founded = Founding(place, bureau, cast, founded_at)
    homes.make(founded)
    two_keyholders.introduce(place, meeting)
    hands = Hands(founded_at, bureau.seed)
    with server_in(place), server_time(hands):
        (_live_city if bureau is CITY else _live)(made, founded, hands, meeting)
    homes.renew_revocations(founded, datetime.now(UTC))
    people.save(cast, place.work)


def _live_city(made: Plan, founded: Founding, hands: Hands, meeting: Meeting) -> None:
    # Its models can be imported only now.
    from zhilu.demo.bureau.notices import notify
    from zhilu.demo.bureau.seat import Seat

    seat = Seat(founded, hands)
    seat.found()
    seat.join(meeting)
    notify(seat, made)
    seat.end()
    two_keyholders.hold_shares(founded.place, meeting)


def _live(made: Plan, founded: Founding, hands: Hands, meeting: Meeting) -> None:
    from zhilu.demo.bureau.life import Life

    life = Life(made, founded, hands, meeting.clips())
    life.begin(meeting)
    for step in made.steps:
        life.take(step)
    two_keyholders.share(founded.place, meeting)
    life.end()
    two_keyholders.name_city(founded.place, meeting)


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
