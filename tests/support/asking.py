"""A city's requests to the county in this process: signed, and sent through Django's test client."""

from __future__ import annotations

import secrets
import time
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.test import Client

from support.county_world import AUTHORITY
from support.neighbour import ed25519
from zhilu.errors import DataError
from zhilu.protocols import federation, rows
from zhilu.protocols.httpsig import sign_request
from zhilu.sealed.keys import SoftSigner
from zhilu.tlog.cosign import CosignatureSigner


class Asking:
    """A `Source`."""

    def __init__(self, signer: SoftSigner) -> None:
        self._signer, self._client = signer, Client(HTTP_HOST="127.0.0.1")

    def send(self, method: str, path: str, query: str, body: bytes = b"", **changed: Any) -> HttpResponse:
        signing = {"created": int(time.time()), "nonce": secrets.token_bytes(16)} | changed
        headers = sign_request(self._signer, method, AUTHORITY, path, query, body, "text/plain", **signing)
        meta = {
            f"HTTP_{name.upper().replace('-', '_')}": value
            for name, value in headers.items()
            if not name.startswith("content-")
        }
        meta |= {
            "HTTP_CONTENT_DIGEST": headers["content-digest"],
            "CONTENT_LENGTH": headers["content-length"],
            "CONTENT_TYPE": headers["content-type"],
        }
        answer: HttpResponse = self._client.generic(
            method, f"{path}?{query}", body, content_type="text/plain", **meta
        )
        return answer

    def checkpoint(self) -> bytes:
        return bytes(self._client.get("/ledger/checkpoint").content)

    def tile(self, path: str) -> bytes:
        answer = self._client.get(f"/ledger/{path}")
        if answer.status_code == 404:
            raise LookupError(path)
        return bytes(answer.content)

    def entries(self, start: int, count: int) -> bytes:
        return bytes(self.send("GET", *federation.entries_path(start, count)).content)

    def cosign(self, size: int, line: bytes) -> int:
        return int(self.send("POST", *federation.cosignature_path(size), line).json()["size"])

    def rows(self, table: str, after: str | None, count: int, *, each: bool) -> rows.Rows:
        query = urlencode(rows.rows_query(table, after, count, each=each))
        answer = self.send("GET", "/federation/1/rows", query)
        if answer.status_code != 200:
            raise DataError(f"refusal-{answer.json()['error']}")  # type: ignore[attr-defined]
        return rows.loads(answer.content, count)


def city_signer() -> CosignatureSigner:
    return CosignatureSigner("xingtai.example/mirror", ed25519("mirror of xingtai"))
