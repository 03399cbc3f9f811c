"""The station of the demonstration: greets a recorder in its bay, has the officer sign the handover,
collects, uploads, brings receipts, sets the clock; each message is the protocol's own."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from zhilu import strictjson
from zhilu.demo.bureau.devices import Device
from zhilu.demo.bureau.hands import Hands
from zhilu.demo.bureau.wire import Wire
from zhilu.demo.people import Person
from zhilu.demo.place import Place
from zhilu.encoding import format_time, parse_time, sha256
from zhilu.pki import tls
from zhilu.protocols import docking_messages as messages
from zhilu.protocols import intake
from zhilu.protocols.docking_handover import Handover, handover_digest, listed, station_signature
from zhilu.recorder.dock import Dock
from zhilu.sealed.keys import SoftSigner, load_jwk, load_private_key
from zhilu.sealed.lines import unverified_payload

CHECK = "key"


@dataclass(frozen=True)
class Collected:
    """A recorder in its bay whose recordings the county has stored."""

    device: Device
    dock: Dock
    recordings: tuple[UUID, ...]


class Station:
    def __init__(self, place: Place, wire: Wire, hands: Hands) -> None:
        home = place.home("station")
        self.place, self.wire, self.hands = place, wire, hands
        self.signer = SoftSigner(load_private_key((home / "station.key").read_bytes()))
        self.certificate = tls.own_der(home / "tls.crt")
        self.newest_note: Callable[[], bytes] = lambda: b""
        self._sent: dict[str, int] = {}
        """Recorder → number of the last line that the county has."""

    def bring(self, device: Device) -> None:
        """News for a recorder that stands in its bay: its newest assignment, binding and policy."""
        dock = device.dock()
        hello = self._greet(dock, device)
        held = hello.checkpoint[0] if hello.checkpoint else 0
        update = self.wire.call(self.signer, intake.get_update(device.kid, held))
        dock.entries(self.certificate, messages.EntriesRequest.from_bytes(update).to_bytes())

    def collect(self, device: Device, bay: int, officer: Person, deputy: str | None) -> Collected:
        """From the greeting until all of it is stored; then it waits for its receipts."""
        dock = device.dock()
        hello = self._greet(dock, device)
        handover = self._handover(device, hello, bay, officer, deputy)
        digest = handover_digest(handover)
        assertion = officer.key.assert_(digest, self.place.dock_rp, self.place.kiosk_origin)
        word = station_signature(self.signer, digest, CHECK)
        request = messages.HandoverRequest(handover, word, self.signer.jwk, CHECK, assertion)
        docked = messages.parse_line_answer("docked", dock.handover(self.certificate, request.to_bytes()))
        self._send_lines(dock, device)
        body = strictjson.loads_object(request.to_bytes(), messages.MAX_BODY)
        body["docked"] = docked.decode().removesuffix("\n")
        self.wire.call(self.signer, intake.put_handover(digest), strictjson.dumps(body))
        for held in hello.recordings:
            self._store(dock, device, held.id, digest)
        return Collected(device, dock, tuple(held.id for held in hello.recordings))

    def let_go(self, held: Collected, last: bool) -> None:
        """Receipts, which the county has by now, and safe-to-take. What the recorder writes about them comes
        to the county with the next docking, and with the `last` at once."""
        for recording in held.recordings:
            self._clear(held.dock, held.device, recording)
        now = format_time(self.hands.now())
        held.dock.clock(self.certificate, messages.ClockRequest(now, "ntp").to_bytes())
        if last:
            self._send_lines(held.dock, held.device)
        held.dock.undock(self.certificate)

    def _greet(self, dock: Dock, device: Device) -> messages.Hello:
        nonce = hashlib.sha256(self.hands.bytes(32)).digest()
        answer = dock.hello(self.certificate, messages.hello_request(nonce))
        return messages.open_hello(
            answer,
            device.kid,
            load_jwk(device.logbook.signer.jwk),
            station_nonce=nonce,
            station_tls=sha256(self.certificate).hex(),
            recorder_tls=sha256(tls.own_der(device.home.file("tls.crt"))).hex(),
        )

    def _handover(
        self, device: Device, hello: messages.Hello, bay: int, officer: Person, deputy: str | None
    ) -> bytes:
        now = self.hands.now()
        return Handover(
            bureau=self.place.bureau,
            station=self.signer.kid,
            bay=bay,
            recorder=device.kid,
            officer=officer.id,
            deputy_reason=deputy,
            n=hello.n,
            head=hello.head,
            recordings=tuple(listed(held) for held in hello.recordings),
            station_nonce=hello.station_nonce,
            recorder_nonce=hello.recorder_nonce,
            station_at=format_time(now),
            clock_offset_us=(parse_time(hello.at) - now) // timedelta(microseconds=1),
            snapshot=sha256(self.newest_note()).hex(),
            offline=False,
        ).to_bytes()

    def _send_lines(self, dock: Dock, device: Device) -> None:
        """What the county has not yet."""
        start = self._sent.get(device.kid, -1) + 1
        lines = b"".join(dock.logbook(self.certificate, start))
        if lines:
            answer = self.wire.call(self.signer, intake.put_logbook(device.kid, start), lines)
            self._sent[device.kid] = int(strictjson.loads_object(answer, messages.MAX_BODY)["n"])

    def _store(self, dock: Dock, device: Device, recording: UUID, digest: bytes) -> None:
        journal = dock.file(self.certificate, str(recording), "journal.jws").read_bytes()
        media = dock.file(self.certificate, str(recording), "media.sealed").read_bytes()
        call = intake.put_journal(recording, device.kid, digest)
        self.wire.call(self.signer, call, journal)
        for i, (offset, length) in enumerate(places(journal)):
            self.wire.call(self.signer, intake.put_segment(recording, i), media[offset : offset + length])
        self.wire.call(self.signer, intake.complete(recording), b"{}")

    def _clear(self, dock: Dock, device: Device, recording: UUID) -> None:
        adopted = device.recorder.adopted.checkpoint if device.recorder else None
        size = adopted.size if adopted else 0
        receipt = intake.parse_receipt(self.wire.call(self.signer, intake.get_receipt(recording, size)))
        dock.receipt(self.certificate, receipt.to_bytes())

    def refuse(self, bay: int, presented: str) -> None:
        """A recorder stood in the bay of another."""
        body = intake.alarm_body(bay, "bay", presented, format_time(self.hands.now()))
        self.wire.call(self.signer, intake.post_alarm(), body)

    def alarm(self, id_: str, code: str, detail: str) -> None:
        body = intake.station_alarm_body(
            id=id_,
            code=code,
            bay=None,
            detail=detail,
            at=format_time(self.hands.now()),
            count=1,
            state="raised",
        )
        self.wire.call(self.signer, intake.post_alarm(), body)


def places(journal: bytes) -> list[tuple[int, int]]:
    """Offset and length of each segment, as the journal's lines say."""
    lines = (unverified_payload(line) for line in journal.splitlines())
    return [(line["offset"], line["length"]) for line in lines if line["type"] == "segment"]
