"""From plans to a folder: each bureau in a process of its own, all at once; what is filmed is encoded once.

    homes -> founding -> each side joins the other -> counties: steps of the plan, in order -> accounts

Whole when all have ended well; the first that fails ends the others. Each prints a line when a month begins
for it, one before the first month, and one when it is whole.
"""

from __future__ import annotations

import ctypes
import logging
import multiprocessing
import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import partial
from multiprocessing.process import BaseProcess
from pathlib import Path

from zhilu import i18n

# `devices`, `room` and `station` for nothing but to be there before the fork, with all that they import.
from zhilu.demo.bureau import days, devices, homes, people, plan, room, station, two_keyholders  # noqa: F401
from zhilu.demo.bureau.ground import BUREAUS, CITY, Ground
from zhilu.demo.bureau.hands import Hands, server_time
from zhilu.demo.bureau.homes import Founding
from zhilu.demo.bureau.meeting import Meeting
from zhilu.demo.bureau.plan import Plan
from zhilu.demo.bureau.steps import Step
from zhilu.demo.place import Place
from zhilu.demo.processes import PR_SET_PDEATHSIG
from zhilu.errors import WorldError, ZhiluError
from zhilu.i18n import _
from zhilu.server.commands import boot

LOOK_S = 0.05
MEETING = "meeting"


def build(folder: Path, tcp_base: int, today: date, length: int) -> None:
    """All bureaus into `folder`, which is new or empty."""
    ground = Ground(folder, folder / "kept", tcp_base)
    meeting = Meeting(folder / MEETING, ground)
    meeting.folder.mkdir()
    _say(_("What is filmed in it is encoded"))
    plans = [plan.make(one, today, length) for one in BUREAUS]
    works: dict[str, Callable[[], None]] = {
        one.county.code: partial(_build_one, one, meeting) for one in plans
    }
    side_by_side(works | {"clips": meeting.encode_clips}, meeting.folder)
    shutil.rmtree(meeting.folder)


def side_by_side(works: Mapping[str, Callable[[], None]], notes: Path) -> None:
    """Each in a process of its own, forked, so that what is imported is imported once. The first that fails
    ends the others, and its word is the error."""
    context = multiprocessing.get_context("fork")
    running: list[BaseProcess] = [
        context.Process(target=_work, args=(work, notes / name), name=name) for name, work in works.items()
    ]
    try:
        for one in running:
            one.start()
        _await(running, notes)
    finally:
        for one in running:
            if one.pid is not None:
                one.terminate()
                one.join()


def _work(work: Callable[[], None], note: Path) -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    for number in (signal.SIGTERM, signal.SIGINT):  # the parent's own handling is not ours
        signal.signal(number, signal.SIG_DFL)
    try:
        work()
    except Exception as error:
        note.write_text(i18n.error_line(error) if isinstance(error, ZhiluError) else repr(error))
        raise


def _await(running: Sequence[BaseProcess], notes: Path) -> None:
    while True:
        alive = [one.name for one in running if one.is_alive()]
        if failed := [one.name for one in running if one.exitcode]:
            note = notes / failed[0]
            said = note.read_text() if note.exists() else "killed"
            raise WorldError("demo-build", "{bureau} could not be built: {said}", bureau=note.name, said=said)
        if not alive:
            return
        time.sleep(LOOK_S)


def _build_one(made: Plan, meeting: Meeting) -> None:
    bureau = made.county
    place = meeting.ground.place(bureau)
    place.logs.mkdir(parents=True)
    place.work.mkdir(exist_ok=True)
    founded_at = days.at(made.founded, 8).astimezone(UTC)
    cast = people.make(bureau, place, int(founded_at.timestamp() * 1000))
    founded = Founding(place, bureau, cast, founded_at)
    _say(_("{bureau}: keys, certificates, people"), bureau=place.title)
    homes.make(founded)
    two_keyholders.introduce(place, meeting)
    hands = Hands(founded_at, bureau.seed)
    with server_in(place), server_time(hands):
        (_live_city if bureau is CITY else _live)(made, founded, hands, meeting)
    homes.renew_revocations(founded, datetime.now(UTC))
    people.save(cast, place.work)
    _say(_("{bureau}: whole"), bureau=place.title)


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
    for step in _told(made, founded.place):
        life.take(step)
    two_keyholders.share(founded.place, meeting)
    life.end()
    two_keyholders.name_city(founded.place, meeting)


def _told(made: Plan, place: Place) -> Iterator[Step]:
    """Its steps, and on the terminal the month as each begins."""
    month = ""
    for number, step in enumerate(made.steps):
        if month != (month := f"{step.at:%Y-%m}"):
            percent = 100 * number // len(made.steps)
            _say(_("{bureau}: {month}, {percent} % built"), bureau=place.title, month=month, percent=percent)
        yield step


def _say(text: str, **fields: object) -> None:
    print(f"    {text.format(**fields)}", flush=True)


@contextmanager
def server_in(place: Place) -> Iterator[None]:
    """Django over the home's database, on this thread, also inside a running loop: the keyholder's loop and
    the server take turns here, never at the same time."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    boot.start(place.home("server"))
    logging.disable(logging.INFO)  # of what goes well, the terminal has its months
    try:
        yield
    finally:
        boot.close()
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
