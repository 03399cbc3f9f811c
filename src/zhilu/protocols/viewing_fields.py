"""Reading the objects that persons sign in the viewing room: one code for each object, `part` = the field."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from zhilu import strictjson
from zhilu.encoding import parse_time, unb64u, uuid_bytes
from zhilu.errors import DataError
from zhilu.sealed.keys import load_point

MAX_SEGMENT_NUMBER = 2**32 - 1
POINT = 65  # bytes of a P-256 point, uncompressed
TOKEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
THUMBPRINT = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


def refuse(code: str, part: str) -> DataError:
    return DataError(code, "The field {part} is missing or has the wrong form.", part=part)


class Fields:
    """Reads the fields of one object, so that whatever is wrong is refused under the object's own code."""

    def __init__(self, code: str, body: object) -> None:
        if not isinstance(body, Mapping):
            raise refuse(code, "object")
        self.code, self.body = code, body

    def text(self, name: str) -> str:
        value = self.body.get(name)
        if not isinstance(value, str):
            raise refuse(self.code, name)
        return value

    def read(self, name: str, parse: Any) -> Any:
        try:
            return parse(self.text(name))
        except DataError:
            raise refuse(self.code, name) from None

    def token(self, name: str, pattern: re.Pattern[str] = TOKEN) -> str:
        if not pattern.fullmatch(value := self.text(name)):
            raise refuse(self.code, name)
        return value

    def one_of(self, name: str, choices: tuple[str, ...]) -> str:
        if (value := self.text(name)) not in choices:
            raise refuse(self.code, name)
        return value

    def uuid(self, name: str) -> str:
        self.read(name, uuid_bytes)
        return self.text(name)

    def raw(self, name: str, least: int, most: int) -> bytes:
        value: bytes = self.read(name, unb64u)
        if not least <= len(value) <= most:
            raise refuse(self.code, name)
        return value

    def point(self, name: str) -> bytes:
        """A P-256 key, 65 bytes uncompressed, on the curve."""
        value = self.raw(name, POINT, POINT)
        try:
            load_point(value)
        except DataError:
            raise refuse(self.code, name) from None
        return value

    def time(self, name: str) -> datetime:
        value: datetime = self.read(name, parse_time)
        return value

    def number(self, name: str) -> int:
        value = self.body.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_SEGMENT_NUMBER:
            raise refuse(self.code, name)
        return value


def object_of(code: str, data: bytes) -> Fields:
    try:
        return Fields(code, strictjson.loads_object(data))
    except DataError:
        raise refuse(code, "json") from None
