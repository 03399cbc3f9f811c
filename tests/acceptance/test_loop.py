"""The closed loop over real processes, on real camera video: from the file to what the viewer's page
decrypted.
"""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from support.films import packets
from support.loop import Loop, run_loop, zhilu

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(420)]

LEFT_BEHIND = (
    "recording/journal.jws",
    "recording/media.sealed",
    "logbook.jws",
    "receipt.json",
    "trust.json",
    "escrow-key.pem",
    "played.mp4",
)


@pytest.fixture(scope="session")
def bikes(tmp_path_factory: pytest.TempPathFactory, clips: Path) -> Loop:
    """Many key frames, no sound; played in Chromium."""
    kept = tmp_path_factory.mktemp("bikes") / "kept"
    return run_loop(kept, "--source", clips / "bikes.mp4", "--player", "chromium")


@pytest.fixture(scope="session")
def bunny(tmp_path_factory: pytest.TempPathFactory, clips: Path) -> Loop:
    """One key frame, sound; played in Node."""
    kept = tmp_path_factory.mktemp("bunny") / "kept"
    return run_loop(kept, "--source", clips / "bigbuckbunny.mp4", "--player", "node")


@pytest.fixture(params=["bikes", "bunny"])
def loop(request: pytest.FixtureRequest) -> Loop:
    return request.getfixturevalue(request.param)


def test_the_loop_ends_well_and_leaves_what_it_promises(loop: Loop) -> None:
    assert loop.code == 0, loop.output
    for name in LEFT_BEHIND:
        assert (loop.kept / name).stat().st_size > 0, name


def test_no_process_and_no_temporary_file_is_left(loop: Loop) -> None:
    assert loop.left == []
    assert loop.temporary == []


def test_the_summary_names_the_engine(bikes: Loop, bunny: Loop) -> None:
    assert "modules in chromium" in bikes.output
    assert "modules in node" in bunny.output


def test_the_keyholder_runs_as_its_own_user_where_it_can_and_says_so_where_not(bikes: Loop) -> None:
    assert ("a user of its own" in bikes.output) == (os.geteuid() == 0)
    assert ("same user as the server" in bikes.output) == (os.geteuid() != 0)


@pytest.mark.parametrize("kind", ["video", "audio"])
@pytest.mark.parametrize(("name", "clip"), [("bikes", "bikes.mp4"), ("bunny", "bigbuckbunny.mp4")])
def test_packet_for_packet_what_went_in(
    request: pytest.FixtureRequest, clips: Path, tmp_path: Path, name: str, clip: str, kind: str
) -> None:
    loop: Loop = request.getfixturevalue(name)
    source = packets(clips / clip, kind)
    assert bool(source) == (kind == "video" or name == "bunny")
    assert packets(loop.kept / "played.mp4", kind) == source
    out = tmp_path / "unsealed.mp4"
    done = zhilu("unseal", loop.kept / "recording", "--key", loop.kept / "escrow-key.pem", "-o", out)
    assert done.returncode == 0, done.stderr
    assert packets(out, kind) == source


def test_a_stranger_finds_it_sound_and_anchored(loop: Loop) -> None:
    done = zhilu("verify", loop.kept / "recording", "--trust", loop.kept / "trust.json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "file" in done.stdout  # the origin: this was a file, and is never called capture


def test_without_the_trust_document_it_is_not_anchored(bikes: Loop) -> None:
    done = zhilu("verify", bikes.kept / "recording")
    assert done.returncode == 1
    assert "not anchored" in done.stdout


def test_the_trust_document_of_another_bureau_does_not_do(bikes: Loop, bunny: Loop) -> None:
    assert zhilu("verify", bikes.kept / "recording", "--trust", bunny.kept / "trust.json").returncode == 1


def test_another_key_opens_nothing(bikes: Loop, bunny: Loop, tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    done = zhilu("unseal", bikes.kept / "recording", "--key", bunny.kept / "escrow-key.pem", "-o", out)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1, done.stderr
    assert list(tmp_path.iterdir()) == []


def flip(path: Path, place: int) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)


def flip_media(folder: Path, _other: Path) -> None:
    flip(folder / "recording/media.sealed", (folder / "recording/media.sealed").stat().st_size // 2)


def cut_media(folder: Path, _other: Path) -> None:
    os.truncate(folder / "recording/media.sealed", (folder / "recording/media.sealed").stat().st_size - 1)


def lengthen_media(folder: Path, _other: Path) -> None:
    with (folder / "recording/media.sealed").open("ab") as media:
        media.write(b"\0")


def other_media(folder: Path, other: Path) -> None:
    shutil.copyfile(other / "recording/media.sealed", folder / "recording/media.sealed")


def other_journal(folder: Path, other: Path) -> None:
    shutil.copyfile(other / "recording/journal.jws", folder / "recording/journal.jws")


def other_logbook(folder: Path, other: Path) -> None:
    shutil.copyfile(other / "logbook.jws", folder / "logbook.jws")


def other_receipt(folder: Path, other: Path) -> None:
    shutil.copyfile(other / "receipt.json", folder / "receipt.json")


def edit_lines(
    folder: Path, change: Callable[[list[bytes]], list[bytes]], name: str = "recording/journal.jws"
) -> None:
    path = folder / name
    path.write_bytes(b"".join(change(path.read_bytes().splitlines(keepends=True))))


def flip_journal(folder: Path, _other: Path) -> None:
    """A character of the second line's signature, for another that may stand there."""
    path = folder / "recording/journal.jws"
    lines = path.read_bytes().splitlines(keepends=True)
    place = len(lines[0]) + len(lines[1]) - 20
    data = bytearray(path.read_bytes())
    data[place] = ord("B") if data[place] == ord("A") else ord("A")
    path.write_bytes(data)


def drop_a_line(folder: Path, _other: Path) -> None:
    edit_lines(folder, lambda lines: lines[:2] + lines[3:])


def drop_the_last_line(folder: Path, _other: Path) -> None:
    edit_lines(folder, lambda lines: lines[:-1])


def swap_two_lines(folder: Path, _other: Path) -> None:
    edit_lines(folder, lambda lines: [*lines[:1], lines[2], lines[1], *lines[3:]])


def tear_the_last_line(folder: Path, _other: Path) -> None:
    edit_lines(folder, lambda lines: [*lines[:-1], lines[-1][:-10]])


def drop_a_logbook_line(folder: Path, _other: Path) -> None:
    edit_lines(folder, lambda lines: lines[:1] + lines[2:], "logbook.jws")


DEFECTS = [
    (flip_media, "segment-hash"),
    (cut_media, "media-short"),
    (lengthen_media, "media-long"),
    (other_media, "segment-hash"),
    (other_journal, "foreign-kid"),
    (other_logbook, "foreign-kid"),
    (other_receipt, "note-signature"),
    (flip_journal, "signature"),
    (drop_a_line, "sequence"),
    (drop_the_last_line, "unclosed"),
    (swap_two_lines, "sequence"),
    (tear_the_last_line, "torn-tail"),
    (drop_a_logbook_line, "sequence"),
]


@pytest.mark.parametrize(("damage", "code"), DEFECTS, ids=[damage.__name__ for damage, _ in DEFECTS])
def test_a_defect_is_named(
    bikes: Loop, bunny: Loop, tmp_path: Path, damage: Callable[[Path, Path], None], code: str
) -> None:
    shutil.copytree(bikes.kept, tmp_path / "copy", ignore=shutil.ignore_patterns("logs"))
    damage(tmp_path / "copy", bunny.kept)
    done = zhilu("verify", tmp_path / "copy/recording", "--trust", tmp_path / "copy/trust.json")
    assert done.returncode == 1, done.stdout + done.stderr
    assert code in done.stdout


def test_without_the_receipt_nothing_is_anchored(bikes: Loop, tmp_path: Path) -> None:
    shutil.copytree(bikes.kept, tmp_path / "copy", ignore=shutil.ignore_patterns("logs"))
    (tmp_path / "copy/receipt.json").unlink()
    done = zhilu("verify", tmp_path / "copy/recording", "--trust", tmp_path / "copy/trust.json")
    assert done.returncode == 1
    assert "anchored" in done.stdout


def test_what_cannot_be_read_is_exit_2(tmp_path: Path) -> None:
    done = zhilu("verify", tmp_path / "nothing")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
