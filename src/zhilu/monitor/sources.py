"""Where a ledger's public files are read: over HTTP, or in a folder (`zhilu server export tiles`).

LookupError where there is no such file; WorldError where nobody answers; DataError `answer-too-long`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from zhilu.errors import CallerError, DataError, WorldError
from zhilu.monitor.look import Fetch
from zhilu.tlog.note import MAX_NOTE

MOST, TIMEOUT_S = MAX_NOTE, 30.0
"""A note is the longest of them."""


@contextmanager
def opened(place: str) -> Iterator[Fetch]:
    if place.startswith(("http://", "https://")):
        with httpx.Client(timeout=TIMEOUT_S, headers={"accept-encoding": "identity"}) as client:
            yield lambda path: _fetched(client, f"{place.rstrip('/')}/{path}")
        return
    folder = Path(place)
    if not folder.is_dir():
        raise CallerError(
            "monitor-place", "{place} is neither http:// or https:// nor a folder.", place=place
        )
    yield lambda path: _read(folder / path)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return _short(file.read(MOST + 1))
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        raise LookupError(path) from None
    except OSError as error:
        raise _away(str(error.strerror)) from None


def _fetched(client: httpx.Client, url: str) -> bytes:
    body = bytearray()
    try:
        with client.stream("GET", url) as answer:
            if answer.status_code == 404:
                raise LookupError(url)
            if answer.status_code != 200:
                raise _away(str(answer.status_code))
            for part in answer.iter_raw():
                body += part
                _short(body)
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise _away(type(error).__name__) from None
    return bytes(body)


def _short(data: bytes | bytearray) -> bytes:
    if len(data) > MOST:
        raise DataError("answer-too-long", "The answer is longer than any file of a ledger.")
    return bytes(data)


def _away(reason: str) -> WorldError:
    return WorldError("ledger-away", "The ledger does not answer ({reason}).", reason=reason)
