"""`zhilu.keyholder.rules.Known` in memory, for tests of the rules alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from zhilu.keyholder.believed import Credential, Recording, Taken, Viewing


class MemoryKnown:
    def __init__(self) -> None:
        self.credentials: dict[bytes, Credential] = {}
        self.viewings: dict[str, Viewing] = {}
        self.recordings: dict[str, Recording] = {}
        self.recorders: dict[str, dict[str, Any]] = {}
        self.stations: dict[str, dict[str, Any]] = {}

    def credential(self, id_: bytes) -> Credential | None:
        return self.credentials.get(id_)

    def viewing(self, id_: str) -> Viewing | None:
        return self.viewings.get(id_)

    def owed(self, viewer: str) -> list[Viewing]:
        return [one for one in self.viewings.values() if one.request.viewer == viewer and one.owes_report]

    def recording(self, id_: str) -> Recording | None:
        return self.recordings.get(id_)

    def recorder(self, kid: str) -> dict[str, Any] | None:
        return self.recorders.get(kid)

    def station(self, kid: str) -> dict[str, Any] | None:
        return self.stations.get(kid)

    def revoke(self, id_: bytes) -> None:
        self.credentials[id_] = replace(self.credentials[id_], revoked=True)

    def decide(self, taken: Taken) -> None:
        viewing = self.viewings[taken.decision.viewing]
        decisions = (*viewing.decisions, taken)
        self.viewings[taken.decision.viewing] = replace(viewing, decisions=decisions)

    def report(self, viewing: str, raw: bytes) -> None:
        self.viewings[viewing] = replace(self.viewings[viewing], report=raw)
