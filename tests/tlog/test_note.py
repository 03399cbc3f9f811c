"""C2SP signed-note and tlog-checkpoint: published notes, and everything that must be refused."""

import base64
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from zhilu.errors import CallerError, DataError
from zhilu.tlog import checkpoint as checkpoints
from zhilu.tlog.checkpoint import Checkpoint, CheckpointError, open_checkpoint
from zhilu.tlog.cosign import MAX_TIME, CosignatureSigner, CosignatureVerifier, cosign, timestamp
from zhilu.tlog.merkle import EMPTY_ROOT, MAX_SIZE
from zhilu.tlog.note import (
    MAX_NOTE,
    Note,
    NoteError,
    NoteSigner,
    NoteVerifier,
    Signature,
    format_vkey,
    parse_signature,
    verify_note,
)

# From the documentation of golang.org/x/mod/sumdb/note: made by another implementation.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETERS_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6Ryy"
    "BwJnAM=\n"
).encode()
# From C2SP tlog-cosignature.
SOFA = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGk"
    "u9nTo+zyWE+xeMcTOAYQ8=\n"
    "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nP"
    "Zqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
).encode()


def key(seed: int) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)


ORIGIN = "julu.example/ledger"
LEDGER = NoteSigner(ORIGIN, key(1))
COUNTY = CosignatureSigner("julu.example/keyholder", key(2))
CITY = CosignatureSigner("xingtai.example/mirror", key(3))
STRANGER = CosignatureSigner("stranger.example", key(4))
PINNED = [COUNTY.verifier, CITY.verifier]
CHECKPOINT = Checkpoint(ORIGIN, 7, b"\x07" * 32)
TEXT = CHECKPOINT.format()
SIGNED = Note.parse(checkpoints.sign(CHECKPOINT, LEDGER))
COSIGNED = SIGNED.add(cosign(TEXT, COUNTY, 1_700_000_000)).add(cosign(TEXT, CITY, 1_700_000_060))


def refused(data: bytes, code: str, quorum: int = 2) -> None:
    with pytest.raises(DataError) as caught:
        open_checkpoint(data, LEDGER.verifier, PINNED, quorum)
    assert caught.value.code == code


def test_a_note_of_another_implementation_verifies() -> None:
    note = Note.parse(PETERS_NOTE)
    assert [s.name for s in verify_note(note, [NoteVerifier.from_vkey(PETER)])] == ["PeterNeumann"]
    assert NoteVerifier.from_vkey(PETER).vkey == PETER
    assert note.format() == PETERS_NOTE
    altered = replace(note, text=note.text.replace("cryptography", "Cryptography"))
    with pytest.raises(NoteError):
        verify_note(altered, [NoteVerifier.from_vkey(PETER)])


def test_the_checkpoint_of_the_specification_is_read() -> None:
    note = Note.parse(SOFA)
    assert note.format() == SOFA
    checkpoint = checkpoints.parse(note.text)
    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20852163)
    assert checkpoint.format() == note.text
    assert timestamp(note.signatures[1].data) == 1679315147


def test_a_cosigned_checkpoint_opens() -> None:
    verified = open_checkpoint(COSIGNED.format(), LEDGER.verifier, PINNED, 2)
    assert verified.checkpoint == CHECKPOINT
    assert verified.cosignatures == ((COUNTY.name, 1_700_000_000), (CITY.name, 1_700_000_060))
    assert verified.cosigned_at == 1_700_000_060
    alone = open_checkpoint(SIGNED.format(), LEDGER.verifier, PINNED, 0)
    assert (alone.cosignatures, alone.cosigned_at) == ((), None)


def test_the_order_of_signatures_does_not_matter() -> None:
    turned = replace(COSIGNED, signatures=COSIGNED.signatures[::-1])
    assert len(open_checkpoint(turned.format(), LEDGER.verifier, PINNED, 2).cosignatures) == 2


def test_extension_lines_are_carried() -> None:
    longer = replace(CHECKPOINT, extensions=("one", "two"))
    data = checkpoints.sign(longer, LEDGER)
    assert open_checkpoint(data, LEDGER.verifier, [], 0).checkpoint == longer


def test_signatures_of_strangers_are_ignored() -> None:
    noisy = COSIGNED.add(cosign(TEXT, STRANGER, 5)).add(Signature("x", b"\x00" * 4, b"?"))
    noisy = replace(noisy, signatures=(*noisy.signatures, *noisy.signatures[-2:]))
    noisy = noisy.add(Signature(COUNTY.name, b"\x00" * 4, b"another id")).add(
        Signature("another.example/name", COUNTY.verifier.key_id, b"another name")
    )
    assert len(open_checkpoint(noisy.format(), LEDGER.verifier, PINNED, 2).cosignatures) == 2


def test_no_truncation_passes() -> None:
    data = COSIGNED.format()
    for length in range(len(data)):
        with pytest.raises(DataError):
            open_checkpoint(data[:length], LEDGER.verifier, PINNED, 2)


def test_no_single_altered_bit_passes() -> None:
    """Of 2 pinned of 2 demanded, each byte counts: text, names, ids, times, signatures."""
    data = COSIGNED.format()
    for at in range(len(data)):
        for bit in (0x01, 0x20, 0x80):
            altered = data[:at] + bytes([data[at] ^ bit]) + data[at + 1 :]
            with pytest.raises(DataError):
                open_checkpoint(altered, LEDGER.verifier, PINNED, 2)


def test_no_single_byte_put_in_passes() -> None:
    data = COSIGNED.format()
    for at in range(len(data) + 1):
        for byte in (b"\n", b" ", b"A", b"=", b"\x00"):
            with pytest.raises(DataError):
                open_checkpoint(data[:at] + byte + data[at:], LEDGER.verifier, PINNED, 2)


def test_too_few_cosignatures() -> None:
    refused(SIGNED.format(), "quorum")
    refused(SIGNED.add(cosign(TEXT, COUNTY, 9)).format(), "quorum")
    refused(SIGNED.add(cosign(TEXT, COUNTY, 9)).add(cosign(TEXT, STRANGER, 9)).format(), "quorum")
    refused(SIGNED.format(), "quorum", quorum=1)


def test_one_cosigner_does_not_count_twice() -> None:
    twice = SIGNED.signatures + (cosign(TEXT, COUNTY, 9),) * 2
    refused(Note(TEXT, twice).format(), "note-signature")
    later = (*SIGNED.signatures, cosign(TEXT, COUNTY, 9), cosign(TEXT, COUNTY, 10))
    refused(Note(TEXT, later).format(), "note-signature")


def test_two_signatures_of_the_ledger_are_refused() -> None:
    refused(Note(TEXT, SIGNED.signatures + COSIGNED.signatures).format(), "note-signature")


def test_a_cosignature_of_another_text() -> None:
    other = replace(CHECKPOINT, size=8).format()
    refused(SIGNED.add(cosign(other, COUNTY, 9)).add(cosign(TEXT, CITY, 9)).format(), "note-signature")


def test_a_cosignature_at_another_time_than_signed() -> None:
    genuine = cosign(TEXT, COUNTY, 9)
    moved = replace(genuine, data=(10).to_bytes(8, "big") + genuine.data[8:])
    refused(SIGNED.add(moved).format(), "note-signature", quorum=1)


@pytest.mark.parametrize("time", [0, MAX_TIME + 1, 2**64 - 1])
def test_a_cosignature_without_a_time(time: int) -> None:
    """Signed by the cosigner itself, and still refused."""
    signature = key(2).sign(f"cosignature/v1\ntime {time}\n{TEXT}".encode())
    bad = Signature(COUNTY.name, COUNTY.verifier.key_id, time.to_bytes(8, "big") + signature)
    refused(SIGNED.add(bad).format(), "note-signature", quorum=1)
    with pytest.raises(CallerError):
        cosign(TEXT, COUNTY, time)


def test_the_last_time_of_all() -> None:
    last = SIGNED.add(cosign(TEXT, COUNTY, MAX_TIME)).format()
    assert open_checkpoint(last, LEDGER.verifier, PINNED, 1).cosigned_at == MAX_TIME


def test_a_cosignature_of_another_length() -> None:
    for length in (0, 8, 71, 73):
        with pytest.raises(NoteError):
            timestamp(b"\x01" * length)
    genuine = cosign(TEXT, COUNTY, 9)
    for data in (genuine.data[:-1], genuine.data + b"\x00", genuine.data[8:], b"\x01"):
        refused(SIGNED.add(replace(genuine, data=data)).format(), "note-signature", quorum=1)


def test_a_plain_signature_is_no_cosignature() -> None:
    """A cosigner's key that signed the note as a ledger would: other text, other id."""
    plain = NoteSigner(COUNTY.name, key(2)).sign(TEXT)
    refused(SIGNED.add(plain).format(), "quorum", quorum=1)
    dressed = replace(plain, key_id=COUNTY.verifier.key_id)
    refused(SIGNED.add(dressed).format(), "note-signature", quorum=1)
    timed = replace(dressed, data=(9).to_bytes(8, "big") + plain.data)
    refused(SIGNED.add(timed).format(), "note-signature", quorum=1)


def test_not_signed_by_anybody_known() -> None:
    for known in ([], [STRANGER.verifier], [NoteVerifier(ORIGIN, key(9).public_key().public_bytes_raw())]):
        with pytest.raises(NoteError) as caught:
            verify_note(COSIGNED, known)
        assert caught.value.code == "note-signature"


def test_not_signed_by_the_ledger() -> None:
    cosigned_only = replace(COSIGNED, signatures=COSIGNED.signatures[1:])
    refused(cosigned_only.format(), "note-signature")
    other_key = Note(TEXT, (NoteSigner(ORIGIN, key(9)).sign(TEXT), *COSIGNED.signatures[1:]))
    refused(other_key.format(), "note-signature")
    forged = replace(COSIGNED.signatures[0], data=bytes(64))
    refused(Note(TEXT, (forged, *COSIGNED.signatures[1:])).format(), "note-signature")


def test_of_another_ledger() -> None:
    text = replace(CHECKPOINT, origin="ningjin.example/ledger").format()
    note = Note(text, (LEDGER.sign(text), cosign(text, COUNTY, 9), cosign(text, CITY, 9)))
    refused(note.format(), "origin")
    with pytest.raises(CallerError):
        checkpoints.sign(replace(CHECKPOINT, origin="ningjin.example/ledger"), LEDGER)


def test_a_policy_that_counts_one_key_twice_is_refused() -> None:
    alias = CosignatureVerifier("alias.example", COUNTY.verifier.public_key)
    own = CosignatureVerifier("own.example", LEDGER.verifier.public_key)
    same_name = CosignatureVerifier(COUNTY.name, CITY.verifier.public_key)
    for cosigners, quorum in [
        ([COUNTY.verifier, alias], 2),
        ([COUNTY.verifier, COUNTY.verifier], 2),
        ([COUNTY.verifier, same_name], 2),
        ([own], 1),
        (PINNED, 3),
        (PINNED, -1),
    ]:
        with pytest.raises(CallerError):
            open_checkpoint(COSIGNED.format(), LEDGER.verifier, cosigners, quorum)


BODY = TEXT.encode()
LINE = SIGNED.signatures[0].line().encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"\n\n",
        BODY,
        BODY + b"\n",
        b"\n\n" + LINE,
        b"\n" + LINE,
        LINE,
        BODY + LINE,
        BODY + b"\n" + LINE[:-1],
        BODY + b"\n" + LINE + b"\n",
        BODY + b"\n" + LINE + b"more\n",
        BODY + b"\n" + LINE.replace("—".encode(), b"-"),
        BODY + b"\n" + LINE.replace("—".encode(), "–".encode()),
        BODY + b"\n" + LINE.replace(b" ", b"  ", 1),
        BODY + b"\n" + LINE.replace(b"\n", b" \n"),
        BODY + b"\n" + LINE.replace(b"\n", b"\r\n"),
        BODY.replace(b"\n", b"\r\n") + b"\n" + LINE,
        BODY + b"tab\there\n\n" + LINE,
        BODY + b"\xff\n\n" + LINE,
        BODY + b"\x00\n\n" + LINE,
        BODY + "\n— a AAAA\n".encode(),
        BODY + "\n— a AAAAAA\n".encode(),
        BODY + "\n— a AAAAAB==\n".encode(),
        BODY + "\n— a AAAA AA==\n".encode(),
        BODY + "\n— a AAAA-A==\n".encode(),
        BODY + "\n—  AAAAAA==\n".encode(),
        BODY + "\n— a+b AAAAAA==\n".encode(),
        BODY + "\n— a\u3000b AAAAAA==\n".encode(),
        BODY + "\n— a\u2028b AAAAAA==\n".encode(),
        BODY + b"\n" + LINE * 101,
        b"x" * MAX_NOTE + b"\n\n" + LINE,
    ],
)
def test_what_is_no_note(data: bytes) -> None:
    with pytest.raises(NoteError) as caught:
        Note.parse(data)
    assert caught.value.code == "note"


def test_the_edges_of_a_note() -> None:
    assert len(Note.parse(BODY + b"\n" + LINE * 100).signatures) == 100
    padding = b"x" * (MAX_NOTE - len(LINE) - 2)
    assert len(Note.parse(padding + b"\n\n" + LINE).text) == len(padding) + 1
    assert Note.parse(b"a\n\nb\n\n" + LINE).text == "a\n\nb\n"


@given(
    st.text(max_size=40).map(lambda text: text + "\n"),
    st.text(max_size=10),
    st.binary(min_size=1, max_size=80),
)
def test_what_is_written_is_read_back(text: str, name: str, data: bytes) -> None:
    note = Note(text, (Signature(name, b"1234", data),))
    try:
        written = note.format()
    except (CallerError, NoteError):
        return
    assert Note.parse(written) == note


@given(st.binary(max_size=200))
def test_bytes_of_no_meaning_are_refused_and_nothing_else_happens(data: bytes) -> None:
    with pytest.raises(NoteError):
        Note.parse(data)
    with pytest.raises(DataError):
        open_checkpoint(BODY + b"\n" + data, LEDGER.verifier, PINNED, 1)


def test_a_signature_replaces_one_of_the_same_key() -> None:
    note = SIGNED.add(cosign(TEXT, COUNTY, 9)).add(cosign(TEXT, CITY, 9)).add(cosign(TEXT, COUNTY, 10))
    assert [s.name for s in note.signatures] == [ORIGIN, CITY.name, COUNTY.name]


ROOT = "B" * 42 + "A="


@pytest.mark.parametrize(
    "text",
    [
        "",
        f"o\n1\n{ROOT}",
        f"o\n1\n{ROOT}\n\n",
        f"o\n1\n{ROOT}\n\nmore\n",
        "o\n1\n",
        f"\n1\n{ROOT}\n",
        f"o\n01\n{ROOT}\n",
        f"o\n-1\n{ROOT}\n",
        f"o\n+1\n{ROOT}\n",
        f"o\n1 \n{ROOT}\n",
        f"o\n\n{ROOT}\n",
        f"o\n１\n{ROOT}\n",
        f"o\n{MAX_SIZE + 1}\n{ROOT}\n",
        f"o\n{'9' * 5000}\n{ROOT}\n",
        f"o\n0\n{ROOT}\n",
        f"o\n1\n{ROOT[:-1]}\n",
        f"o\n1\n{ROOT[:-2]}B=\n",
        f"o\n1\n{ROOT[4:]}\n",
        f"o\n1\nAAAA{ROOT}\n",
        f"o\n1\n{ROOT} \n",
        "o\n1\n" + "07" * 32 + "\n",
    ],
)
def test_what_is_no_checkpoint(text: str) -> None:
    with pytest.raises(CheckpointError) as caught:
        checkpoints.parse(text)
    assert caught.value.code == "checkpoint"


def test_the_edges_of_a_checkpoint() -> None:
    assert checkpoints.parse(f"o\n{MAX_SIZE}\n{ROOT}\n").size == MAX_SIZE
    empty = Checkpoint("o", 0, EMPTY_ROOT)
    assert checkpoints.parse(empty.format()) == empty
    for bad in [
        replace(CHECKPOINT, origin="a\nb"),
        replace(CHECKPOINT, origin=""),
        replace(CHECKPOINT, size=-1),
        replace(CHECKPOINT, root=b""),
        replace(CHECKPOINT, extensions=("",)),
        replace(CHECKPOINT, extensions=("a\nb",)),
    ]:
        with pytest.raises((CheckpointError, CallerError)):
            bad.format()


def test_keys_are_handed_about_as_vkeys() -> None:
    assert NoteVerifier.from_vkey(LEDGER.vkey) == LEDGER.verifier
    assert CosignatureVerifier.from_vkey(COUNTY.vkey) == COUNTY.verifier


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        COUNTY.vkey,  # type 0x04 where 0x01 is wanted
        LEDGER.vkey + "\n",
        LEDGER.vkey.replace("+", " "),
        LEDGER.vkey.replace(ORIGIN, "other"),
        LEDGER.vkey.replace(ORIGIN, ""),
        LEDGER.vkey.replace(ORIGIN, "a b"),
        LEDGER.vkey.replace("julu", "ju+lu"),
        LEDGER.vkey[:-4],
        LEDGER.vkey[:-1] + "=",
        LEDGER.vkey.upper(),
        format_vkey(ORIGIN, 0x02, bytes(32)),
        format_vkey(ORIGIN, 0x01, bytes(31)),
        format_vkey(ORIGIN, 0x01, bytes(33)),
        format_vkey("a b", 0x01, bytes(32)),
    ],
)
def test_other_vkeys_are_refused(vkey: str) -> None:
    with pytest.raises(NoteError):
        NoteVerifier.from_vkey(vkey)


@pytest.mark.parametrize("name", ["", "a+b", "a b", "a\nb", "a\x01b", "a\u00a0b", "a\u3000"])
def test_names_that_no_key_may_have(name: str) -> None:
    with pytest.raises(NoteError):
        NoteVerifier(name, LEDGER.verifier.public_key)


def test_a_type_that_the_id_does_not_tell() -> None:
    """The id is right for 0x01; the type said is another."""
    name, key_id, _ = LEDGER.vkey.split("+", 2)
    for kind in (0x00, 0x02, 0x04, 0xFF):
        encoded = base64.b64encode(bytes([kind]) + LEDGER.verifier.public_key).decode()
        with pytest.raises(NoteError):
            NoteVerifier.from_vkey(f"{name}+{key_id}+{encoded}")


def test_a_ledger_key_is_no_cosigners_key() -> None:
    with pytest.raises(NoteError):
        CosignatureVerifier.from_vkey(LEDGER.vkey)
    with pytest.raises(NoteError):
        CosignatureVerifier("a b", bytes(32))
    with pytest.raises(NoteError):
        NoteVerifier("a", bytes(31))


def test_a_signature_line_stands_alone() -> None:
    assert parse_signature(SIGNED.signatures[0].line()) == SIGNED.signatures[0]
    with pytest.raises(NoteError):
        parse_signature(SIGNED.signatures[0].line().rstrip())
