"""A neighbour's server as its follower sees it, over HTTP (spec/federation.md §2, §4).

Nothing that comes back is believed; it is only kept from being too long, too late or of another kind. No
proxy, no redirection, no compression.
"""

from __future__ import annotations

import re
import secrets
import ssl
import time
from typing import Protocol
from urllib.parse import urlencode

import httpx

from zhilu import strictjson
from zhilu.errors import DataError, WorldError
from zhilu.protocols import federation, rows
from zhilu.protocols.httpsig import sign_request
from zhilu.sealed.keys import Signer
from zhilu.server.federation.services.deadline import Deadline
from zhilu.tlog.note import MAX_NOTE
from zhilu.tlog.tiles import WIDTH

TOTAL_S, READ_S, CONNECT_S = 60.0, 20.0, 5.0
MAX_SMALL = 65_536
_CODE = re.compile("[a-z0-9-]{1,50}")
BYTES, PLAIN = "application/octet-stream", "text/plain; charset=utf-8"


class Source(Protocol):
    """WorldError `neighbour-away`, or DataError: `answer-too-long`, `protocol`, or why it refused."""

    def checkpoint(self) -> bytes: ...

    def tile(self, path: str) -> bytes:
        """LookupError where there is none."""
        ...

    def entries(self, start: int, count: int) -> bytes: ...

    def cosign(self, size: int, line: bytes) -> int:
        """The newest size that the neighbour has a cosignature of us for."""
        ...


class HttpSource:
    def __init__(self, url: str, authority: str, signer: Signer, total_s: float = TOTAL_S) -> None:
        self._authority, self._signer, self._deadline = authority, signer, Deadline(total_s)
        self._client = httpx.Client(
            base_url=url,
            timeout=httpx.Timeout(READ_S, connect=CONNECT_S),
            limits=httpx.Limits(max_connections=1),
            trust_env=False,
            verify=ssl.create_default_context(),
            headers={"accept-encoding": "identity"},
        )

    def checkpoint(self) -> bytes:
        return self._public("/ledger/checkpoint", MAX_NOTE)

    def tile(self, path: str) -> bytes:
        return self._public(f"/ledger/{path}", WIDTH * 32)

    def entries(self, start: int, count: int) -> bytes:
        return self._signed("GET", *federation.entries_path(start, count), b"", federation.MAX_BATCH)

    def cosign(self, size: int, line: bytes) -> int:
        answer = self._signed("POST", *federation.cosignature_path(size), line, MAX_SMALL)
        return int(strictjson.fields(strictjson.loads_object(answer), {"size": int})["size"])

    def rows(self, table: str, after: str | None, count: int, *, each: bool) -> rows.Rows:
        query = urlencode(rows.rows_query(table, after, count, each=each))
        return rows.loads(self._signed("GET", "/federation/1/rows", query, b"", rows.MAX_ANSWER), count)

    def close(self) -> None:
        self._client.close()

    def _public(self, path: str, limit: int) -> bytes:
        status, body = self._ask("GET", path, b"", {}, limit)
        if status == 404:
            raise LookupError(path)
        if status != 200:
            raise _away(str(status))
        return body

    def _signed(self, method: str, path: str, query: str, body: bytes, limit: int) -> bytes:
        kind = PLAIN if body else BYTES
        headers = sign_request(
            self._signer,
            method,
            self._authority,
            path,
            query,
            body,
            kind,
            created=int(time.time()),
            nonce=secrets.token_bytes(16),
        )
        status, answer = self._ask(method, f"{path}?{query}", body, headers, limit)
        if status == 200:
            return answer
        raise _refusal(status, answer)

    def _ask(
        self, method: str, target: str, body: bytes, headers: dict[str, str], limit: int
    ) -> tuple[int, bytes]:
        headers = {**headers, "host": self._authority}
        extensions = {"trace": self._deadline.trace}
        with self._deadline.over() as run:
            try:
                with self._client.stream(
                    method, target, content=body, headers=headers, extensions=extensions
                ) as answer:
                    status, got = answer.status_code, _read(answer, limit)
            except (httpx.HTTPError, OSError) as error:
                raise _away("slow" if run.is_late else type(error).__name__) from None
        if run.is_late:
            raise _away("slow")  # cut off, it may look like an answer's end
        return status, got


def _read(answer: httpx.Response, limit: int) -> bytes:
    body = bytearray()
    for part in answer.iter_raw():
        body += part
        if len(body) > limit:
            raise DataError("answer-too-long", "The neighbour's answer is longer than any that is right.")
    return bytes(body)


def _refusal(status: int, body: bytes) -> DataError | WorldError:
    if status >= 500 or 300 <= status < 400:
        return _away(str(status))
    try:
        said = str(strictjson.fields(strictjson.loads(body), {"error": str})["error"])
    except DataError:
        if status == 404:
            return DataError("protocol", "The neighbour's server does not speak this release's language.")
        return _away(str(status))
    code = said if _CODE.fullmatch(said) else "unknown"
    # A word of its own never stands for what is found here.
    mine = code if code in federation.AWAY else f"refusal-{code}"
    return DataError(mine, "The neighbour refused: {reason}", reason=code)


def _away(reason: str) -> WorldError:
    return WorldError("neighbour-away", "The neighbour's server does not answer ({reason}).", reason=reason)
