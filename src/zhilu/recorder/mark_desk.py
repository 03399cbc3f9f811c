"""The way into a running recorder from beside: a socket in its home, for marks and nothing else.

The socket belongs to the recorder's user with mode 0600. One request at a time: a JSON object of at most
4096 bytes with a line feed, `{"text"}`; one answer, `{}` when the mark is durable, or `{"error","hint"}`. Who
says nothing for 5 s is hung up on.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from zhilu.errors import DataError, WorldError, ZhiluError
from zhilu.recorder.home import Home
from zhilu.recorder.marks import PATIENCE_S, Marks, check_text
from zhilu.strictjson import dumps, fields, loads_object

NAME = "mark.sock"
MAX_REQUEST = 4096
SILENCE_S = 5.0


@contextmanager
def desk(home: Home, marks: Marks) -> Iterator[None]:
    """Serve marks meanwhile. Where no socket can be made (a file system without), keys still work."""
    listener = socket.socket(socket.AF_UNIX)
    try:
        with _folder(home) as folder:
            (folder / NAME).unlink(missing_ok=True)
            listener.bind(str(folder / NAME))
            (folder / NAME).chmod(0o600)  # the home itself is its user's alone
        listener.listen(4)
    except OSError:
        listener.close()
        yield
        return
    thread = threading.Thread(target=_serve, args=(listener, marks), name="marks", daemon=True)
    thread.start()
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        with contextlib.suppress(OSError):
            home.file(NAME).unlink(missing_ok=True)


def ask(home: Home, text: str) -> None:
    """For `zhilu recorder mark`: returns when the mark is durable."""
    check_text(text)
    with socket.socket(socket.AF_UNIX) as link:
        link.settimeout(PATIENCE_S + SILENCE_S)
        try:
            with _folder(home) as folder:
                link.connect(str(folder / NAME))
            link.sendall(dumps({"text": text}) + b"\n")
            answer = loads_object(_line(link))
        except OSError:
            raise WorldError("not-running", "This recorder is not running.") from None
    if "error" in answer:
        raise WorldError(str(answer["error"]), str(answer.get("hint", "")))


@contextmanager
def _folder(home: Home) -> Iterator[Path]:
    """The home by a short name: a socket's path has at most 107 bytes."""
    handle = os.open(home.folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield Path(f"/proc/self/fd/{handle}")
    finally:
        os.close(handle)


def _serve(listener: socket.socket, marks: Marks) -> None:
    while True:
        try:
            link, _address = listener.accept()
        except OSError:
            return
        with link, contextlib.suppress(OSError):
            link.settimeout(SILENCE_S)
            link.sendall(_answer(link, marks) + b"\n")


def _answer(link: socket.socket, marks: Marks) -> bytes:
    try:
        marks.ask(fields(loads_object(_line(link)), {"text": str})["text"])
    except ZhiluError as error:
        return dumps({"error": error.code, "hint": error.hint})
    return dumps({})


def _line(link: socket.socket) -> bytes:
    data = b""
    while not data.endswith(b"\n") and len(data) <= MAX_REQUEST:
        piece = link.recv(MAX_REQUEST)
        if not piece:
            break
        data += piece
    if not data.endswith(b"\n") or len(data) > MAX_REQUEST:
        raise DataError("json", "The request is cut short or too long.")
    return data[:-1]
