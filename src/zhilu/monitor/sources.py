"""Where a ledger's public files are read: over HTTP, or in a folder (`zhilu server export tiles`).

LookupError where there is no such file; WorldError where nobody answers, or all of it together takes longer
than `LOOK_S`; DataError `answer-too-long`.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from zhilu.errors import CallerError, DataError, WorldError
from zhilu.monitor.look import Fetch
from zhilu.tlog.note import MAX_NOTE

MOST, TIMEOUT_S = MAX_NOTE, 30.0
"""A note is the longest of them."""
LOOK_S = 600.0


@contextmanager
def opened(place: str) -> Iterator[Fetch]:
    """In the main thread: what takes too long is interrupted by a signal, wherever it hangs."""
    until = time.monotonic() + LOOK_S
    before = signal.signal(signal.SIGALRM, _late)
    try:
        with _opened(place) as fetch:
            yield lambda path: _in_time(fetch, path, until)
    finally:
        signal.signal(signal.SIGALRM, before)


def _in_time(fetch: Fetch, path: str, until: float) -> bytes:
    left = until - time.monotonic()
    if left <= 0:
        _late()
    signal.setitimer(signal.ITIMER_REAL, left, 1.0)  # again, where somebody swallowed it
    try:
        return fetch(path)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _late(*_: object) -> None:
    raise WorldError(
        "monitor-long",
        "The ledger was not read within {seconds} s. What is proved is kept: the next look goes on"
        " from there.",
        seconds=round(LOOK_S),
    )


@contextmanager
def _opened(place: str) -> Iterator[Fetch]:
    if place.startswith(("http://", "https://")):
        base, host = _addressed(place)
        headers = {"accept-encoding": "identity"} | host
        with httpx.Client(timeout=TIMEOUT_S, headers=headers) as client:
            yield lambda path: _fetched(client, f"{base.rstrip('/')}/{path}")
        return
    folder = Path(place)
    if not folder.is_dir():
        raise CallerError(
            "monitor-place", "{place} is neither http:// or https:// nor a folder.", place=place
        )
    yield lambda path: _read(folder / path)


def _addressed(place: str) -> tuple[str, dict[str, str]]:
    """Address and headers: names under `localhost` are this machine (RFC 6761 §6.3), though Debian's resolver
    knows none of them.
    """
    try:
        url = httpx.URL(place)
    except httpx.InvalidURL:
        raise CallerError("monitor-place", "{place} is no address.", place=place) from None
    if not url.host.endswith(".localhost"):
        return place, {}
    return str(url.copy_with(host="127.0.0.1")), {"host": url.netloc.decode()}


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
