"""`zhilu verify` over folders of every kind: exit 0, 1 or 2, never a traceback."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from support.mutations import draw, pair
from support.shapes import Evidence, sound_recording
from zhilu.cli import main

MUTANTS = 60
FILES = ("journal.jws", "media.sealed", "logbook.jws", "receipt.json", "trust.json")


def lay_out(folder: Path, files: dict[str, bytes], evidence: Evidence) -> Path:
    """As the county hands it out: the recording in a folder of its own."""
    recording = folder / str(evidence.recording)
    recording.mkdir(parents=True)
    for name, data in (files | {"trust.json": evidence.trust}).items():
        (recording if name in ("journal.jws", "media.sealed") else folder).joinpath(name).write_bytes(data)
    return recording


def verify(path: Path, trust: Path, capsys: pytest.CaptureFixture[str], *more: str) -> int:
    code = main(["verify", str(path), "--trust", str(trust), *more])
    told = capsys.readouterr()
    assert "Traceback" not in told.out + told.err
    assert told.out or told.err
    return code


def test_sound_folders_and_mutants(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for seed in range(MUTANTS // 6):
        evidence, other = pair(seed)
        rng = Random(f"folders {seed}")
        whole = tmp_path / f"{seed} sound"
        assert verify(lay_out(whole, evidence.files, evidence), whole / "trust.json", capsys) == 0
        for number in range(6):
            name, files = draw(rng, evidence, other)
            folder = tmp_path / f"{seed} {number} {name}"
            recording = lay_out(folder, files, evidence)
            code = verify(recording, folder / "trust.json", capsys, *rng.choice(((), ("--json",))))
            # 0 where only the county can know: an end cut off the logbook.
            assert code in (
                (1, 2) if files.get("logbook.jws") == evidence.files.get("logbook.jws") else (0, 1, 2)
            )


def _gone(path: Path) -> None:
    path.unlink()


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _link_to_itself(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.name)


def _link_to_nothing(path: Path) -> None:
    path.unlink()
    path.symlink_to("nowhere")


def _endless(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


def _random(path: Path) -> None:
    path.write_bytes(Random(str(path)).randbytes(100_000))


ODD = (_gone, _folder, _pipe, _link_to_itself, _link_to_nothing, _endless, _random)
CASES = [(odd, name) for odd in ODD for name in FILES if (odd, name) != (_pipe, "trust.json")]
"""A trust document may come through a pipe: it is named by whoever asks, and waits for its writer."""


@pytest.mark.timeout(60)
@pytest.mark.parametrize(("odd", "name"), CASES)
def test_odd_things_under_the_names_of_files(
    odd: Callable[[Path], None], name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    evidence = sound_recording(Random("odd"))
    recording = lay_out(tmp_path, evidence.files, evidence)
    folder = recording if (recording / name).exists() else tmp_path
    odd(folder / name)
    assert verify(recording, tmp_path / "trust.json", capsys) in (1, 2)
