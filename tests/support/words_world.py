"""What people say at a station's page, signed and sealed as the station sends it (spec/docking.md §8)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.http import HttpResponse

from support.county_world import BUREAU, DOCK_RP, KIOSK, CountyWorld, named_id
from support.recordings import OFFICER, RECORDING, fixed_key, test_bytes
from zhilu import strictjson
from zhilu.encoding import b64u, format_time
from zhilu.pki.certificates import key_pem
from zhilu.protocols import intake_words, words
from zhilu.server.equipment.events import DockCredentialRegistered
from zhilu.server.ledger.clock import new_id, now
from zhilu.server.ledger.services.commit import commit
from zhilu.softkey import SoftKey

SYSTEM = str(named_id("system"))
"""Keeps equipment, too."""
FILLED = {"time": "下午三点", "place": "城关镇", "event": "核实经营场所"}


@dataclass
class Kiosk:
    """One station's page. `keys`: person → security key."""

    county: CountyWorld
    keys: dict[str, SoftKey] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.county.config.text_key.write_bytes(key_pem(fixed_key("text")))
        self.keys[OFFICER] = self.county.officer_key

    def give_key(self, person: str) -> None:
        key = self.keys[person] = SoftKey()
        key.create(DOCK_RP, KIOSK, person)
        made = key.credential(DOCK_RP)
        event = DockCredentialRegistered(person, b64u(made.id), b64u(made.public_key), DOCK_RP, None)
        commit(event, BUREAU)

    def nonce(self, **more: Any) -> bytes:
        """The county's, for a word that is said for now."""
        answer = self.county.request("POST", "/intake/words/nonce", body=b"{}", **more)
        return intake_words.parse_nonce(answer.content)

    def common(self, *persons: str, nonce: bytes | None = None) -> dict[str, Any]:
        at, nonce = format_time(now()), nonce or new_id().bytes
        who = {"bureau": BUREAU, "station": self.county.station.kid, "persons": persons}
        return who | {"nonce": nonce, "at": at}

    def statement(
        self, handover: str, *acts: words.Act, person: str = OFFICER, **more: Any
    ) -> words.Statement:
        return words.Statement(**self.common(person) | more, handover=handover, acts=acts or (act(),))

    def assignment(self, person: str = SYSTEM, **said: Any) -> words.Assignment:
        common = {one: said.pop(one) for one in ("at", "station") if one in said}
        nonce = said.pop("nonce", None) or self.nonce()
        core = {"recorder": self.county.recorder.kid, "bay": 1, "officer": OFFICER}
        core |= {"drill": False, "deputy": False, "reason_code": None}
        return words.Assignment(**self.common(person, nonce=nonce) | common | core | said)

    def finger(
        self, *persons: str, subject: str = OFFICER, finger: str = "right-index-finger"
    ) -> words.Finger:
        common = self.common(*(persons or (SYSTEM, OFFICER)), nonce=self.nonce())
        return words.Finger(**common, subject=subject, finger=finger)

    def request(self, word: words.Word, check: str = "key", **changed: Any) -> words.WordRequest:
        data = word.to_bytes()
        digest = words.word_digest(data)
        signers = [words.Said(one, check, self._assertion(one, digest, check)) for one in word.persons]
        said = {
            "word": data,
            "station": words.sign_word(self.county.station, digest, [check] * len(signers)),
            "station_jwk": self.county.station.jwk,
            "signers": tuple(signers),
        }
        return words.WordRequest(**said | changed)

    def _assertion(self, person: str, digest: bytes, check: str) -> dict[str, str] | None:
        return None if check == "fprintd" else self.keys[person].assert_(digest, DOCK_RP, KIOSK)

    def body(self, request: words.WordRequest, digest: bytes | None = None) -> bytes:
        wanted = digest or request.digest
        sealed = words.seal_word(fixed_key("text").public_key(), request.to_bytes(), wanted)
        return strictjson.dumps({"digest": wanted.hex(), "sealed": sealed})

    def post(self, body: bytes, **more: Any) -> HttpResponse:
        return self.county.request("POST", "/intake/words", body=body, **more)

    def say(self, word: words.Word, check: str = "key", **changed: Any) -> HttpResponse:
        return self.post(self.body(self.request(word, check, **changed)))


def act(recording: UUID | str = RECORDING, officers: tuple[str, ...] = (OFFICER,), **said: Any) -> words.Act:
    spans = (words.Span(str(recording), 0, 1_000_000),)
    plain: dict[str, Any] = {"procedure": "C01", "taxpayer": "某某商店", "elements": FILLED, "spans": spans}
    return words.Act(**{"act": str(new_id()), "officers": officers} | plain | said)


def other_digest() -> bytes:
    return test_bytes("another word")
