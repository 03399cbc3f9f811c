"""Small readers of fields for the payloads of lines: each refuses with `field` and the field's name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

from zhilu.encoding import hex32, unb64u, uuid_bytes
from zhilu.errors import DataError
from zhilu.strictjson import FieldError

T = TypeVar("T")


def text(payload: dict[str, Any], name: str) -> str:
    value = payload.get(name)
    if not isinstance(value, str):
        raise FieldError(name)
    return value


def optional_text(payload: dict[str, Any], name: str) -> str | None:
    """A text or null; the field must be there."""
    if name in payload and payload[name] is None:
        return None
    return text(payload, name)


def optional_identifier(payload: dict[str, Any], name: str) -> str | None:
    """The text of an id, or null; the field must be there."""
    value = optional_text(payload, name)
    return None if value is None else str(identifier(payload, name))


def sealed_text(payload: dict[str, Any], name: str) -> str:
    """base64url of something that is not opened here."""
    read(payload, name, unb64u)
    return text(payload, name)


def flag(payload: dict[str, Any], name: str) -> bool:
    value = payload.get(name)
    if not isinstance(value, bool):
        raise FieldError(name)
    return value


def number(payload: dict[str, Any], name: str, least: int = 0) -> int:
    value = payload.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise FieldError(name)
    return value


def digest(payload: dict[str, Any], name: str) -> bytes:
    """32 bytes."""
    return read(payload, name, hex32)


def identifier(payload: dict[str, Any], name: str) -> UUID:
    return UUID(bytes=read(payload, name, uuid_bytes))


def one_of(payload: dict[str, Any], name: str, values: tuple[str, ...]) -> str:
    value = text(payload, name)
    if value not in values:
        raise FieldError(name)
    return value


def read(payload: dict[str, Any], name: str, reader: Callable[[str], T]) -> T:
    """A text that `reader` accepts."""
    value = text(payload, name)
    try:
        return reader(value)
    except DataError:
        raise FieldError(name) from None
