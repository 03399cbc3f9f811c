"""What must hold whatever breaks: looked at from outside, in the files of recorder, station and county."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from support.station_faults_bureau import Bay, RealBureau
from zhilu.encoding import unb64u

if TYPE_CHECKING:
    from support.station_faults import Outcome

ALLOWED = ["counter"]
"""A recorder killed between its counter and its line says so, and must."""
MOST_VERIFIED = 60


class Judge:
    def __init__(self, bureau: RealBureau, outcome: Outcome) -> None:
        self._bureau, self._outcome = bureau, outcome
        self._county = bureau.place.home("server")
        self._truth: dict[str, tuple[Bay, str, int]] = {}
        """Of each recording: where it was made, SHA-256 and length of its media."""
        self._cleared: set[str] = set()
        self._read: dict[int, int] = {}

    def remember(self, bay: Bay, recording: UUID) -> None:
        media = (bay.home.recording(recording) / "media.sealed").read_bytes()
        self._truth[str(recording)] = (bay, hashlib.sha256(media).hexdigest(), len(media))
        self._outcome.recordings += 1

    def look(self, bay: Bay) -> None:
        """Whatever the recorder says `cleared` of, the county holds, now."""
        with bay.home.logbook.open("rb") as file:
            file.seek(self._read.get(bay.number, 0))
            whole = file.read().rpartition(b"\n")
        self._read[bay.number] = self._read.get(bay.number, 0) + len(whole[0] + whole[1])
        for line in whole[0].splitlines():
            told = json.loads(unb64u(line.split(b".")[1].decode()))
            if told["type"] == "cleared":
                self._cleared.add(told["id"])
                if not self._is_stored(told["id"]):
                    self._outcome.early.append(told["id"])

    def _is_stored(self, recording: str) -> bool:
        return self._entries(recording) >= 1 and self._held(recording) == self._truth[recording][1]

    def _held(self, recording: str) -> str | None:
        """SHA-256 of what the county holds."""
        path = self._county / "store/recordings" / recording / "media.sealed"
        return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else None

    def _entries(self, recording: str) -> int:
        asked = "SELECT count(*) FROM ledger_entry WHERE kind = 'recording-stored/1' AND subject = ?"
        database = sqlite3.connect(f"file:{self._county / 'db.sqlite3'}?mode=ro", uri=True, timeout=20)
        try:
            return int(database.execute(asked, (recording,)).fetchone()[0])
        finally:
            database.close()

    async def at_the_end(self, spool: Path) -> None:
        outcome = self._outcome
        for recording, (bay, digest, length) in self._truth.items():
            if recording not in self._cleared:
                outcome.defects.append(f"{recording} was never cleared")
            if self._held(recording) != digest and not _is_at(bay, recording, digest):
                outcome.lost_bytes += length
            if self._entries(recording) != 1:
                outcome.twice.append(f"{recording}: {self._entries(recording)} entries")
        for _ in range(600):
            left = [path.parent.name for path in spool.glob("*/state.json")]
            if not left:
                break
            await asyncio.sleep(0.1)
        outcome.defects += [f"{recording} is left in the spool" for recording in left]
        outcome.defects += await asyncio.to_thread(self._unsound)

    def _unsound(self) -> list[str]:
        place = self._bureau.place
        words = [self._county, place.kept / "trust.json", place.work / "evidence"]
        environ = os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent)}
        environ.pop("DJANGO_SETTINGS_MODULE", None)
        ids = list(self._truth)[-MOST_VERIFIED:]
        command = [sys.executable, "-m", "support.station_faults_check", *map(str, words), *ids]
        done = subprocess.run(command, env=environ, capture_output=True, text=True)
        if done.returncode:
            return [done.stderr[-2000:]]
        wrong = json.loads(done.stdout.splitlines()[-1])
        return [f"{id_}: {codes}" for id_, codes in wrong.items() if codes != ALLOWED]

    def read_log(self, log: Path) -> None:
        """A station that meets something unforeseen says so with a traceback."""
        text = log.read_text(errors="replace")
        if "Traceback" in text:
            self._outcome.defects.append("station: " + text[text.index("Traceback") :][:3000])


def _is_at(bay: Bay, recording: str, digest: str) -> bool:
    path = bay.home.recording(UUID(recording)) / "media.sealed"
    return path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == digest
