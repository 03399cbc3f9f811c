"""The page's modules without a person: in Node and in Chromium, with the software security key."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from support.sealed_video import RECORDING, VideoSealer
from support.tampering import alter_signature, cut_line, flip, line_with_foreign_signature
from support.viewing_room import RP_ID, VIEWER, Room
from zhilu.browser import runner
from zhilu.browser.runner import Job, Played, play
from zhilu.encoding import sha256
from zhilu.errors import DataError, WorldError
from zhilu.protocols import viewing as messages
from zhilu.sealed.keys import load_jwk
from zhilu.sealed.lines import JOURNAL, parse_line
from zhilu.softkey.ceremonies import Holder

ENGINES = ["node", pytest.param("chromium", marks=pytest.mark.browser)]


@pytest.fixture(scope="module")
def holder(room: Room) -> Holder:
    holder = Holder.new(VIEWER, RP_ID, room.api)
    raw = holder.registration(["viewer"])
    room.registered[holder.credential] = messages.parse_registration(raw)
    return holder


@pytest.fixture
def job(room: Room, holder: Holder, tmp_path: Path) -> Job:
    """An approved viewing of the whole recording."""
    return new_job(room, holder, tmp_path, 1, len(room.video.media) - 1)


def new_job(room: Room, holder: Holder, folder: Path, first: int, last: int, state: str = "approved") -> Job:
    viewing = str(RECORDING).replace("019ab4ad", uuid4().hex[:8])
    span = messages.Span(str(RECORDING), first, last)
    body = holder.request(viewing, "julu", [span], "复核", datetime.now(UTC))
    room.viewings[viewing] = {
        "viewing": viewing,
        "request": body["request"],
        "viewer": VIEWER,
        "state": state,
    }
    return Job(room.api, viewing, str(RECORDING), folder / "played.mp4")


def run(job: Job, holder: Holder, engine: str) -> Played:
    # Playwright's sync API of other modules may own this thread's loop: a loop in a thread of its own.
    async def whole() -> Played:
        return await play(job, holder.key, engine)

    return asyncio.run(whole())


@pytest.mark.parametrize("engine", ENGINES)
def test_writes_the_exact_concatenation_of_the_plaintext(
    engine: str, room: Room, holder: Holder, job: Job
) -> None:
    played = run(job, holder, engine)
    assert job.out.read_bytes() == b"".join(room.video.plain)
    assert played.engine.startswith(engine)
    assert (played.segments, played.bytes) == (len(room.video.plain), job.out.stat().st_size)
    assert {check["state"] for check in played.report["checks"]} == {"passed"}
    assert played.report["defect"] is None


def test_gives_the_released_span_only(room: Room, holder: Holder, tmp_path: Path) -> None:
    run(new_job(room, holder, tmp_path, 3, 5), holder, "node")
    plain = room.video.plain
    assert (tmp_path / "played.mp4").read_bytes() == b"".join([plain[0], *plain[3:6]])
    assert room.served == ["journal", "segment 0", "segment 3", "segment 4", "segment 5"]


def swap_segments(room: Room) -> None:
    room.media[2], room.media[3] = room.media[3], room.media[2]


def forge_line(room: Room) -> None:
    """The line after it names another hash then."""
    lines = room.video.lines
    lines[3] = alter_signature(lines[3])
    room.journal = b"".join(lines)


TAMPERED: dict[str, tuple[Callable[[Room], Any], str, str]] = {
    "a flipped bit in a segment": (
        lambda room: room.media.__setitem__(4, flip(room.media[4])),
        "segment-hash",
        "segment 4",
    ),
    "segments swapped": (swap_segments, "media-short|media-long|segment-hash", "segment 2"),
    "a segment cut short": (
        lambda room: room.media.__setitem__(1, room.media[1][:-1]),
        "media-short",
        "segment 1",
    ),
    "a segment made longer": (
        lambda room: room.media.__setitem__(0, room.media[0] + b"x"),
        "media-long",
        "segment 0",
    ),
    "a line cut out": (lambda room: setattr(room, "journal", cut_line(room.video)), "chain", "line 3"),
    "the end of the journal cut off": (
        lambda room: setattr(room, "journal", room.video.lines[0] + alter_signature(room.video.lines[-1])),
        "signature",
        "line 1",
    ),
    "a forged line": (forge_line, "chain", "line 3"),
    "another share": (lambda room: setattr(room, "share", sha256(b"another")), "share-hash", "share 1"),
    "an empty journal": (lambda room: setattr(room, "journal", b""), "no-lines", "line 0"),
}


# The modules are the same, and the other engine is started anew each time.
IN_CHROMIUM = ("a flipped bit in a segment",)


@pytest.mark.parametrize(
    ("engine", "what"),
    [
        *(("node", what) for what in TAMPERED),
        *(pytest.param("chromium", what, marks=pytest.mark.browser) for what in IN_CHROMIUM),
    ],
)
def test_stops_at_the_defect_and_leaves_no_file(
    engine: str, what: str, room: Room, holder: Holder, job: Job
) -> None:
    tamper, codes, place = TAMPERED[what]
    tamper(room)
    with pytest.raises(DataError) as caught:
        run(job, holder, engine)
    assert caught.value.code in codes.split("|")
    assert caught.value.fields["place"] == place
    assert list(job.out.parent.iterdir()) == []


def test_without_approval_nothing(room: Room, holder: Holder, tmp_path: Path) -> None:
    job = new_job(room, holder, tmp_path, 1, 2, state="waiting")
    with pytest.raises(WorldError, match="not-approved"):
        run(job, holder, "node")
    assert room.served == [] and list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("engine", ENGINES)
def test_another_key_opens_nothing(engine: str, room: Room, holder: Holder, job: Job) -> None:
    """The credential is the viewer's, its PRF is not: as if only the signing half had been stolen."""
    credential = replace(holder.key.credentials[0], prf_secret=bytes(32))
    thief = replace(holder, key=replace(holder.key, credentials=[credential]))
    thief.key.sign_count = holder.key.sign_count + 100
    with pytest.raises(DataError, match="release-open"):
        run(job, thief, engine)
    holder.key.sign_count = thief.key.sign_count


def test_the_sample_is_what_the_core_reads(room: Room) -> None:
    """The pages' reader is tested on lines that the core accepts too."""
    signer = room.video.signer
    key = load_jwk(signer.jwk)
    kinds = [parse_line(line, JOURNAL, key, signer.kid)["type"] for line in room.video.lines]
    assert kinds == ["open", *["segment"] * len(room.video.media), "close"]


def in_line(kind: str, **changed: Any) -> Callable[[str, dict[str, Any]], dict[str, Any]]:
    return lambda line, fields: fields | (changed if line == kind else {})


# Signed by the recorder itself, and wrong all the same.
LIES: dict[str, tuple[Callable[..., Any], str, str]] = {
    "another key committed to": (in_line("open", key_commitment="0" * 64), "commitment", ""),
    "another recording": (in_line("open", id=str(RECORDING).replace("1", "2")), "id", "line 0"),
    "a suite that is not allowed": (in_line("open", suite="zhilu-gm"), "suite", "line 0"),
    "another share committed to": (
        lambda line, fields: (
            fields | ({"shares": [fields["shares"][0] | {"hash": "0" * 64}]} if line == "open" else {})
        ),
        "share-hash",
        "share 1",
    ),
    "two shares, of which one is released": (
        lambda line, fields: fields | ({"shares": fields["shares"] * 2} if line == "open" else {}),
        "shares-missing",
        "",
    ),
    "a close that counts wrongly": (in_line("close", segments=7), "close-counts", "line 32"),
    "times that go back": (in_line("segment", pts_us=0), "pts", "line 3"),
}


@pytest.mark.parametrize("what", LIES)
def test_a_recorder_that_lies_is_found_out(
    what: str, room: Room, holder: Holder, job: Job, video: Path
) -> None:
    rewrite, code, place = LIES[what]
    lie = VideoSealer(video, room.video.signer, rewrite).seal()
    room.journal, room.media, room.share = lie.journal, lie.media, lie.share
    with pytest.raises(DataError) as caught:
        run(job, holder, "node")
    assert (caught.value.code, caught.value.fields["place"]) == (code, place)
    assert room.served == ["journal"]


def test_a_recording_that_ended_without_close_plays_and_says_so(
    room: Room, holder: Holder, job: Job, video: Path
) -> None:
    cut = VideoSealer(video, room.video.signer, closed=False).seal()
    room.journal, room.media, room.share = cut.journal + b"torn", cut.media, cut.share
    played = run(job, holder, "node")
    assert played.report["findings"] == ["torn-tail", "unclosed"]
    assert job.out.read_bytes() == b"".join(cut.plain)


def test_a_signature_by_another_key_in_the_middle_leaves_no_file(
    room: Room, holder: Holder, job: Job, video: Path
) -> None:
    """The chain over it is right: only the check of all signatures shows it, when all was written already."""
    forged = VideoSealer(video, line_with_foreign_signature(room.video.signer, 6)).seal()
    room.journal, room.media, room.share = forged.journal, forged.media, forged.share
    with pytest.raises(DataError) as caught:
        run(job, holder, "node")
    assert (caught.value.code, caught.value.fields["place"]) == ("signature", "line 6")
    assert list(job.out.parent.iterdir()) == []


def test_no_process_is_left_behind_by_one_who_is_told_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "CLOSE_WAIT_S", 0.1)

    async def stopped() -> int | None:
        sleeper = "import time; time.sleep(600)"
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", sleeper)

        async def work() -> None:
            try:
                await asyncio.sleep(600)
            finally:
                await runner._end(process)

        working = asyncio.create_task(work())
        await asyncio.sleep(0)
        working.cancel()
        await asyncio.wait([working])
        return process.returncode

    assert asyncio.run(stopped()) == -9
