"""Names read by patterns; files looked at in a process of their own."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support import cards
from zhilu.errors import CallerError
from zhilu.sealed.imports import MEDIA
from zhilu.station import import_probe
from zhilu.station.import_kinds import HEAD, cut_short, media_type
from zhilu.station.import_names import Claims, Pattern, patterns_of, read_name
from zhilu.station.import_probe import Probed, probe

USUAL = "{serial}_{officer}_{time:YYYYMMDDhhmmss}_{number}"


@pytest.mark.parametrize(
    ("pattern", "name", "wanted"),
    [
        (USUAL, "XT-01_056789_20261124101530_3.mp4", Claims("XT-01", "056789", "3", "2026-11-24T10:15:30")),
        (USUAL, "XT-01_张建国_20261124101530_12.MP4", Claims("XT-01", "张建国", "12", "2026-11-24T10:15:30")),
        (USUAL, "XT-01_056789_20261324101530_3.mp4", Claims()),  # a thirteenth month
        (USUAL, "XT-01_056789_2026112410153_3.mp4", Claims()),
        (USUAL, "XT-01_056789_20261124101530.mp4", Claims()),
        (USUAL, "_056789_20261124101530_3.mp4", Claims()),
        (USUAL, "DSC00001.JPG", Claims()),
        (USUAL, "", Claims()),
        (
            "{serial}@{time:YYYY-MM-DD hh.mm}",
            "A1@2026-11-24 10.15.mov",
            Claims("A1", at="2026-11-24T10:15:00"),
        ),
        ("{time:YYYYMMDD}{serial}", "20261124A1.mov", Claims("A1", at="2026-11-24T00:00:00")),
        ("REC{number}", "REC0007.wav", Claims(number="0007")),
        ("{any}-{serial}", "x-A1.wav", Claims("A1")),
        (USUAL, "٢_٣_٢٠٢٦١١٢٤١٠١٥٣٠_٣.mp4", Claims()),  # digits, but not these
    ],
)
def test_names(pattern: str, name: str, wanted: Claims) -> None:
    assert read_name(name, [Pattern(pattern)]) == wanted


def test_the_first_pattern_that_fits() -> None:
    assert read_name("A_B.mp4", patterns_of(["{serial}-{officer}", "{officer}_{serial}"])) == Claims("B", "A")


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "x" * 201,
        "{serial}{officer}",
        "{serial}_{serial}",
        "{who}",
        "{}",
        "{serial",
        "serial}",
        "a/{serial}",
        "../{serial}",
        "{time}",
        "{time:hhmm}",
        "{time:" + "Y" * 100 + "}",
        "{serial:x}",
        "_".join(["{any}"] * 9),
        "{{serial}}",
    ],
)
def test_patterns_that_cannot_be_used(pattern: str) -> None:
    with pytest.raises(CallerError) as refused:
        Pattern(pattern)
    assert refused.value.code == "pattern"


def test_too_many_patterns() -> None:
    with pytest.raises(CallerError):
        patterns_of(["{serial}"] * 33)


@pytest.mark.parametrize("hostile", ["(a+)+$", ".*", "[", "\\\\", "(?P<x>a)", "^", "a" * 190])
def test_a_pattern_is_no_regular_expression(hostile: str) -> None:
    pattern = Pattern(hostile)
    assert pattern.read(hostile) == Claims() and pattern.read("a" * 30) is None


def test_no_name_takes_long() -> None:
    pattern = Pattern("_".join(["{any}"] * 8))
    begun = time.process_time()
    for name in ("_" * 255, "a_" * 127, "a" * 255):
        pattern.read(name)
    assert time.process_time() - begun < 1


@given(st.text(max_size=60), st.text(max_size=120))
def test_any_pattern_and_any_name(pattern: str, name: str) -> None:
    try:
        made = Pattern(pattern)
    except CallerError:
        return
    claims = made.read(name)
    assert claims is None or all(
        value is None or value in name or "T" in value for value in vars(claims).values()
    )


# Files


def looked_at(path: Path) -> tuple[str, Probed]:
    with path.open("rb") as file:
        kind = media_type(file.read(HEAD))
        return kind, probe(file, kind)


def whole(path: Path, clip: Path) -> Path:
    """A sound file of the kind that its ending says."""
    match path.suffix:
        case ".mov":
            return cards.mov(path)
        case ".avi":
            return cards.avi(path)
        case ".jpg" | ".png":
            return cards.photo(path)
        case ".wav" | ".mp3" | ".m4a":
            codecs = {".wav": "pcm_s16le", ".mp3": "libmp3lame", ".m4a": "aac"}
            cards.sound(path, codecs[path.suffix])
            path.write_bytes(path.read_bytes().replace(b"ftypisom", b"ftypM4A ", 1))
            return path
    path.write_bytes(clip.read_bytes())
    return path


def make(folder: Path, clip: Path, name: str) -> Path:
    path = folder / name
    data = whole(folder / f"whole{path.suffix}", clip).read_bytes()
    damaged = {
        "cut": data[: -len(data) // 3],
        "no-index": data.replace(b"moov", b"free"),
        "cut-in-the-middle": data[:-5000],
        "ftyp-only": data[: int.from_bytes(data[:4], "big")],
        "nonsense": b"\0\0\0\x10ftypisom\0\0\0\0" + b"\0\0\0\x10moov" + b"x" * 8,
        "empty": b"",
        "text": "这不是录像".encode(),
    }
    path.write_bytes(damaged.get(path.stem, data))
    return path


@pytest.mark.parametrize(
    ("name", "kind", "state"),
    [
        ("film.mov", "video/quicktime", "sound"),
        ("film.avi", "video/x-msvideo", "sound"),
        ("film.mp4", "video/mp4", "sound"),
        ("photo.jpg", "image/jpeg", "sound"),
        ("photo.png", "image/png", "sound"),
        ("sound.wav", "audio/wav", "sound"),
        ("sound.mp3", "audio/mpeg", "sound"),
        ("sound.m4a", "audio/mp4", "sound"),
        ("cut.mov", "video/quicktime", "truncated"),
        ("cut.avi", "video/x-msvideo", "truncated"),
        ("cut.wav", "audio/wav", "truncated"),
        ("cut.jpg", "image/jpeg", "truncated"),
        ("cut.png", "image/png", "truncated"),
        ("no-index.mp4", "video/mp4", "truncated"),
        ("cut-in-the-middle.mp4", "video/mp4", "truncated"),
        ("ftyp-only.mp4", "video/mp4", "truncated"),
        ("nonsense.mp4", "video/mp4", "unreadable"),
        ("empty.mp4", "application/octet-stream", "unreadable"),
        ("text.mp4", "application/octet-stream", "unreadable"),
    ],
)
def test_files(tmp_path: Path, clips: Path, name: str, kind: str, state: str) -> None:
    found, probed = looked_at(make(tmp_path, clips / "bikes.mp4", name))
    assert (found, probed.state) == (kind, state), probed
    if state == "sound" and kind.startswith("video/"):
        assert probed.width > 0 and probed.height > 0 and (probed.duration_us or 0) > 0


def test_a_probe_that_hangs_or_explodes_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = cards.photo(tmp_path / "photo.jpg")
    monkeypatch.setattr(import_probe, "WALL_S", 0.01)
    assert looked_at(path)[1] == Probed(trouble="probe-timeout")
    monkeypatch.undo()
    # A picture of 60,000 × 60,000 points, in a few bytes: it is not unfolded.
    data = bytearray(cards.photo(tmp_path / "bomb.png", (8, 8)).read_bytes())
    data[16:24] = (60_000).to_bytes(4, "big") * 2
    (tmp_path / "bomb.png").write_bytes(data)
    begun = time.perf_counter()
    assert looked_at(tmp_path / "bomb.png")[1].state == "unreadable"
    assert time.perf_counter() - begun < import_probe.CPU_S


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"nonsense",
        b"{}",
        b'{"state":"fine"}',
        b'{"state":"sound","width":-1,"height":true,"duration_us":1e9}\\n[1',
        b'{"state":"sound","width":99999999999}',
        b"\\xff" * 10_000,
    ],
)
def test_a_child_that_was_taken_over_says_codes_and_numbers_only(answer: bytes) -> None:
    probed = import_probe._read(answer, "probe-failed")
    assert probed.state in ("sound", "unreadable")
    assert (probed.width, probed.height, probed.duration_us) == (0, 0, None)


@given(st.binary(max_size=200), st.sampled_from(MEDIA))
def test_any_bytes_are_some_kind(tmp_path_factory: Any, data: bytes, kind: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any"
    path.write_bytes(data)
    assert media_type(data[:HEAD]) in MEDIA
    with path.open("rb") as file:
        assert cut_short(file, kind) in (True, False)
