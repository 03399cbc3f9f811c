"""Some days of the demonstration's bureaus, lived through by the real programs: nothing lies behind their
ledgers.

They are those of the run's one demonstration.
"""

import json
import sqlite3
from pathlib import Path

import pytest

from support.demonstration import Demonstration
from support.loop import zhilu

# The first test waits for the build.
pytestmark = pytest.mark.timeout(1200)


@pytest.fixture(scope="module")
def built(demonstration: Demonstration) -> Path:
    return demonstration.built


def ids(built: Path) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = json.loads((built / "julu/ids.json").read_bytes())
    return found


@pytest.mark.parametrize("bureau", ["julu", "xingtai"])
def test_the_audit_finds_nothing_behind_the_ledger(built: Path, bureau: str) -> None:
    done = zhilu("server", "audit", "--home", built / bureau / "server")
    assert done.returncode == 0, done.stdout + done.stderr


def test_recordings_are_sound_and_anchored_to_a_stranger(built: Path, tmp_path: Path) -> None:
    recordings = sorted(ids(built)["recordings"].values())
    for recording in (recordings[0], recordings[-1]):
        out = tmp_path / recording
        done = zhilu(
            "server", "evidence", "--home", built / "julu/server", "--recording", recording, "--out", out
        )
        assert done.returncode == 0, done.stderr
        done = zhilu("verify", out / "recording", "--trust", built / "kept" / "trust.json")
        assert done.returncode == 0, done.stdout + done.stderr


def test_each_recording_has_keys_of_its_own_and_opens_with_the_escrow_key(
    built: Path, tmp_path: Path
) -> None:
    recordings = sorted(ids(built)["recordings"].values())[:2]
    sealed = []
    for recording in recordings:
        out = tmp_path / recording
        zhilu("server", "evidence", "--home", built / "julu/server", "--recording", recording, "--out", out)
        media = out / "recording" / "media.sealed"
        sealed.append(media.read_bytes()[:256])
        film = tmp_path / f"{recording}.mp4"
        key = built / "kept" / "escrow-key.pem"
        done = zhilu("unseal", out / "recording", "--key", key, "-o", film)
        assert done.returncode == 0 and film.stat().st_size > 50_000, done.stderr
    assert sealed[0] != sealed[1]


def test_the_recorder_of_the_live_demo_stands_in_its_bay(built: Path) -> None:
    """Off, adopted, nothing left on it that has no receipt."""
    lines = (built / "julu/recorder/logbook.jws").read_bytes().splitlines()
    from zhilu.sealed.lines import unverified_payload

    last = [unverified_payload(line)["type"] for line in lines][-1]
    assert last in ("shutdown", "trust-changed", "assigned")
    assert not list((built / "julu/recorder/recordings").iterdir())


def test_keys_and_names_are_those_of_a_demonstration(built: Path) -> None:
    trust = json.loads((built / "kept" / "trust.json").read_bytes())
    assert trust["ledger"].startswith("julu.demo.localhost/ledger+")
    assert trust["cosigners"][0].startswith("julu.view.demo.localhost/cosigner+")


def test_the_recorders_logbooks_explain_themselves(built: Path) -> None:
    with sqlite3.connect(built / "julu/server/db.sqlite3") as database:
        assert database.execute("SELECT code FROM equipment_finding").fetchall() == []


def test_the_days_end_yesterday(built: Path) -> None:
    today = json.loads((built / "built.json").read_bytes())["today"]
    with sqlite3.connect(built / "julu/server/db.sqlite3") as database:
        (newest,) = database.execute("SELECT max(at) FROM ledger_entry").fetchone()
    assert newest[:10] <= today
