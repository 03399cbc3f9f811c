"""Networks that look like a station with USB bays: interfaces bay1, bay2 …, and behind each of them a
recorder under one and the same address, as its gadget gives it.

A namespace belongs to a thread, and a socket to the namespace in which it was made: the whole of it lives in
threads of this process and goes away with them.
"""

from __future__ import annotations

import ctypes
import os
import socket
import subprocess
import threading
from collections.abc import Callable
from typing import TypeVar

CLONE_NEWNET = 0x40000000
RECORDER, STATION, PORT = "169.254.7.1", "169.254.7.2", 8631

T = TypeVar("T")


def in_a_namespace(what: Callable[[], T]) -> T:
    """Run it in a thread with a network of its own. PermissionError where none can be made."""
    result: list[T] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            _unshare()
            result.append(what())
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
    return result[0]


def link(bay: int) -> socket.socket:
    """A cable from interface bay<n> of this thread's network to a recorder's; gives the socket on which the
    recorder listens at its far end."""
    here = threading.get_native_id()

    def far_end() -> socket.socket:
        _ip(f"link add usb0 type veth peer name bay{bay} netns {here}")
        _ip(f"address add {RECORDER}/30 dev usb0")
        _ip("link set usb0 up")
        return socket.create_server((RECORDER, PORT))

    listener = in_a_namespace(far_end)
    _ip(f"address add {STATION}/30 dev bay{bay}")
    _ip(f"link set bay{bay} up")
    return listener


def _unshare() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET) != 0:
        raise PermissionError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    _ip("link set lo up")


def _ip(arguments: str) -> None:
    subprocess.run(["ip", *arguments.split()], check=True, capture_output=True)
