"""`zhilu demo`: the whole chain on this machine."""

import argparse
import signal
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from zhilu import i18n
from zhilu.errors import ZhiluError
from zhilu.i18n import _

if TYPE_CHECKING:
    from zhilu.demo.bureau.ground import Ground
    from zhilu.demo.place import Place
    from zhilu.demo.processes import Programs
    from zhilu.demo.story import Story, Wishes
    from zhilu.demo.together import Stories

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
        help=_("one recording from nothing in one county; end when it is proved"),
    )
    parser.add_argument(
        "--data-only",
        type=Path,
        metavar=_("FOLDER"),
        help=_("build half a year of the city and its counties into a new folder, and end"),
    )
    parser.add_argument(
        "--days", type=int, default=DAYS, help=_("days that the counties have been at work (default: 183)")
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
    scenes = parser.add_subparsers(metavar="", title=_("scenes on a demo that is served"))
    text = _("edit a county's database past its ledger, see what the city finds, put it back")
    tamper = scenes.add_parser("tamper", help=text, description=text)
    tamper.add_argument("folder", type=Path, metavar=_("FOLDER"), help=_("as the demo printed it"))
    tamper.set_defaults(func=_tamper)


def run(arguments: argparse.Namespace) -> int:
    from zhilu.demo import place as places
    from zhilu.demo.bureau.ground import Ground

    if arguments.data_only:
        return _build(arguments.data_only, arguments.tcp_base, arguments.days)
    probe: Place | Ground = (places.Place if arguments.once else Ground)(Path(), Path(), arguments.tcp_base)
    places.check_before_anything_is_made(arguments.source, arguments.seconds, arguments.keep, probe.tcp_ports)
    # An orderly end whatever asks for it: also a closed terminal, and SIGINT to a demo in the background,
    # which shells start with that signal ignored.
    for number in ENDINGS:
        signal.signal(number, _interrupt)
    work, kept = places.prepare(arguments.keep)
    try:
        return _run_in(replace(probe, work=work, kept=kept), arguments)
    finally:
        places.clear(work)
        print(f"\n{_ended(work, kept)}", flush=True)


def _tamper(arguments: argparse.Namespace) -> int:
    from zhilu.demo import tampering

    tampering.by_hand(arguments.folder)
    return 0


def _ended(work: Path, kept: Path) -> str:
    if kept.is_relative_to(work):
        return _(
            "All programs are stopped; what they wrote is deleted. What was built stays for the next time."
        )
    return _("All programs are stopped; {folder} is kept, the rest is deleted.").format(folder=kept)


def _build(folder: Path, tcp_base: int, length: int) -> int:
    from zhilu.demo.bureau import half_year

    half_year.build_into(folder, tcp_base, length)
    print(_("Written: {path}").format(path=folder))
    return 0


def _run_in(where: "Place | Ground", arguments: argparse.Namespace) -> int:
    from zhilu.demo.processes import Programs
    from zhilu.demo.story import Wishes

    wishes = Wishes(arguments.source, arguments.seconds, arguments.realtime, arguments.player)
    print(_("Zhilu: one recording, from the camera to the viewer's browser"), flush=True)
    with Programs(where.kept / "logs") as programs:
        try:
            stories = _stories(where, programs, wishes, arguments.days)
        except ZhiluError as error:
            print(f"\nzhilu demo: {i18n.error_line(error)}", file=sys.stderr)
            return 1
        return _tell(stories, arguments)


def _stories(where: "Place | Ground", programs: "Programs", wishes: "Wishes", length: int) -> "Stories":
    """With everything there that is told of, and TCP ports that another demo may have taken meanwhile."""
    from zhilu.demo import place as places
    from zhilu.demo.bureau import half_year
    from zhilu.demo.people import Cast
    from zhilu.demo.story import Story
    from zhilu.demo.together import Stories

    if isinstance(where, places.Place):
        return Stories(Story(where, Cast(where), programs, wishes))
    casts = half_year.moved_into(where, length)
    places.check_tcp_ports(where.tcp_ports)
    found = [Story(cast.place, cast, programs, wishes) for cast in casts.values()]
    return Stories(found[0], tuple(found[1:-1]), found[-1])


def _tell(stories: "Stories", arguments: argparse.Namespace) -> int:
    from zhilu.demo import serving, together
    from zhilu.demo.story import tell_all

    story = stories.live
    try:
        if stories.city is None:
            tell_all(story)
        else:
            together.tell(stories, stories.city)
    except ZhiluError as error:
        return _failed(story, error)
    print(serving.proved(story))
    if arguments.memory:
        print(serving.memory_lines(), flush=True)
    if arguments.once:
        return 0
    print(serving.addresses(stories), flush=True)
    with suppress(KeyboardInterrupt):  # the ordinary end
        serving.serve(stories)
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
