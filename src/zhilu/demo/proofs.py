"""What the demo proves: each row comes from a check just made on what was just recorded, and carries its
figure.
"""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from zhilu.demo.place import Place
from zhilu.demo.processes import run
from zhilu.errors import DataError
from zhilu.i18n import _

BLOCK = 1 << 20
# Longer than any box header, far shorter than a segment: found nowhere by chance.
SAMPLE = 48


@dataclass(frozen=True)
class Proof:
    what: str
    figure: str


def must(condition: bool, code: str) -> None:
    """A proof that fails ends the demo."""
    if not condition:
        raise DataError("proof", "The proof {proof} failed.", proof=code)


def sound_and_anchored(place: Place) -> Proof:
    done = run(
        "verify",
        place.kept / "recording",
        "--trust",
        place.kept / "trust.json",
        log=place.logs / "verify.log",
    )
    must(bool(done.stdout.strip()), "verify")
    return Proof(_("A stranger's check with the trust document: sound and anchored"), "zhilu verify: 0")


def one_bit_is_seen(place: Place) -> Proof:
    """One bit in the middle of a copy of the media: the verifier must name it."""
    copy = place.work / "tampered"
    shutil.copytree(place.kept / "recording", copy / "recording")
    for name in ("logbook.jws", "receipt.json"):
        shutil.copyfile(place.kept / name, copy / name)
    with (copy / "recording/media.sealed").open("r+b") as media:
        middle = media.seek(0, 2) // 2
        media.seek(middle)
        byte = media.read(1)[0]
        media.seek(middle)
        media.write(bytes([byte ^ 1]))
    done = run("verify", copy / "recording", "--trust", place.kept / "trust.json", accept=(1,))
    must("segment-hash" in done.stdout + done.stderr, "tampering")
    shutil.rmtree(copy)
    return Proof(_("One bit changed in a copy: found, with its segment"), "zhilu verify: 1")


def escrow_opens_the_same(place: Place, keys: Sequence[Path]) -> Proof:
    """What the viewer's page decrypted and what the escrow keys open are the same bytes; all but one of
    several open nothing.
    """
    out = place.work / "unsealed.mp4"
    for few in ([*keys[:-1]], [*keys[1:]]) if len(keys) > 1 else ():
        run(*_unseal(place, few, out), accept=(1, 2))
        must(not out.exists(), "unseal-share")
    run(*_unseal(place, keys, out))
    must(same_bytes(out, place.kept / "played.mp4"), "unseal")
    size = out.stat().st_size
    out.unlink()
    what = _("Opened with the escrow key: byte for byte what the page decrypted")
    if len(keys) > 1:
        what = _("Opened with both bureaus' escrow keys, and with no single one: what the page decrypted")
    return Proof(what, f"{size:,} B")


def _unseal(place: Place, keys: Sequence[Path], out: Path) -> tuple[str | Path, ...]:
    named = (word for key in keys for word in ("--key", key))
    return ("unseal", place.kept / "recording", *named, "-o", out)


def source_comes_out(source: Path, played: Path) -> Proof | None:
    """Packet for packet the source's video and sound, where they are H.264 and AAC (else they were encoded
    anew).
    """
    import av

    with av.open(str(source)) as container:
        codecs = {
            stream.codec_context.name for stream in container.streams if stream.type in ("video", "audio")
        }
    if not codecs <= {"h264", "aac"}:
        return None
    count = 0
    for kind in ("video", "audio"):
        before, after = payloads(source, kind), payloads(played, kind)
        for wanted in before:
            must(wanted == next(after, None), f"packets-{kind}")
            count += 1
        must(next(after, None) is None, f"packets-{kind}")
    return Proof(
        _("What came out is packet for packet what went in"), _("{count} packets").format(count=f"{count:,}")
    )


def payloads(path: Path, kind: str) -> Iterator[bytes]:
    """The encoded packets of the first stream of a kind, in the order of the file."""
    import av

    with av.open(str(path)) as container:
        streams = [stream for stream in container.streams if stream.type == kind][:1]
        if streams:
            yield from (bytes(packet) for packet in container.demux(streams) if packet.size)


def only_ciphertext_outside(place: Place) -> Proof:
    """Pieces of the plaintext, looked for in everything that recorder, station and server hold."""
    played = place.kept / "played.mp4"
    needles = samples(played)
    files = none_of(played, [place.home(name) for name in ("recorder", "station", "server")])
    return Proof(
        _("No piece of the picture in the homes of recorder, station and server"),
        _("{needles} pieces, {files} files").format(needles=len(needles), files=files),
    )


def none_of(media: Path, homes: list[Path]) -> int:
    """No piece of it is in any file there; how many were looked at."""
    needles = samples(media)
    files = [path for home in homes for path in home.rglob("*") if path.is_file()]
    found = [path for path in files if holds_any(path, needles)]
    must(not found and bool(needles), "ciphertext")
    must(holds_any(media, needles), "ciphertext-search")
    return len(files)


def the(lines: list[str], holds: str) -> str:
    """The line that names it."""
    found = [line for line in lines if holds in line]
    must(bool(found), "compared")
    return found[0]


def samples(path: Path, count: int = 32) -> list[bytes]:
    """Pieces of SAMPLE bytes, evenly spread over a file."""
    size = path.stat().st_size
    with path.open("rb") as file:
        pieces = []
        for number in range(1, count + 1):
            file.seek(size * number // (count + 1))
            pieces.append(file.read(SAMPLE))
    # A dull piece (padding, an empty table) could stand anywhere.
    return [piece for piece in pieces if len(set(piece)) > SAMPLE // 3]


def holds_any(path: Path, needles: list[bytes]) -> bool:
    overlap = b""
    try:
        file = path.open("rb")
    except FileNotFoundError:  # a running program's draft, gone by now
        return False
    with file:
        while block := file.read(BLOCK):
            window = overlap + block
            if any(needle in window for needle in needles):
                return True
            overlap = window[-SAMPLE:]
    return False


def same_bytes(first: Path, second: Path) -> bool:
    with first.open("rb") as one, second.open("rb") as other:
        while True:
            left, right = one.read(BLOCK), other.read(BLOCK)
            if left != right:
                return False
            if not left:
                return True
