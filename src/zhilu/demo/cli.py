"""`zhilu demo`: the whole chain on this machine."""

import argparse
import signal
import sys
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from zhilu import i18n
from zhilu.errors import ZhiluError
from zhilu.i18n import _

if TYPE_CHECKING:
    from zhilu.demo.place import Place
    from zhilu.demo.processes import Programs
    from zhilu.demo.story import Story, Wishes

TCP_BASE = 8600
DAYS = 183
LOG_LINES = 15
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    text = _("the whole chain on this machine, from the camera to the viewer's browser")
    parser = subparsers.add_parser("demo", help=text, description=text)
    parser.add_argument(
        "--once",
        action="store_true",
        help=_("one recording from nothing, without the county's half a year; end when it is proved"),
    )
    parser.add_argument(
        "--data-only",
        type=Path,
        metavar=_("FOLDER"),
        help=_("build the county's half a year into a new folder, with the homes of all programs, and end"),
    )
    parser.add_argument(
        "--days", type=int, default=DAYS, help=_("days that the county has been at work (default: 183)")
    )
    parser.add_argument(
        "--source",
        default="test",
        metavar=_("FILE|test"),
        help=_("what to record (default: a generated scene)"),
    )
    parser.add_argument(
        "--seconds", type=int, default=10, help=_("length of the generated scene (default: 10)")
    )
    parser.add_argument("--realtime", action="store_true", help=_("record at the pace of the clock"))
    parser.add_argument(
        "--keep", type=Path, metavar=_("FOLDER"), help=_("new folder for evidence, picture and logs")
    )
    parser.add_argument("--tcp-base", type=int, default=TCP_BASE, help=_("first TCP port (default: 8600)"))
    parser.add_argument(
        "--player",
        choices=("auto", "chromium", "node"),
        default="auto",
        help=_("where the page's modules run"),
    )
    parser.add_argument(
        "--memory", action="store_true", help=_("print each program's largest memory at the end")
    )
    parser.set_defaults(func=run)


def run(arguments: argparse.Namespace) -> int:
    from zhilu.demo import place as places

    if arguments.data_only:
        return _build(arguments.data_only, arguments.tcp_base, arguments.days)
    probe = places.Place(Path(), Path(), arguments.tcp_base)
    places.check_before_anything_is_made(arguments.source, arguments.seconds, arguments.keep, probe.tcp_ports)
    # An orderly end whatever asks for it: also a closed terminal, and SIGINT to a demo in the background,
    # which shells start with that signal ignored.
    for number in ENDINGS:
        signal.signal(number, _interrupt)
    place = places.prepare(arguments.keep, arguments.tcp_base)
    try:
        return _run_in(place, arguments)
    finally:
        places.clear(place)
        print(f"\n{_ended(place)}", flush=True)


def _ended(place: "Place") -> str:
    if place.kept.is_relative_to(place.work):
        return _("All programs are stopped; everything that the demo wrote is deleted.")
    return _("All programs are stopped; {folder} is kept, the rest is deleted.").format(folder=place.kept)


def _build(folder: Path, tcp_base: int, length: int) -> int:
    """In this process, which is for nothing else: Django is set up for one home."""
    from zhilu.demo.bureau import county_days

    county_days.build_into(folder, tcp_base, length)
    print(_("Written: {path}").format(path=folder))
    return 0


def _run_in(place: "Place", arguments: argparse.Namespace) -> int:
    from zhilu.demo.processes import Programs
    from zhilu.demo.story import Wishes

    wishes = Wishes(arguments.source, arguments.seconds, arguments.realtime, arguments.player)
    print(_("Zhilu: one recording, from the camera to the viewer's browser"), flush=True)
    with Programs(place.logs) as programs:
        return _tell(place, programs, wishes, arguments)


def _tell(place: "Place", programs: "Programs", wishes: "Wishes", arguments: argparse.Namespace) -> int:
    from zhilu.demo import place as places
    from zhilu.demo import serving
    from zhilu.demo.bureau import county_days
    from zhilu.demo.people import Cast
    from zhilu.demo.story import Story, tell_all, tell_in_county

    try:
        cast = Cast(place) if arguments.once else county_days.moved_into(place, arguments.days)
        places.check_tcp_ports(place)  # another demo may have taken them meanwhile
    except ZhiluError as error:
        print(f"\nzhilu demo: {i18n.error_line(error)}", file=sys.stderr)
        return 1
    story = Story(place, cast, programs, wishes)
    try:
        (tell_all if arguments.once else tell_in_county)(story)
    except ZhiluError as error:
        return _failed(story, error)
    print(serving.proved(story))
    if arguments.memory:
        print(serving.memory_lines(), flush=True)
    if arguments.once:
        return 0
    print(serving.addresses(story), flush=True)
    with suppress(KeyboardInterrupt):  # the ordinary end
        serving.serve(story)
    return 0


def _failed(story: "Story", error: ZhiluError) -> int:
    """Which step, why, and what the newest log said last."""
    print(f"\nzhilu demo: {story.step}: {i18n.error_line(error)}", file=sys.stderr)
    logs = sorted(story.place.logs.glob("*.log"), key=lambda path: path.stat().st_mtime)
    for path in logs[-3:]:
        print(f"--- {path.name}", file=sys.stderr)
        print("\n".join(path.read_text(errors="replace").splitlines()[-LOG_LINES:]), file=sys.stderr)
    return 1


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    # Once is enough: a second one must not cut the clearing up short, which ends within seconds.
    for number in ENDINGS:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt
