"""The station's end of a bay's link: HTTPS to the recorder that may be there (spec/docking.md §1–§5).

What can happen is one of four errors; everything else is a defect:
- Gone: nothing listens, or the connection broke. Try again.
- Foreign: the TLS handshake refused the device. Nothing was asked, nothing given.
- DataError: the recorder refused, or what it sent is refused; the code says why.
- WorldError: the recorder has a trouble of its own (status 500).
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Self
from uuid import UUID

import aiohttp

from zhilu.errors import DataError, WorldError
from zhilu.pki.tls import RoleContext, peer_der
from zhilu.protocols import docking_messages as messages
from zhilu.station.config import Bay

log = logging.getLogger(__name__)

CONNECT_S, SILENCE_S = 5.0, 30.0
CALL_S = 60.0
"""For a small answer as a whole: one that drips in ends there. Media may take as long as bytes come."""
CHUNK = 256 * 1024


class Gone(WorldError):
    """Nothing is there, or not any more. `answered`: there was a connection, and it broke."""

    answered = False


class Foreign(DataError):
    """Refused in the handshake."""


def explain(error: Exception) -> Gone | Foreign:
    """What a failed connection means: the first TLS verdict in the chain of causes, else gone."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, DataError):
            return Foreign(cause.code, "The device in the bay is not a recorder of this bureau.")
        if isinstance(cause, ssl.SSLCertVerificationError) and not _wraps(cause):
            return Foreign(_verdict(cause), "The device in the bay is not a recorder of this bureau.")
        if isinstance(cause, ssl.SSLError) and "ALERT" in (getattr(cause, "reason", None) or ""):
            return Foreign("refused-us", "The device in the bay does not accept this station.")
        cause = cause.__cause__ or cause.__context__
    gone = Gone("gone", "The recorder is not there.")
    gone.answered = isinstance(error, _BROKE) and not isinstance(error, aiohttp.ClientConnectorError)
    return gone


def _wraps(error: ssl.SSLCertVerificationError) -> bool:
    """The verdict itself is what caused it: aiohttp's error about a certificate is one of ssl's too."""
    return isinstance(error, aiohttp.ClientError) or isinstance(error.__cause__, DataError)


_BROKE = (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError, aiohttp.ClientPayloadError)


def _verdict(error: ssl.SSLCertVerificationError) -> str:
    expired, not_yet = 10, 9  # X509_V_ERR_CERT_HAS_EXPIRED, X509_V_ERR_CERT_NOT_YET_VALID
    if getattr(error, "verify_code", 0) in (expired, not_yet):
        return "expired"
    return "foreign"


class _Answer(aiohttp.ClientResponse):
    """Knows who gave it: afterwards the connection may serve another answer, or be gone."""

    peer: bytes

    async def start(self, connection: Any) -> Self:
        self.peer = peer_der(connection.transport.get_extra_info("ssl_object"))
        await super().start(connection)
        return self


class Dock:
    """One kept connection to whatever is in the bay. To be made where the event loop runs."""

    def __init__(self, bay: Bay, context: RoleContext) -> None:
        host = f"[{bay.host}]" if ":" in bay.host else bay.host
        self._url = f"https://{host}:{bay.tcp_port}"
        self._client = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                ssl=context,
                limit=1,
                keepalive_timeout=3600,
                socket_factory=lambda info: _socket(bay, *info[:3]),
            ),
            response_class=_Answer,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S, sock_read=SILENCE_S),
            read_bufsize=CHUNK,
            # Bytes as they are: nothing that a liar packed is unpacked, nothing that it sets is kept.
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        self.peer: bytes = b""
        """DER of the certificate that the recorder showed on the connection of the last answer."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.close()

    async def hello(self, nonce: bytes) -> bytes:
        return await self._call("POST", "/hello", messages.hello_request(nonce))

    async def handover(self, body: bytes) -> bytes:
        """The `docked` line."""
        return messages.parse_line_answer("docked", await self._call("POST", "/handover", body))

    async def entries(self, request: messages.EntriesRequest) -> None:
        await self._call("POST", "/entries", request.to_bytes())

    async def receipt(self, request: messages.ReceiptRequest) -> bytes:
        """The `cleared` line."""
        return messages.parse_line_answer("cleared", await self._call("POST", "/receipt", request.to_bytes()))

    async def clock(self, request: messages.ClockRequest) -> None:
        await self._call("POST", "/clock", request.to_bytes())

    async def undock(self) -> tuple[int, str]:
        return messages.parse_undock_answer(await self._call("POST", "/undock", b"{}"))

    @asynccontextmanager
    async def logbook(self, start: int) -> AsyncIterator[AsyncIterator[bytes]]:
        async with self._stream("GET", f"/logbook?from={start}") as chunks:
            yield chunks

    @asynccontextmanager
    async def journal(self, recording: UUID) -> AsyncIterator[AsyncIterator[bytes]]:
        async with self._stream("GET", f"/recordings/{recording}/journal") as chunks:
            yield chunks

    @asynccontextmanager
    async def media(self, recording: UUID, start: int, end: int) -> AsyncIterator[AsyncIterator[bytes]]:
        """Bytes `start` to before `end`."""
        ranged = {"range": f"bytes={start}-{end - 1}"}
        async with self._stream("GET", f"/recordings/{recording}/media", headers=ranged, ok=206) as chunks:
            yield chunks

    async def _call(self, method: str, path: str, body: bytes) -> bytes:
        json = {"content-type": "application/json"}
        try:
            async with (
                asyncio.timeout(CALL_S),
                self._stream(method, path, data=body, headers=json) as chunks,
            ):
                return await _all(chunks, messages.MAX_BODY)
        except TimeoutError as error:
            raise explain(error) from error

    @asynccontextmanager
    async def _stream(
        self, method: str, path: str, ok: int = 200, **more: Any
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        try:
            async with self._client.request(
                method, self._url + path, allow_redirects=False, **more
            ) as response:
                assert isinstance(response, _Answer)
                self.peer = response.peer
                chunks = response.content.iter_any()
                if response.status != ok:
                    raise _refusal(response.status, await _all(chunks, messages.MAX_BODY))
                yield chunks
        except (aiohttp.ClientError, ssl.SSLError, ConnectionError, TimeoutError) as error:
            raise explain(error) from error


def _refusal(status: int, body: bytes) -> DataError | WorldError:
    error = messages.parse_error_answer(body)
    return WorldError(error.code, error.hint) if status >= 500 else error


async def _all(chunks: AsyncIterator[bytes], limit: int) -> bytes:
    held = bytearray()
    async for chunk in chunks:
        held += chunk
        if len(held) > limit:
            raise DataError("too-long", "The peer's answer is longer than allowed.", limit=limit)
    return bytes(held)


def _socket(bay: Bay, family: int, kind: int, proto: int = 0) -> socket.socket:
    """Bound to the bay's interface, so that an address means the device behind that one only."""
    made = socket.socket(family, kind, proto)
    try:
        made.setblocking(False)
        if bay.interface is not None:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, bay.interface.encode() + b"\0")
    except OSError as error:
        made.close()
        if isinstance(error, PermissionError):
            log.error("bay %s: no right to use the interface %s", bay.number, bay.interface)
        raise
    return made


async def presented(bay: Bay) -> str:
    """Hex of the certificate's SHA-256 that a refused device shows, for the alarm; empty if it shows none."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # Nothing is sent over this connection and nothing read: it looks at the certificate and goes.
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        async with asyncio.timeout(CONNECT_S):
            return await _certificate(bay, context)
    except (OSError, TimeoutError):
        return ""


async def _certificate(bay: Bay, context: ssl.SSLContext) -> str:
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(bay.host, bay.tcp_port, type=socket.SOCK_STREAM)
    family, kind, proto, _, address = found[0]
    with _socket(bay, family, kind, proto) as link:
        await loop.sock_connect(link, address)
        _, writer = await asyncio.open_connection(sock=link, ssl=context, server_hostname="")
        der = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        writer.transport.abort()
    return hashlib.sha256(der).hexdigest() if der else ""
