"""Signed requests to the county server over kept connections (spec/intake.md).

An answer that says no is a DataError with the county's code; no answer, or one that says "not now", is the
WorldError `county-away`: try again later. Bodies of any size are hashed and sent in pieces.
"""

from __future__ import annotations

import hashlib
import secrets
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Self
from uuid import UUID

import aiohttp
from yarl import URL

from zhilu.errors import DataError, WorldError
from zhilu.protocols import intake
from zhilu.protocols.arrival import Wanted
from zhilu.protocols.docking_messages import EntriesRequest, ReceiptRequest
from zhilu.protocols.health import parse_answer
from zhilu.protocols.httpsig import Digested, sign_request
from zhilu.protocols.snapshot import MAX_SNAPSHOT
from zhilu.sealed.keys import Signer
from zhilu.station.config import Server

CONNECT_S, SILENCE_S = 5.0, 60.0
AT_ONCE = 6
"""Connections: more would only wait for each other at the county."""
CHUNK = 256 * 1024
TOO_OFTEN = 429
UNKNOWN = "keyid"
"""The county's code for a sender whose key it does not know."""
LATER = frozenset({408, 425, 429, 500, 502, 503, 504, 507})


@dataclass(frozen=True)
class FileBody:
    """A body that is sent from a file in pieces: never held whole, however long it is."""

    path: Path
    offset: int
    digested: Digested

    @classmethod
    def whole(cls, path: Path) -> Self:
        """The whole file; read twice, to be hashed and to be sent."""
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").digest()
            return cls(path, 0, Digested(digest, file.tell()))

    async def chunks(self) -> AsyncIterator[bytes]:
        missing = self.digested.length
        with self.path.open("rb") as file:
            file.seek(self.offset)
            while missing and (chunk := file.read(min(CHUNK, missing))):
                missing -= len(chunk)
                yield chunk
            if missing:
                raise OSError("the file is shorter than it was")


class County:
    """The county, as a station sees it. `reachable` is how the last request went; None before the first."""

    def __init__(self, server: Server, signer: Signer, clock_s: Callable[[], float]) -> None:
        self._server, self._signer, self._clock_s = server, signer, clock_s
        self._opened: aiohttp.ClientSession | None = None
        self.reachable: bool | None = None
        self.clock_offset_us: int | None = None
        """How far our clock is ahead of the county's; None before the first answer."""
        self.registered: bool | None = None
        """Whether the county knows this station's key; None before the first answer that tells."""

    async def close(self) -> None:
        if self._opened is not None:
            await self._opened.close()

    async def snapshot(self) -> bytes:
        return (await self._call(intake.get_snapshot(), limit=MAX_SNAPSHOT))[1]

    async def update(self, kid: str, size: int) -> EntriesRequest:
        return intake.parse_update((await self._call(intake.get_update(kid, size)))[1])

    async def logbook(self, kid: str) -> tuple[int, bytes]:
        return intake.parse_tail((await self._call(intake.get_logbook(kid)))[1])

    async def put_logbook(self, kid: str, start: int, lines: bytes) -> None:
        await self._call(intake.put_logbook(kid, start), lines)

    async def put_handover(self, digest: bytes, body: bytes) -> None:
        await self._call(intake.put_handover(digest), body)

    async def recording(self, recording: UUID) -> intake.Held:
        return intake.parse_recording((await self._call(intake.get_recording(recording)))[1])

    async def put_journal(self, recording: UUID, kid: str, handover: bytes, journal: Path) -> int:
        call = intake.put_journal(recording, kid, handover)
        return intake.parse_segments((await self._call(call, FileBody.whole(journal)))[1])

    async def put_import_journal(self, recording: UUID, journal: Path) -> int:
        call = intake.put_import_journal(recording)
        return intake.parse_segments((await self._call(call, FileBody.whole(journal)))[1])

    async def put_segment(self, recording: UUID, media: Path, wanted: Wanted) -> int:
        # The hash is the journal's: bytes that rotted in the spool are refused by the county.
        body = FileBody(media, wanted.offset, Digested(wanted.sha256, wanted.length))
        return intake.parse_segments((await self._call(intake.put_segment(recording, wanted.i), body))[1])

    async def wanted(self, kid: str) -> list[intake.Lost]:
        """Recordings of this recorder that are logged and whose bytes the county has lost."""
        return intake.parse_lost((await self._call(intake.get_wanted(kid)))[1])

    async def complete(self, recording: UUID) -> int:
        return intake.parse_index((await self._call(intake.complete(recording), b"{}"))[1])

    async def receipt(self, recording: UUID, size: int) -> ReceiptRequest | None:
        """None while the ledger waits for cosignatures."""
        status, body = await self._call(intake.get_receipt(recording, size))
        return None if status == intake.WAITING else intake.parse_receipt(body)

    async def alarm(self, body: bytes) -> None:
        await self._call(intake.post_alarm(), body)

    async def health(self, body: bytes) -> dict[str, str]:
        """The station's alarms that the county has moved: state by id."""
        return parse_answer((await self._call(intake.post_health(), body))[1])

    async def ask(self, call: intake.Call, body: bytes = b"", limit: int = intake.ANSWER_LIMIT) -> bytes:
        """What the kiosk's people ask: `protocols.intake_words`."""
        return (await self._call(call, body, limit))[1]

    async def _call(
        self, call: intake.Call, body: bytes | FileBody = b"", limit: int = intake.ANSWER_LIMIT
    ) -> tuple[int, bytes]:
        digested = body.digested if isinstance(body, FileBody) else Digested.of(body)
        headers = sign_request(
            self._signer,
            call.method,
            self._server.authority,
            call.path,
            call.query,
            digested,
            call.content_type,
            created=int(self._clock_s()),
            nonce=secrets.token_bytes(16),
        )
        content = body.chunks() if isinstance(body, FileBody) else body
        try:
            status, answer = await self._send(call, headers, content, limit)
        except (aiohttp.ClientError, OSError) as error:
            self.reachable = False
            raise WorldError("county-away", "The county server cannot be reached.") from error
        self.reachable = status not in LATER or status == TOO_OFTEN
        if status in LATER:
            raise WorldError("county-away", "The county server cannot be reached.", status=status)
        if status not in (200, 201, intake.WAITING):
            refusal = intake.parse_refusal(status, answer)
            if refusal.code == UNKNOWN:
                self.registered = False
            raise refusal
        self.registered = True
        return status, answer

    async def _send(
        self,
        call: intake.Call,
        headers: dict[str, str],
        content: bytes | AsyncIterator[bytes],
        limit: int,
    ) -> tuple[int, bytes]:
        url = self._server.url + call.path + (f"?{call.query}" if call.query else "")
        sent = headers | {"host": self._server.authority}
        answer = bytearray()
        async with self._client().request(
            call.method, URL(url, encoded=True), headers=sent, data=content or None, allow_redirects=False
        ) as response:
            self._compare_clocks(response.headers.get("date", ""))
            async for chunk in response.content.iter_any():
                answer += chunk
                if len(answer) > limit:
                    raise DataError("too-long", "The peer's answer is longer than allowed.", limit=limit)
            return response.status, bytes(answer)

    def _client(self) -> aiohttp.ClientSession:
        """Made at the first request: it belongs to the event loop that runs then."""
        if self._opened is None:
            self._opened = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=AT_ONCE, ssl=_trust(self._server)),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S, sock_read=SILENCE_S),
                headers={"accept-encoding": "identity"},
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
            )
            # A signed request is sent once: told again by the library, its nonce would be refused.
            self._opened._retry_connection = False
        return self._opened

    def _compare_clocks(self, date: str) -> None:
        """By the answer's Date, which is in whole seconds: good to one."""
        try:
            theirs = parsedate_to_datetime(date).timestamp()
        except (ValueError, TypeError, OverflowError):
            return
        self.clock_offset_us = round((self._clock_s() - theirs - 0.5) * 1_000_000)


def _trust(server: Server) -> ssl.SSLContext | bool:
    """The bureau's own root; without one, https means the machine's roots."""
    return True if server.ca is None else ssl.create_default_context(cafile=server.ca)
