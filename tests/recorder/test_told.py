"""What a journal tells besides segments: minutes, holes, dark and silent stretches, marks; and free space."""

import contextlib
import shutil
import socket
import threading
import time
from dataclasses import replace
from uuid import UUID

import pytest

from support.dock_world import Recorded
from support.lines import payloads
from support.recorder_world import switch_on_and_off
from zhilu.cli import main
from zhilu.devices.media.facts import Fragment
from zhilu.devices.sources.base import Pace
from zhilu.devices.sources.scene import SceneSource
from zhilu.encoding import unb64u
from zhilu.errors import CallerError, WorldError
from zhilu.recorder.home import Home
from zhilu.recorder.mark_desk import MAX_REQUEST, NAME, _folder, ask, desk
from zhilu.recorder.marks import MAX_TEXT, Marks
from zhilu.recorder.quality import Stretch
from zhilu.recorder.recording import Recording, Scene
from zhilu.recorder.run import open_logbook
from zhilu.sealed.envelopes import open_text_key
from zhilu.sealed.keys import load_jwk
from zhilu.sealed.logbook import LogbookReader, read_logbook
from zhilu.sealed.segments import open_private

S = 1_000_000


@pytest.fixture
def recorded(world):
    return Recorded(world, recordings=0)


class Slow:
    """A clock that is set by hand."""

    def __init__(self, real):
        self._real, self.us = real, 0

    def now(self):
        return self._real.now()

    def mono_us(self):
        return self.us


@pytest.fixture
def recording(world, recorded):
    clock = Slow(recorded.clock)
    recorded.logbook.clock = clock
    scene = Scene(SceneSource().open(), "test", recorded.adopted.policy, recorded.adopted.duty)
    made = Recording.begin(world.home, recorded.logbook, scene, clock)
    made.clock = clock
    return made


def journal(world, kind=None):
    (folder,) = world.home.recordings.iterdir()
    return [line for line in payloads(folder / "journal.jws") if kind in (None, line["type"])]


def findings(world):
    lines = world.home.logbook.read_bytes().splitlines(keepends=True)
    return [one.code for one in read_logbook(lines, load_jwk(world.signer.jwk), world.signer.kid).findings]


def piece(from_s, to_s, **more):
    return Fragment(b"x" * 100, int(from_s * S), int((to_s - from_s) * S), **more)


def test_each_minute_has_a_number_of_the_counter(world, recording):
    for at_s in (30, 61, 119, 185):
        recording.clock.us = at_s * S
        recording.append(piece(at_s, at_s + 1))
    recording.clock.us = 245 * S
    recording.close("power-off")
    minutes = [line["counter"] for line in journal(world, "minute")]
    opened, closed = payloads(world.home.logbook)[-2:]
    assert minutes == [opened["counter"] + 1 + i for i in range(4)]
    assert (closed["minutes"], closed["counter"]) == (4, minutes[-1] + 1)
    assert [code for code in findings(world) if code != "boot-unexplained"] == []


def test_a_journal_whose_last_minutes_were_cut_away_steps_the_counter(world, recording):
    """Power cut, store taken out, last lines removed, store put back: `recovered` tells since when."""
    for at_s in (30, 61, 125):
        recording.clock.us = at_s * S
        recording.append(piece(at_s, at_s + 1))
    recording.abandon()
    path = world.home.recording(recording.id) / "journal.jws"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:3]))
    Recorded(world, recordings=0)
    assert "counter" in findings(world)
    (recovered,) = [line for line in payloads(world.home.logbook) if line["type"] == "recovered"]
    assert recovered["minutes"] == 0 and recovered["until"] == payloads(path)[-1]["at"]


def test_an_old_store_under_a_counter_that_went_on_is_found(world, recorded):
    before = world.home.logbook.read_bytes()
    Recorded(world, recordings=1)
    world.home.logbook.write_bytes(before)
    Recorded(world, recordings=0)
    assert "counter" in findings(world)


def test_a_hole_is_told_before_the_segment_after_it(world, recording):
    for times in ((0, 2), (2.9, 5), (7.5, 9)):
        recording.append(piece(*times))
    kinds = [line["type"] for line in journal(world)]
    assert kinds == ["open", "segment", "segment", "segment", "gap", "segment"]
    (gap,) = journal(world, "gap")
    assert (gap["from_us"], gap["to_us"]) == (5 * S, 7.5 * S)


CASES = [
    ("a minute", [(0, 59, True), (59, 61, True), (61, 63, False)], [(0, 61)]),
    ("less", [(0, 59, True), (59, 61, False)], []),
    ("at the end", [(0, 10, False), (10, 75, True)], [(10, 75)]),
    ("not judged", [(0, 40, True), (40, 50, None), (50, 90, True)], []),
    (
        "ten minutes",
        [(i * 60, i * 60 + 60, True) for i in range(11)] + [(660, 670, False)],
        [(0, 600), (600, 660)],
    ),
]


@pytest.mark.parametrize(("name", "fragments", "told"), CASES, ids=[case[0] for case in CASES])
def test_stretches_of_a_minute_and_more(name, fragments, told):
    stretch = Stretch("black")
    got = [stretch.take(is_so, a * S, b * S) for a, b, is_so in fragments] + [stretch.end()]
    assert [one for one in got if one] == [(a * S, b * S) for a, b in told]


def test_dark_and_silent_stretches_stand_in_the_journal(world, recording):
    for i in range(4):
        recording.append(piece(i * 20, i * 20 + 20, black=True, silent=i < 3))
    recording.close("power-off")
    got = [(line["reason"], line["from_us"], line["to_us"]) for line in journal(world, "quality")]
    assert got == [("silent", 0, 60 * S), ("black", 0, 80 * S)]


# -- marks


class Pressed:
    def __init__(self, *presses):
        self._presses = iter(presses)

    def presses(self):
        return next(self._presses, 0)


def film(recorded, seconds=3.0, stopped=lambda: False):
    source = SceneSource()
    recorded.recorder.session.record(source, source.open(), Pace(stopped, seconds=seconds), False)


def test_a_key_press_is_a_mark(world, recorded):
    recorded.recorder.session.marks.keys = Pressed(0, 2)
    film(recorded)
    assert [secret(world, line) for line in journal(world, "mark")] == [{"text": ""}] * 2


def secret(world, line):
    opened = journal(world)[0]
    recording = UUID(opened["id"])
    key = open_text_key(unb64u(opened["text"]["sealed"]), recording, world.text_key)
    return open_private(key, recording, line["n"], line["private"])


def test_a_mark_from_beside_is_answered_when_it_is_durable(world, recorded):
    """And the text stands nowhere in the clear."""
    marks = recorded.recorder.session.marks
    with desk(world.home, marks):
        begun, over = threading.Event(), threading.Event()
        look = marks.look

        def looking(pts_us):
            begun.set()
            look(pts_us)

        marks.look = looking
        filming = threading.Thread(target=film, args=(recorded, None, over.is_set))
        filming.start()
        assert begun.wait(60)
        assert (world.home.folder / NAME).stat().st_mode & 0o777 == 0o600
        words = ["--lang", "en", "recorder", "mark", "--home", str(world.home.folder)]
        assert main([*words, "--text", "拒绝检查"]) == 0
        over.set()
        filming.join()
    (line,) = journal(world, "mark")
    assert secret(world, line) == {"text": "拒绝检查"}
    assert not (world.home.folder / NAME).exists()


def test_nothing_is_marked_where_nothing_is_recorded(world, capsys):
    words = ["--lang", "en", "recorder", "mark", "--home", str(world.home.folder)]
    assert main(words) == 2 and "[not-running]" in capsys.readouterr().err
    with desk(world.home, Marks()):
        assert main(words) == 2 and "[not-recording]" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["x" * (MAX_TEXT + 1), "a\nb", "\x1b[2J"])
def test_a_text_that_is_none_is_refused(world, text):
    with pytest.raises(CallerError):
        ask(world.home, text)


@pytest.mark.parametrize(
    "asked", [b"\n", b"{}\n", b'{"text":1}\n', b'{"text":"a\\nb"}\n', b"x" * (MAX_REQUEST + 1), b"[]\n"]
)
def test_what_is_no_request_gets_an_error_and_stops_nothing(world, asked):
    with desk(world.home, Marks()):
        for _ in range(2):
            with socket.socket(socket.AF_UNIX) as link, _folder(world.home) as folder:
                link.settimeout(10)
                link.connect(str(folder / NAME))
                link.sendall(asked)
                assert b'"error"' in link.recv(4096)


def _ask(marks):
    with contextlib.suppress(WorldError):
        marks.ask("")


def test_too_many_marks_at_once_are_refused():
    marks = Marks()
    with marks.taken():
        for _ in range(32):
            threading.Thread(target=_ask, args=(marks,), daemon=True).start()
        while not marks._asked.full():
            time.sleep(0.01)
        with pytest.raises(WorldError) as refused:
            marks.ask("")
        assert refused.value.code == "busy"


# -- storage, assignment


def test_free_space_is_told_when_it_falls_below_a_level_and_not_again(world, recorded):
    free = iter([25, 19, 20, 19, 22, 19, 12, 9, 4, 3, 40])
    space = recorded.recorder.space
    now = [0]
    space._usage = lambda folder: (now[0], 100)
    told = []
    for value in free:
        now[0] = value
        told.append(space.watch())
    assert told == [None, 19, None, None, None, 19, None, 9, 4, None, None]
    lines = [line for line in payloads(world.home.logbook) if line["type"] == "storage"]
    assert [line["free"] for line in lines[1:]] == [19, 19, 9, 4]


def test_a_drill_is_one_only_by_the_ledgers_assignment(world, recorded):
    film(recorded, 1.0)
    (assigned,) = [line for line in payloads(world.home.logbook) if line["type"] == "assigned"]
    assert assigned["drill"] is False and journal(world)[0]["drill"] is False


def test_a_home_that_was_copied_makes_a_fork(world, tmp_path):
    """Two lines of one number by one key, each good where it stands: whoever has both sees it."""
    copy = Home(tmp_path / "copy")
    shutil.copytree(world.home.folder, copy.folder)
    before = open_logbook(world.home).reader.lines
    lines = []
    for home in (world.home, copy):
        switch_on_and_off(home)
        lines.append(home.logbook.read_bytes().splitlines(keepends=True))
    assert lines[0][:before] == lines[1][:before] and lines[0][before] != lines[1][before]
    reader = LogbookReader(load_jwk(world.signer.jwk), world.signer.kid)
    for line in (*lines[0], lines[1][before]):
        reader.feed(line)
    assert [one.code for one in reader.findings] == ["fork"]


def test_the_time_from_the_last_packet_to_durable_is_told(recorded):
    told = []
    recorded.recorder.session.on_durable = told.append
    begun = time.monotonic()
    film(recorded, 5.0)
    assert len(told) >= 2 and all(0 <= seconds < time.monotonic() - begun for seconds in told)


def test_a_fragment_says_nothing_it_was_not_asked():
    assert replace(piece(0, 1), black=None).silent is None
