"""A media store in memory: the same promises, but for the one about power. For tests."""

from __future__ import annotations

import hashlib
import io
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from zhilu.store import api
from zhilu.store.api import READ_ONLY, Content, check_key


class MemoryStore:
    copies = 1

    def __init__(self) -> None:
        self._objects: dict[str, bytes] = {}
        self._lock = threading.Lock()

    def put(self, key: str, chunks: Iterable[bytes], content: Content | None = None) -> Content:
        check_key(key)
        data = b"".join(chunks)
        written = Content(len(data), hashlib.sha256(data).digest())
        if content is not None and written != content:
            raise api.mismatch(key)
        with self._lock:
            if self._objects.setdefault(key, data) != data:
                raise api.exists(key)
        return written

    def adopt(self, key: str, path: Path) -> None:
        check_key(key)
        try:
            path.chmod(READ_ONLY)
            data = path.read_bytes()
        except OSError as error:
            raise api.failed(error) from error
        self.put(key, [data])

    def open(self, key: str) -> BinaryIO:
        try:
            return io.BytesIO(self._objects[check_key(key)])
        except KeyError:
            raise api.missing(key) from None

    def length(self, key: str) -> int | None:
        data = self._objects.get(check_key(key))
        return None if data is None else len(data)
