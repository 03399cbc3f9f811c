"""The wires between programs of the demonstration, in one process: requests are signed as on a network, and
go through the server's own application, views and all."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Coroutine, Mapping
from contextlib import closing
from typing import Any, TypeVar
from wsgiref.util import setup_testing_defaults

from zhilu import strictjson
from zhilu.demo.bureau.hands import Hands
from zhilu.errors import DataError, WorldError
from zhilu.protocols.httpsig import sign_request
from zhilu.protocols.intake import Call, parse_refusal
from zhilu.sealed.keys import Signer

Done = TypeVar("Done")
JSON_TYPE = "application/json"


class Wire:
    """To the county's server, by its own name."""

    def __init__(self, authority: str, hands: Hands) -> None:
        from zhilu.server.wsgi import application

        self._authority, self._hands, self._nonce = authority, hands, 0
        self._application = application

    def call(self, signer: Signer, call: Call, body: bytes = b"") -> bytes:
        """The answer's body; DataError where the county refuses."""
        kind = call.content_type or JSON_TYPE
        status, answer = self.ask(signer, call.method, call.path, call.query, body, kind)
        if status >= 400:
            raise parse_refusal(status, answer)
        return answer

    def ask(
        self,
        signer: Signer,
        method: str,
        path: str,
        query: str = "",
        body: bytes = b"",
        content_type: str = JSON_TYPE,
    ) -> tuple[int, bytes]:
        self._nonce += 1
        headers = sign_request(
            signer,
            method,
            self._authority,
            path,
            query,
            body,
            content_type,
            created=int(self._hands.unix()),
            nonce=self._nonce.to_bytes(16, "big"),
        )
        return self._asked(_environ(method, path, query, headers, body))

    def enter(self, path: str, token: str, row: Mapping[str, Any]) -> dict[str, Any]:
        """What another system enters by the API, with its token."""
        body = json.dumps(row).encode()
        headers = {"AUTHORIZATION": f"Bearer {token}", "CONTENT_TYPE": JSON_TYPE}
        headers["CONTENT_LENGTH"] = str(len(body))
        status, answer = self._asked(_environ("POST", path, "", headers, body))
        if status >= 400:
            raise refused(status, answer)
        return strictjson.loads_object(answer, len(answer))

    def _asked(self, environ: dict[str, Any]) -> tuple[int, bytes]:
        said: list[str] = []

        def start(
            status: str, headers: list[tuple[str, str]], error: Any = None, /
        ) -> Callable[[bytes], object]:
            said.append(status)
            return io.BytesIO().write  # of the old way to answer; Django has none

        answer: Any = self._application(environ, start)
        with closing(answer):
            body = b"".join(answer)
        return int(said[0].split()[0]), body


def _environ(method: str, path: str, query: str, headers: dict[str, str], body: bytes) -> dict[str, Any]:
    """As a web server would hand it on (PEP 3333)."""
    environ: dict[str, Any] = {
        f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()
    }
    for name in ("CONTENT_LENGTH", "CONTENT_TYPE"):
        environ[name] = environ.pop(f"HTTP_{name}", "")
    environ |= {"REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query}
    environ |= {"HTTP_HOST": "127.0.0.1", "REMOTE_ADDR": "127.0.0.1", "wsgi.input": io.BytesIO(body)}
    setup_testing_defaults(environ)
    return environ


def finish(work: Coroutine[Any, Any, Done]) -> Done:
    """Run what never really waits, without a loop of its own: nobody else is there to be waited for."""
    try:
        work.send(None)
    except StopIteration as stop:
        found: Done = stop.value
        return found
    raise WorldError("demo-waits", "A step of the demonstration waits for something that cannot come.")


def refused(status: int, answer: bytes) -> DataError:
    said = answer[:300].decode("utf-8", "replace")
    return DataError("demo-refused", "The county refused: {status} {said}", status=status, said=said)
