"""A county's server with everything round it, in one process: people, station, recorder, keyholder, cosigner.

Nothing here is mocked but the wires: requests are really signed and go through Django's test client, the
cosigner is `tlog.witness`, the recorder's lines are those of `support.recordings`.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.db import connection
from django.http import HttpResponse
from django.test import Client

from support import day, training
from support.recordings import OFFICER, RECORDING, START, Maker, policy_core, test_bytes, test_id, test_key
from zhilu import strictjson
from zhilu.encoding import b64u, format_time, sha256
from zhilu.protocols.docking_handover import Handover, handover_digest, station_signature
from zhilu.protocols.docking_messages import HandoverRequest
from zhilu.protocols.httpsig import sign_request
from zhilu.protocols.viewing import GRANT_TYP, Grant, Span
from zhilu.sealed.keys import SoftSigner
from zhilu.sealed.lines import LOGBOOK, compact_jws, line_hash
from zhilu.server.config import Config, Peer
from zhilu.softkey import SoftKey
from zhilu.softkey.ceremonies import Holder, registration_core
from zhilu.store.posix import PosixStore
from zhilu.tlog.cosign import CosignatureSigner
from zhilu.tlog.note import NoteSigner
from zhilu.tlog.proof import LedgerKeys
from zhilu.tlog.witness import Witness

named_id = test_id  # under a name that pytest does not take for a test
BUREAU, DOMAIN, AUTHORITY = "julu", "example", "julu.example"
ROOM = "http://julu.view.example"
VIEW_RP, DOCK_RP, KIOSK = "view.example", "dock.example", "http://s1.dock.example"
COSIGNER = "julu.view.example/cosigner"
PASSWORD = "Zhilu-2026!"
DEPARTMENT, SECTION = str(test_id("department")), str(test_id("section"))
"""The inspection bureau, and its first section, where everybody works."""


def make_home(folder: Path) -> Config:
    """A home without a database of its own: the test's database stands for it."""
    folder.mkdir(parents=True)
    (folder / "spool").mkdir()
    PosixStore.create(folder / "store")
    key = Ed25519PrivateKey.from_private_bytes(test_bytes("county ledger"))
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "ledger.key").write_bytes(pem)
    keyholder = Peer("http://127.0.0.1:9", "julu.view.example", ROOM)
    return Config(
        home=folder,
        bureau=BUREAU,
        domain=DOMAIN,
        authority=AUTHORITY,
        keyholder=keyholder,
        second_factor="optional",
    )


class InProcessCosigner:
    """`tlog.witness` with its state in memory; `post` is what the publisher takes. Tests switch it off or
    set it back.
    """

    def __init__(self, ledger: NoteSigner) -> None:
        self.signer = CosignatureSigner(
            COSIGNER, Ed25519PrivateKey.from_private_bytes(test_bytes("county cosigner"))
        )
        self.witness = Witness(self.signer, {ledger.name: [ledger.verifier]})
        self.state: tuple[int, bytes] | None = None
        self.is_away = False
        self.asked = 0

    def post(self, body: bytes) -> httpx.Response:
        from zhilu.errors import WorldError

        self.asked += 1
        if self.is_away:
            raise WorldError("cosigner-away", "The cosigner cannot be reached: {reason}", reason="test")
        outcome = self.witness.add_checkpoint(body, self.state, int(time.time()))
        if outcome.state:
            self.state = outcome.state
        return httpx.Response(
            outcome.status, content=outcome.body, headers={"content-type": outcome.content_type}
        )


@dataclass
class Film:
    """What a recorder holds of one recording at the dock."""

    logbook: list[bytes]
    journal: list[bytes]
    media: list[bytes]
    handover: str = ""
    handover_body: bytes = b""

    @property
    def journal_bytes(self) -> bytes:
        return b"".join(self.journal)


@dataclass(frozen=True)
class _Founded:
    rows: dict[str, Any]
    until: float
    """Of `time.monotonic`: what is founded is young."""


_founded: dict[Any, _Founded] = {}


@cache
def _first_softkey(person: str, rp_id: str, origin: str) -> SoftKey:
    """The same in every world of a process, so that their founding is the same."""
    key = SoftKey()
    key.create(rp_id, origin, person)
    return key


def _softkey(person: str, rp_id: str, origin: str) -> SoftKey:
    made = _first_softkey(person, rp_id, origin)
    return SoftKey(list(made.credentials), made.sign_count)


def _holder(name: str) -> Holder:
    person = str(test_id(name))
    return Holder(_softkey(person, VIEW_RP, ROOM), person, VIEW_RP, ROOM)


class CountyWorld:
    """Everybody. `found` writes the founding entries; `film`, `hand_over`, `upload` carry a recording in."""

    def __init__(self, config: Config) -> None:
        from zhilu.server.ledger.services.publish import Publisher, load_signer

        self.config = config
        self.ledger = load_signer(config)
        self.cosigner = InProcessCosigner(self.ledger)
        self.publisher = Publisher(self.ledger, self.cosigner.post)
        self.client = Client(HTTP_HOST="127.0.0.1")
        self.station = SoftSigner(test_key("station"))
        self.keyholder = SoftSigner(test_key("keyholder requests"))
        self.maker = Maker()
        self.maker.ledger.signer, self.maker.ledger.cosigner = self.ledger, self.cosigner.signer
        self.recorder = self.maker.recorder
        self.officer_key = _softkey(OFFICER, DOCK_RP, KIOSK)
        self.viewer, self.approver, *self.admins = map(_holder, ("viewer", "approver", "admin 1", "admin 2"))
        self.second_officer = str(test_id("second officer"))

    @property
    def keys(self) -> LedgerKeys:
        return LedgerKeys.from_vkeys(self.ledger.vkey, [self.cosigner.signer.vkey], 1)

    # Founding.

    def founding(self) -> list[tuple[str, dict[str, Any], dict[str, Any] | None]]:
        return [
            ("bureau-founded/1", self._bureau(), None),
            ("peer-registered/1", self._peer(), None),
            ("policy-set/1", policy_core(), None),
            *self._people(),
            *training.courses(),
            *training.results(OFFICER),
            *training.results(self.second_officer),
            *self._devices(),
        ]

    def found(self, with_catalogue: bool = True) -> None:
        """Entered once in a process; in an empty database its rows then stand for it while they are young."""
        from support import kept

        said = (connection.vendor, with_catalogue, strictjson.dumps([list(one) for one in self.founding()]))
        if not kept.is_empty():
            self._enter(with_catalogue)
            return
        before = _founded.get(said)
        if before and time.monotonic() < before.until:
            kept.put(before.rows)
            return
        until = day.young_until()
        self._enter(with_catalogue)
        _founded[said] = _Founded(kept.take(), until)

    def _enter(self, with_catalogue: bool) -> None:
        from zhilu.server.catalogue.services.catalogue import first_version
        from zhilu.server.ledger.events import read
        from zhilu.server.ledger.services.commit import Proposal, commit_all

        proposals = [Proposal(read(kind, core), BUREAU, personal) for kind, core, personal in self.founding()]
        if with_catalogue:
            proposals.insert(1, Proposal(first_version(), BUREAU))
        commit_all(proposals)

    def publish(self) -> None:
        assert self.publisher.run_once()

    def _bureau(self) -> dict[str, Any]:
        return {
            "bureau": BUREAU,
            "domain": DOMAIN,
            "root": test_bytes("root").hex(),
            "text_key": policy_core()["text_key"],
        }

    def _peer(self) -> dict[str, Any]:
        return {
            "role": "keyholder",
            "name": "julu.view.example",
            "jwk": self.keyholder.jwk,
            "cosigner": self.cosigner.signer.vkey,
        }

    def _people(self) -> Iterator[tuple[str, dict[str, Any], dict[str, Any] | None]]:
        people = [
            (OFFICER, "张建国", "officer"),
            (self.second_officer, "马超", "officer"),
            (self.viewer.person, "王丽华", "viewer"),
            (self.approver.person, "刘志强", "approver"),
            (self.admins[0].person, "孙敏", "security-administrator"),
            (self.admins[1].person, "赵磊", "security-administrator"),
            (str(test_id("system")), "陈晓", "system-administrator"),
            (str(test_id("audit")), "周宁", "audit-administrator"),
        ]
        yield "department-set/1", self._department(DEPARTMENT, None, "稽查局"), None
        yield "department-set/1", self._department(SECTION, DEPARTMENT, "检查一科"), None
        for place, (person, name, role) in enumerate(people):
            yield "person-added/1", {"person": person}, {"name": name, "number": person[-6:]}
            yield "role-granted/1", {"person": person, "role": role, "scope": None}, None
            post = {"post": str(test_id(f"post-{place}")), "person": person, "department": SECTION}
            yield "post-taken/1", post | {"rank": "officer", "since": "2026-01-01"}, None

    def _department(self, department: str, parent: str | None, name: str) -> dict[str, Any]:
        where = {"bureau": BUREAU, "parent": parent, "kind": "inspection", "order": 1, "closed": False}
        return {"department": department, "name": name, **where}

    def _devices(self) -> Iterator[tuple[str, dict[str, Any], None]]:
        station, recorder = self.station.kid, self.recorder.kid
        place = {"rp_id": DOCK_RP, "origin": KIOSK}
        enrolled = {"station": station, "jwk": self.station.jwk, "name": "第一采集站", "bays": 4, **place}
        yield "station-enrolled/1", enrolled, None
        core = {"recorder": recorder, "jwk": self.recorder.jwk, "serial": "XT-0001", "counter_kind": "tpm"}
        yield "recorder-enrolled/1", core, None
        yield "recorder-bound/1", {"recorder": recorder, "station": station, "bay": 1}, None
        credential = self.officer_key.credential(DOCK_RP)
        key = {"credential": b64u(credential.id), "public_key": b64u(credential.public_key)}
        yield (
            "dock-credential-registered/1",
            {"person": OFFICER, **key, "rp_id": DOCK_RP, "aaguid": None},
            None,
        )
        assigned = {
            "recorder": recorder,
            "officer": OFFICER,
            "station": station,
            "bay": 1,
            **place,
            "credentials": [{"id": key["credential"], "public_key": key["public_key"]}],
            "officer_check_least": "key",
            "drill": False,
            "deputy": False,
            "reason_code": None,
        }
        yield "recorder-assigned/1", assigned, None

    # A recording.

    def film(self, check: str = "key") -> Film:
        """Recorded under the newest published checkpoint."""
        from zhilu.server.ledger.services import proofs

        newest = proofs.newest()
        note = bytes(newest.note) if newest else b"none"
        logbook, book = self.maker._logbook_before(note)
        journal, media, _ = self.maker._record(line_hash(logbook[-1]))
        logbook += self.maker._logbook_after(book, journal, media)
        film = Film(logbook, journal, media)
        self._hand_over(film, book, note, check)
        return film

    def _hand_over(self, film: Film, book: Any, note: bytes, check: str) -> None:
        listed = {
            "id": str(RECORDING),
            "lines": len(film.journal),
            "last": line_hash(film.journal[-1]).hex(),
            "length": sum(map(len, film.media)),
        }
        handover = Handover(
            bureau=BUREAU,
            station=self.station.kid,
            bay=1,
            recorder=self.recorder.kid,
            officer=OFFICER,
            deputy_reason=None,
            n=len(film.logbook) - 1,
            head=line_hash(film.logbook[-1]).hex(),
            recordings=(listed,),
            station_nonce=test_bytes("sn"),
            recorder_nonce=test_bytes("rn"),
            station_at=format_time(START + timedelta(hours=1)),
            clock_offset_us=12_000,
            snapshot=sha256(note).hex(),
            offline=False,
        ).to_bytes()
        film.handover_body = self.handover_body(film, book, handover, check)
        film.handover = handover_digest(handover).hex()

    def handover_body(self, film: Film, book: Any, handover: bytes, check: str = "key") -> bytes:
        digest = handover_digest(handover)
        alone = check == "fprintd"
        assertion = None if alone else self.officer_key.assert_(digest, DOCK_RP, KIOSK)
        request = HandoverRequest(
            handover, station_signature(self.station, digest, check), self.station.jwk, check, assertion
        )
        more = {
            "handover": digest.hex(),
            "station_nonce": b64u(test_bytes("sn")),
            "checkpoint": sha256(b"note").hex(),
        }
        docked = book.next(self.recorder, LOGBOOK, "docked", *self.maker.clock(), **more)
        film.logbook.append(docked)
        return strictjson.dumps(
            strictjson.loads(request.to_bytes()) | {"docked": docked.decode().removesuffix("\n")}
        )

    # Requests.

    def request(
        self,
        method: str,
        path: str,
        query: str = "",
        body: bytes = b"",
        *,
        signer: SoftSigner | None = None,
        content_type: str = "application/json",
        change: Callable[[dict[str, str]], None] | None = None,
        **signing: Any,
    ) -> HttpResponse:
        signing = {"created": int(time.time()), "nonce": secrets.token_bytes(16)} | signing
        headers = sign_request(
            signer or self.station, method, AUTHORITY, path, query, body, content_type, **signing
        )
        if change:
            change(headers)
        environ = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
        environ["CONTENT_LENGTH"] = environ.pop("HTTP_CONTENT_LENGTH", "")
        environ["CONTENT_TYPE"] = environ.pop("HTTP_CONTENT_TYPE", "")
        target = f"{path}?{query}" if query else path
        return self.client.generic(method, target, body, environ["CONTENT_TYPE"], **environ)

    def put_logbook(self, film: Film, first: int = 0) -> HttpResponse:
        path = f"/intake/recorders/{self.recorder.kid}/logbook"
        return self.request("PUT", path, f"from={first}", b"".join(film.logbook[first:]))

    def put_handover(self, film: Film) -> HttpResponse:
        return self.request("PUT", f"/intake/handovers/{film.handover}", body=film.handover_body)

    def put_journal(self, film: Film, body: bytes | None = None) -> HttpResponse:
        query = f"recorder={self.recorder.kid}&handover={film.handover}"
        data = film.journal_bytes if body is None else body
        return self.request("PUT", f"/intake/recordings/{RECORDING}/journal", query, data)

    def put_segment(self, i: int, data: bytes) -> HttpResponse:
        return self.request("PUT", f"/intake/recordings/{RECORDING}/segments/{i}", body=data)

    def complete(self) -> HttpResponse:
        return self.request("POST", f"/intake/recordings/{RECORDING}/complete", body=b"{}")

    def store(self) -> Film:
        """A recording all the way in; needs `found` and `publish` before."""
        film = self.film()
        answers = [self.put_logbook(film), self.put_handover(film), self.put_journal(film)]
        answers += [self.put_segment(i, data) for i, data in enumerate(film.media)]
        answers.append(self.complete())
        assert all(answer.status_code in (200, 201) for answer in answers), [a.content for a in answers]
        return film

    # Viewing.

    def register_credentials(self) -> None:
        for holder, roles in (
            (self.admins[0], ["security-administrator"]),
            (self.admins[1], ["security-administrator"]),
            (self.viewer, ["viewer"]),
            (self.approver, ["approver"]),
        ):
            self.post_event("credential-registered/1", registration_core(holder, roles, self.admins))

    def post_event(
        self, kind: str, core: dict[str, Any], personal: dict[str, Any] | None = None
    ) -> HttpResponse:
        body = strictjson.dumps({"kind": kind, "core": core, "personal": personal})
        return self.request("POST", "/keyholder/events", body=body, signer=self.keyholder)

    def view(self, approve: bool = True, segments: tuple[int, int] = (1, 2)) -> UUID:
        """Request and decision, as the keyholder posts them."""
        at, viewing = datetime.now(UTC), test_id("viewing")
        asked = self.viewer.request(str(viewing), BUREAU, [Span(str(RECORDING), *segments)], "争议复核", at)
        core = {"request": asked["request"], "assertion": asked["assertion"]}
        told = {"salt": asked["salt"], "reason": asked["reason"]}
        assert self.post_event("viewing-requested/1", core, told).status_code == 201
        from zhilu.encoding import unb64u

        decided = self.approver.decision(unb64u(asked["request"]), at, approve=approve)
        core = {"viewing": str(viewing), "decision": decided["decision"], "assertion": decided["assertion"]}
        assert self.post_event("viewing-decided/1", core).status_code == 201
        return viewing

    def release(
        self, viewing: UUID, segments: tuple[int, int] = (1, 2), life: timedelta = timedelta(hours=1)
    ) -> HttpResponse:
        core = {
            "viewing": str(viewing),
            "recording": str(RECORDING),
            "from": segments[0],
            "to": segments[1],
            "viewer_key": SoftSigner(self.viewer.viewer_private_key).kid,
            "nonce": b64u(test_bytes("release")),
            "expires": format_time(datetime.now(UTC) + life),
        }
        return self.post_event("key-released/1", core)

    def grant(
        self,
        viewing: UUID,
        segments: tuple[int, int] = (1, 2),
        life: timedelta = timedelta(hours=1),
        recording: UUID = RECORDING,
        signer: SoftSigner | None = None,
    ) -> str:
        grant = Grant(str(viewing), Span(str(recording), *segments), datetime.now(UTC) + life)
        return compact_jws(signer or self.keyholder, GRANT_TYP, grant.payload())

    # Pages.

    def sign_in(self, person: str, login: str = "somebody") -> Client:
        from zhilu.server.organisation.models import User

        User.objects.create_user(login, PASSWORD, person)
        client = Client(HTTP_HOST="127.0.0.1", HTTP_ACCEPT_LANGUAGE="zh-hans")
        assert client.post("/login", {"username": login, "password": PASSWORD}).status_code == 302
        return client
