"""Signed notes: C2SP signed-note.

A note is a text that ends in LF, an empty line, and signature lines `— name base64(key id ‖ signature)`.

- At most 64 KiB and 100 signatures. UTF-8; no character below U+0020 but LF. The last empty line divides.
- A key is known by its name and its id together, id = SHA-256(name LF type key)[:4]. Signatures of unknown
  keys are ignored. A signature under a known name and id that does not verify refuses the whole note, and
  so does a second one of the same key: which of two is meant is never guessed.
- base64 is the standard one, padded, canonical.

Whoever asks for notes says which keys he knows; a note verified by none of them is refused.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import ClassVar, Protocol, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from zhilu.errors import CallerError, DataError

MAX_NOTE = 65_536
MAX_SIGNATURES = 100
ED25519 = 0x01
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_VKEY = re.compile(r"([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)", re.ASCII)


class NoteError(DataError):
    """Codes `note` (not a signed note, or a key that is none), `note-signature` (by none known, or wrong)."""


@dataclass(frozen=True)
class Signature:
    """One signature line; `data` is what follows the key id."""

    name: str
    key_id: bytes
    data: bytes

    @property
    def key(self) -> tuple[str, bytes]:
        return self.name, self.key_id

    def line(self) -> str:
        return f"— {self.name} {base64.b64encode(self.key_id + self.data).decode('ascii')}\n"


class Verifier(Protocol):
    """A known key."""

    @property
    def name(self) -> str: ...
    @property
    def key_id(self) -> bytes: ...
    def verify(self, text: str, data: bytes) -> None:
        """Return when `data` is this key's signature of `text`, else raise NoteError."""


@dataclass(frozen=True)
class Note:
    """`text` ends in LF; the signatures are as they stand, none verified."""

    text: str
    signatures: tuple[Signature, ...]

    @classmethod
    def parse(cls, data: bytes) -> Note:
        if len(data) > MAX_NOTE:
            raise NoteError("note", "The note is longer than 65,536 bytes.")
        try:
            whole = data.decode("utf-8")
        except UnicodeDecodeError:
            raise NoteError("note", "The note is not UTF-8.") from None
        if _CONTROL.search(whole):
            raise NoteError("note", "There is a control character in the note.")
        text, _, lines = whole.rpartition("\n\n")
        if not text or not lines.endswith("\n"):
            raise NoteError("note", "A note is a text, an empty line and signature lines.")
        rows = lines[:-1].split("\n")
        if len(rows) > MAX_SIGNATURES:
            raise NoteError("note", "The note has more than 100 signatures.")
        return cls(text + "\n", tuple(parse_signature(row + "\n") for row in rows))

    def format(self) -> bytes:
        """Inverse of `parse`; refuses to write what `parse` would refuse or read otherwise."""
        data = (self.text + "\n" + "".join(s.line() for s in self.signatures)).encode("utf-8", "replace")
        if Note.parse(data) != self:
            raise CallerError("note", "This text cannot stand in a note.")
        return data

    def add(self, signature: Signature) -> Note:
        """With this signature at the end; one of the same key goes."""
        others = tuple(other for other in self.signatures if other.key != signature.key)
        return replace(self, signatures=(*others, signature))


def parse_signature(line: str) -> Signature:
    """One signature line with its LF."""
    parts = line.removesuffix("\n").split(" ")
    if not line.endswith("\n") or len(parts) != 3 or parts[0] != "—":
        raise NoteError("note", "A signature line has another form.")
    check_name(parts[1])
    data = unb64(parts[2])
    if len(data) < 5:
        raise NoteError("note", "A signature line has another form.")
    return Signature(parts[1], data[:4], data[4:])


def verify_note(note: Note, verifiers: Sequence[Verifier]) -> list[Signature]:
    """The signatures of known keys, all of them verified; refuses the note by the rules above."""
    known = {(verifier.name, verifier.key_id): verifier for verifier in verifiers}
    found: dict[tuple[str, bytes], Signature] = {}
    for signature in note.signatures:
        verifier = known.get(signature.key)
        if verifier is None:
            continue
        if signature.key in found:
            raise NoteError("note-signature", "There are two signatures of {name}.", name=signature.name)
        verifier.verify(note.text, signature.data)
        found[signature.key] = signature
    if not found:
        raise NoteError("note-signature", "No known key signed this.")
    return list(found.values())


@dataclass(frozen=True)
class NamedKey:
    """An Ed25519 key that verifies under a name; its id says of which type its signatures are."""

    TYPE: ClassVar[int]
    name: str
    public_key: bytes

    def __post_init__(self) -> None:
        check_key(self.name, self.public_key)

    @classmethod
    def from_vkey(cls, vkey: str) -> Self:
        return cls(*parse_vkey(vkey, cls.TYPE))

    @property
    def key_id(self) -> bytes:
        return key_id(self.name, self.TYPE, self.public_key)

    @property
    def vkey(self) -> str:
        return format_vkey(self.name, self.TYPE, self.public_key)


@dataclass(frozen=True)
class NoteVerifier(NamedKey):
    """Of a key that signs notes (type 0x01)."""

    TYPE = ED25519

    def verify(self, text: str, data: bytes) -> None:
        verify_ed25519(self.public_key, data, text.encode(), self.name)


class NoteSigner:
    """Signs notes as `name`."""

    def __init__(self, name: str, private_key: Ed25519PrivateKey) -> None:
        self._private_key = private_key
        self.verifier = NoteVerifier(name, private_key.public_key().public_bytes_raw())

    @property
    def name(self) -> str:
        return self.verifier.name

    @property
    def vkey(self) -> str:
        return self.verifier.vkey

    def sign(self, text: str) -> Signature:
        return Signature(self.name, self.verifier.key_id, self._private_key.sign(text.encode()))


def key_id(name: str, kind: int, public_key: bytes) -> bytes:
    return sha256(name.encode() + b"\n" + bytes([kind]) + public_key).digest()[:4]


def format_vkey(name: str, kind: int, public_key: bytes) -> str:
    """`name+key id+base64(type ‖ key)`: how a public key is handed about."""
    encoded = base64.b64encode(bytes([kind]) + public_key).decode("ascii")
    return f"{name}+{key_id(name, kind, public_key).hex()}+{encoded}"


def parse_vkey(vkey: str, kind: int) -> tuple[str, bytes]:
    """Name and 32-byte key; refuses another key type than `kind` and an id that is not the key's."""
    match = _VKEY.fullmatch(vkey)
    if not match:
        raise NoteError("note", "This is no key of the form name+id+key.")
    name, encoded = match[1], unb64(match[3])
    if len(encoded) != 33 or encoded[0] != kind:
        raise NoteError("note", "This key is of another type.")
    check_name(name)
    if key_id(name, kind, encoded[1:]).hex() != match[2]:
        raise NoteError("note", "The id of this key is not its own.")
    return name, encoded[1:]


def check_key(name: str, public_key: bytes) -> None:
    check_name(name)
    try:
        Ed25519PublicKey.from_public_bytes(public_key)
    except ValueError:
        raise NoteError("note", "This is no Ed25519 key.") from None


def check_name(name: str) -> None:
    if not name or "+" in name or _CONTROL.search(name) or any(char.isspace() for char in name):
        raise NoteError("note", "The name of a key is empty, or has a space or a plus.")


def verify_ed25519(public_key: bytes, signature: bytes, message: bytes, name: str) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except InvalidSignature:
        raise NoteError("note-signature", "The signature of {name} is wrong.", name=name) from None


def unb64(text: str) -> bytes:
    """Standard base64, padded, one spelling."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        raise NoteError("note", "This is not base64.") from None
    if base64.b64encode(data).decode("ascii") != text:
        raise NoteError("note", "This is not base64.")
    return data
