"""Vectors of what is judged together: a recording with logbook, ledger and trust; a receipt; a trust."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from support.recordings import (
    ORIGIN,
    RECORDING,
    START,
    Ledger,
    Maker,
    Sample,
    dump,
    fixed_bytes,
    fixed_id,
    fixed_key,
    policy_core,
)
from support.vectors.files import Payloads, Vector, payload_of, rewrite
from zhilu.encoding import b64u
from zhilu.sealed.keys import SoftSigner, public_jwk
from zhilu.sealed.lines import JOURNAL, LOGBOOK, Chain, line_hash
from zhilu.tlog.checkpoint import Checkpoint
from zhilu.tlog.cosign import cosign
from zhilu.tlog.merkle import root
from zhilu.tlog.note import Note, NoteSigner

Files = dict[str, bytes]
Case = tuple[str, str, str, Files]

RECEIPT, TRUST, BOOK, LINES, MEDIA = (
    "receipt.json",
    "trust.json",
    "logbook.jws",
    "journal.jws",
    "media.sealed",
)


def vectors(sample: Sample) -> Iterator[Vector]:
    cases = [*_sound(sample), *_media(sample), *_agreement(sample), *_ledger(sample), *_bracket(sample)]
    for name, expect, layer, files in cases:
        body = dump({file: b64u(data) for file, data in files.items()})
        folder = fixed_id("another") if name.startswith("folder-") else RECORDING
        spec = "journal.md §5, ledger.md §7"
        yield Vector("recording", name, "recording", spec, expect, layer, body, (("folder", str(folder)),))
    yield from _receipts(sample)
    yield from _trusts(sample)


def files_of(sample: Sample, **changed: bytes | None) -> Files:
    """`journal`, `media`, `logbook`, `receipt`, `trust`: other bytes, or None to leave the file out."""
    files: dict[str, bytes | None] = {
        LINES: changed.get("journal", sample.journal),
        MEDIA: changed.get("media", sample.media),
        BOOK: changed.get("logbook", sample.logbook),
        RECEIPT: changed.get("receipt", dump(sample.evidence)),
        TRUST: changed.get("trust", dump(sample.trust)),
    }
    return {name: data for name, data in files.items() if data is not None}


def _sound(sample: Sample) -> Iterator[Case]:
    yield "ok", "ok", "none", files_of(sample)
    yield "ok-recovered-after-power-cut", "ok", "none", files_of(Maker(cut=True).make())
    yield "ok-minutes", "ok", "none", files_of(Maker(minutes=True).make())
    yield "ok-recovered-minutes", "ok", "none", files_of(Maker(minutes=True, cut=True).make())
    yield "ok-drill-assigned", "ok", "none", files_of(_Assigned(True).make())
    yield "ok-two-shares", "ok", "none", files_of(Maker(city=True).make())
    yield "ok-header-only", "ok", "none", files_of(Maker(segments=(b"header",)).make())
    yield "no-trust", "not-anchored", "none", files_of(sample, trust=None)
    yield "no-receipt", "not-anchored", "none", files_of(sample, receipt=None)
    yield "no-logbook", "not-anchored", "none", files_of(sample, logbook=None)
    yield "no-key", "no-key", "trust", files_of(sample, logbook=None, receipt=None)
    yield "folder-of-another", "id", "recording", files_of(sample)


def _media(sample: Sample) -> Iterator[Case]:
    media, lines = sample.media, [payload_of(line) for line in sample.journal_lines]
    first, second = lines[1]["length"], lines[2]["length"]
    flipped = media[:first] + bytes([media[first] ^ 1]) + media[first + 1 :]
    swapped = media[first : first + second] + media[:first] + media[first + second :]
    yield "media-altered", "segment-hash", "media", files_of(sample, media=flipped)
    yield "media-swapped", "segment-hash", "media", files_of(sample, media=swapped)
    yield "media-cut-out", "segment-hash", "media", files_of(sample, media=media[first:])
    yield "media-truncated", "media-short", "media", files_of(sample, media=media[:-1])
    yield "media-gone", "media-short", "media", files_of(sample, media=b"")
    yield "media-longer", "media-long", "media", files_of(sample, media=media + b"\x00")


def _agreement(sample: Sample) -> Iterator[Case]:
    def book(change: Callable[[Payloads], object]) -> bytes:
        return b"".join(rewrite(sample.logbook_lines, change, sample.recorder, LOGBOOK))

    def journal(change: Callable[[Payloads], object]) -> bytes:
        return b"".join(rewrite(sample.journal_lines, change, sample.recorder, JOURNAL))

    other = str(fixed_id("another recording"))
    yield (
        "opened-by-another-line",
        "opened-by",
        "recording",
        files_of(sample, journal=journal(lambda p: p[0].update(prev="11" * 32))),
    )
    yield (
        "unknown-to-the-logbook",
        "id",
        "recording",
        files_of(sample, logbook=book(lambda p: [p[n].update(id=other) for n in (2, 3)])),
    )
    yield (
        "never-closed-in-the-logbook",
        "open-recording",
        "recording",
        files_of(sample, logbook=b"".join(sample.logbook_lines[:3])),
    )
    yield from _minutes()
    for name, assigned, said in (
        ("unassigned", None, True),
        ("denied", True, False),
        ("claimed", False, True),
    ):
        made = _Assigned(assigned, said).make()
        yield f"drill-{name}", "drill", "recording", files_of(made)
    for name, value in (("lines", 7), ("last", "22" * 32), ("segments", 3), ("length", 5)):
        changed = book(lambda p, name=name, value=value: p[3].update({name: value}))  # type: ignore[misc]
        yield f"closed-as-other-{name}", "closed-as", "recording", files_of(sample, logbook=changed)
    yield (
        "last-line-cut-off",
        "closed-as",
        "recording",
        files_of(sample, journal=b"".join(sample.journal_lines[:-1])),
    )
    yield "last-segment-cut-off", "closed-as", "recording", files_of(sample, **_shortened(sample))
    yield "cut-and-never-recovered", "unclosed", "journal", files_of(_unclosed(), receipt=None)
    yield (
        "journal-signature",
        "signature",
        "line",
        files_of(sample, journal=sample.journal.replace(b".", b".A", 1)),
    )
    yield (
        "logbook-signature",
        "signature",
        "line",
        files_of(sample, logbook=sample.logbook.replace(b".", b".A", 1)),
    )


class _Assigned(Maker):
    """A recorder that was assigned a drill, or not, or nothing; and says of its recording that it is one."""

    def __init__(self, assigned: bool | None, said: bool | None = None) -> None:
        said = bool(assigned) if said is None else said
        super().__init__(open_changes={"drill": said}, stored_changes={"drill": said})
        self.assigned = assigned

    def _log(self, book: Chain, kind: str, **more: Any) -> bytes:
        if kind == "recording-opened" and self.assigned is not None:
            duty = {"entry": "ab" * 32, "index": 3, "officer": str(fixed_id("officer")), "bay": 1}
            duty |= {"station": SoftSigner(fixed_key("station")).kid, "drill": self.assigned}
            self.before.append(super()._log(book, "assigned", **duty))
        return super()._log(book, kind, **more)

    def _logbook_before(self, note: bytes) -> tuple[list[bytes], Chain]:
        self.before: list[bytes] = []
        lines, book = super()._logbook_before(note)
        return [*lines[:-1], *self.before, lines[-1]], book


def _minutes() -> Iterator[Case]:
    """The logbook counts two minutes where the journal has three, or the numbers are of elsewhere."""
    sample = Maker(minutes=True).make()

    def book(change: Callable[[Payloads], object]) -> Files:
        lines = rewrite(sample.logbook_lines, change, sample.recorder, LOGBOOK)
        return files_of(sample, logbook=b"".join(lines))

    counted = book(lambda p: p[3].update(minutes=2, counter=5))
    yield "minutes-counted-otherwise", "counter", "recording", counted
    yield "minutes-of-elsewhere", "counter", "recording", files_of(_Elsewhere(minutes=True).make())


class _Elsewhere(Maker):
    """The journal's minutes carry the numbers of another time."""

    def _record(self, opened_by: bytes) -> Any:
        self.counter += 7
        made = super()._record(opened_by)
        self.counter -= 7
        return made


def _shortened(sample: Sample) -> dict[str, bytes]:
    """A rooted recorder leaves out the last segment and closes the journal anew; the logbook remembers."""
    length = payload_of(sample.journal_lines[-2])["length"]

    def change(payloads: Payloads) -> None:
        del payloads[-2]
        payloads[-1]["segments"] -= 1
        payloads[-1]["length"] -= length

    journal = rewrite(sample.journal_lines, change, sample.recorder, JOURNAL)
    return {"journal": b"".join(journal), "media": sample.media[:-length]}


def _unclosed() -> Sample:
    """Closed in the logbook as if nothing had happened, without a `close` in the journal."""
    sample = Maker(cut=True).make()
    lines = rewrite(
        sample.logbook_lines, lambda p: p[3].update(type="recording-closed"), sample.recorder, LOGBOOK
    )
    sample.logbook = b"".join(lines)
    return sample


def _ledger(sample: Sample) -> Iterator[Case]:
    recording, receipt = "recording", "receipt"
    stranger = public_jwk(fixed_key("stranger").public_key())
    core = policy_core()
    added = {"shares": [{"keyholder": core["shares"][0]["keyholder"], "escrow": stranger}]}
    swapped = {"shares": [{name: core["shares"][0][other] for name, other in _SWAP.items()}]}
    yield "recipient-added", "recipients", recording, files_of(Maker(policy_changes=added).make())
    yield "recipients-swapped", "recipients", recording, files_of(Maker(policy_changes=swapped).make())
    yield (
        "text-recipient-other",
        "recipients",
        recording,
        files_of(Maker(policy_changes={"text_key": stranger}).make()),
    )
    yield (
        "policy-other-version",
        "recipients",
        recording,
        files_of(Maker(policy_changes={"version": 2}).make()),
    )
    for name, value in (
        ("lines", 7),
        ("last", "22" * 32),
        ("segments", 3),
        ("length", 5),
        ("recording", str(fixed_id("x"))),
        ("origin", "file"),
        ("drill", True),
        ("policy", 2),
        ("officer", None),
    ):
        made = Maker(stored_changes={name: value}).make()
        yield f"stored-other-{name}", "receipt-recording", receipt, files_of(made)
    other = SoftSigner(fixed_key("another recorder"))
    yield (
        "stored-of-another",
        "receipt-recorder",
        receipt,
        files_of(Maker(stored_changes={"recorder": other.kid}).make()),
    )
    yield (
        "enrolled-under-another-name",
        "enrolled-key",
        receipt,
        files_of(Maker(enrolled_changes={"recorder": other.kid}).make()),
    )
    yield (
        "enrolled-another-key",
        "foreign-kid",
        "line",
        files_of(Maker(enrolled_changes={"recorder": other.kid, "jwk": other.jwk}).make()),
    )
    for name, code, change in _evidence_changes(sample):
        evidence = copy.deepcopy(sample.evidence)
        change(evidence)
        yield name, code, receipt, files_of(sample, receipt=dump(evidence))
    yield "receipt-not-json", "json", receipt, files_of(sample, receipt=dump(sample.evidence)[:-1])
    yield (
        "receipt-key-twice",
        "json",
        receipt,
        files_of(sample, receipt=dump(sample.evidence)[:-1] + b',"policy":{}}'),
    )
    for name, changed in (
        ("ledger-other", {"ledger": NoteSigner(ORIGIN, _ed25519("other ledger")).vkey}),
        ("ledger-other-origin", {"ledger": NoteSigner("x.example/ledger", _ed25519("ledger")).vkey}),
    ):
        yield name, "note-signature", receipt, files_of(sample, trust=dump(sample.trust | changed))


_SWAP = {"keyholder": "escrow", "escrow": "keyholder"}


def _ed25519(name: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(fixed_bytes(name))


def _evidence_changes(sample: Sample) -> Iterator[tuple[str, str, Callable[[dict[str, Any]], object]]]:
    def bare(evidence: dict[str, Any]) -> None:
        note = Note.parse(evidence["receipt"]["checkpoint"].encode())
        evidence["receipt"]["checkpoint"] = Note(note.text, note.signatures[:1]).format().decode()

    yield "receipt-missing", "field", lambda e: e.pop("receipt")
    yield "enrolment-missing", "field", lambda e: e.pop("enrolled")
    yield "policy-missing", "field", lambda e: e.pop("policy")
    yield "receipt-kind-other", "kind", lambda e: e.update(receipt=e["policy"])
    yield "enrolment-kind-other", "kind", lambda e: e.update(enrolled=e["policy"])
    yield "policy-kind-other", "kind", lambda e: e.update(policy=e["enrolled"])
    yield "receipt-index-other", "inclusion", lambda e: e["receipt"].update(index=0)
    yield "receipt-path-cut", "inclusion", lambda e: e["receipt"]["path"].pop()
    yield "receipt-core-other", "payload", lambda e: e["receipt"].update(core=b64u(b"{}"))
    yield "receipt-salt-other", "payload", lambda e: e["receipt"].update(salt=b64u(bytes(32)))
    yield "receipt-uncosigned", "quorum", bare
    yield (
        "receipt-note-cut",
        "note",
        lambda e: e["receipt"].update(checkpoint=e["receipt"]["checkpoint"][:-1]),
    )


def _bracket(sample: Sample) -> Iterator[Case]:
    """Not before 09:40, not after 12:40; the recording says 10:40."""
    kid = sample.recorder.kid
    for name, code, since in (
        ("revoked-before", "revoked", "2026-11-24T09:40:02.999Z"),
        ("revoked-at-the-beginning", "revoked", "2026-11-24T09:40:03.000Z"),
        ("revoked-within", "revoked-within", "2026-11-24T10:00:00.000Z"),
        ("revoked-at-the-end", "revoked-within", "2026-11-24T12:40:03.000Z"),
        ("ok-revoked-after", "ok", "2026-11-24T12:40:03.001Z"),
    ):
        revoked = [{"kid": kid, "since": since, "reason": "lost"}]
        files = files_of(sample, trust=dump(sample.trust | {"revoked": revoked}))
        yield name, code, "none" if code == "ok" else "trust", files
    other = [
        {"kid": SoftSigner(fixed_key("another")).kid, "since": "2026-01-01T00:00:00.000Z", "reason": "lost"}
    ]
    yield "ok-another-revoked", "ok", "none", files_of(sample, trust=dump(sample.trust | {"revoked": other}))
    for name, checkpoint in (("no-checkpoint", None), ("another-checkpoint", "33" * 32)):
        yield f"boot-names-{name}", "boot-checkpoint", "receipt", files_of(_Booted(checkpoint).make())
    yield "enrolled-after-the-recording", "boot-checkpoint", "receipt", files_of(_late())


class _Booted(Maker):
    """A recorder whose `boot` line names this checkpoint, whatever it was shown."""

    def __init__(self, checkpoint: str | None) -> None:
        super().__init__()
        self.named = checkpoint

    def _log(self, book: Chain, kind: str, **more: Any) -> bytes:
        return super()._log(book, kind, **more | ({"checkpoint": self.named} if kind == "boot" else {}))


def _late() -> Sample:
    """Enrolment and policy proved under the receipt's own checkpoint, not under the one of the boot line."""
    maker = Maker()
    sample = maker.make()
    note = maker.ledger.checkpoint(START + timedelta(hours=2))
    for name, index in (("enrolled", maker.enrolled), ("policy", maker.policy)):
        sample.evidence[name] = maker.ledger.prove(index, note, maker.ledger.size)
    return sample


def _receipts(sample: Sample) -> Iterator[Vector]:
    maker = Maker()
    maker.make()
    ledger, kid = maker.ledger, sample.recorder.kid
    own = {
        "lines": len(sample.journal_lines),
        "last": line_hash(sample.journal_lines[-1]).hex(),
        "segments": len(sample.plaintexts),
        "length": len(sample.media),
    }
    newest = {"size": 3, "root": root(3, ledger.hashes).hex()}
    good = {
        "message": {"receipt": sample.evidence["receipt"], "consistency": ledger.consistency(3, 4)},
        "newest": newest,
        "own": {str(RECORDING): own},
    }
    for name, code, body in _receipt_cases(good, own, ledger):
        layer = "none" if code == "ok" else "receipt"
        headers = (
            ("ledger", ledger.signer.vkey),
            ("cosigner", ledger.cosigner.vkey),
            ("quorum", "1"),
            ("kid", SoftSigner(fixed_key("another recorder")).kid if name == "another-recorder" else kid),
        )
        yield Vector("receipt", name, "receipt", "ledger.md §5", code, layer, dump(body), headers)


def _receipt_cases(
    good: dict[str, Any], own: dict[str, Any], ledger: Ledger
) -> Iterator[tuple[str, str, dict[str, Any]]]:
    def message(**more: Any) -> dict[str, Any]:
        return good | {"message": good["message"] | more}

    def receipt(**more: Any) -> dict[str, Any]:
        return message(receipt=good["message"]["receipt"] | more)

    def mine(**more: Any) -> dict[str, Any]:
        return good | {"own": {str(RECORDING): own | more}}

    path = good["message"]["consistency"]
    note = Note.parse(good["message"]["receipt"]["checkpoint"].encode())
    fork = {"size": 3, "root": "44" * 32}
    ahead = {"size": 5, "root": "44" * 32}
    yield "ok", "ok", good
    yield "ok-first-checkpoint", "ok", message(consistency=[]) | {"newest": None}
    same = {"size": 4, "root": root(4, ledger.hashes).hex()}
    yield "ok-same-checkpoint", "ok", message(consistency=[]) | {"newest": same}
    yield (
        "same-size-other-root",
        "consistency",
        message(consistency=[]) | {"newest": same | {"root": "44" * 32}},
    )
    yield "kind-other", "kind", message(receipt=ledger.prove(1, note.format(), ledger.size))
    yield "another-recorder", "receipt-recorder", good
    yield "recording-open", "receipt-open", good | {"own": {str(RECORDING): None}}
    yield "recording-unknown", "receipt-recording", good | {"own": {}}
    yield "lines-other", "receipt-recording", mine(lines=own["lines"] + 1)
    yield "last-other", "receipt-recording", mine(last="55" * 32)
    yield "segments-other", "receipt-recording", mine(segments=1)
    yield "length-other", "receipt-recording", mine(length=own["length"] - 1)
    yield "rollback", "rollback", good | {"newest": ahead}
    yield "another-history", "consistency", good | {"newest": fork}
    yield "consistency-cut", "consistency", message(consistency=path[:-1])
    yield "consistency-longer", "consistency", message(consistency=[*path, "00" * 32])
    yield "consistency-not-hex", "field", message(consistency=["xy"])
    yield "consistency-missing", "field", good | {"message": {"receipt": good["message"]["receipt"]}}
    yield "index-other", "inclusion", receipt(index=2)
    yield "core-other", "payload", receipt(core=b64u(b"{}"))
    yield "uncosigned", "quorum", receipt(checkpoint=Note(note.text, note.signatures[:1]).format().decode())
    elsewhere = Checkpoint("other.example/ledger", 4, root(4, ledger.hashes)).format()
    signed = Note(elsewhere, (ledger.signer.sign(elsewhere),))
    signed = signed.add(cosign(elsewhere, ledger.cosigner, 1_795_517_003))
    yield "origin-other", "origin", receipt(checkpoint=signed.format().decode())
    altered = note.text.replace("\n4\n", "\n5\n")
    yield "note-altered", "note-signature", receipt(checkpoint=_unchecked(altered, note))


def _unchecked(text: str, note: Note) -> str:
    return text + "\n" + "".join(signature.line() for signature in note.signatures)


def _trusts(sample: Sample) -> Iterator[Vector]:
    good = sample.trust
    revoked = {"kid": sample.recorder.kid, "since": "2026-11-24T10:00:00.000Z", "reason": "lost"}
    cases: list[tuple[str, str, bytes]] = [
        ("ok", "ok", dump(good | {"revoked": [revoked]})),
        ("type-other", "trust", dump(good | {"type": "zhilu-trust/2"})),
        ("quorum-0", "field", dump(good | {"quorum": 0})),
        ("quorum-beyond-cosigners", "quorum", dump(good | {"quorum": 2})),
        ("cosigner-twice", "cosigners", dump(good | {"cosigners": good["cosigners"] * 2, "quorum": 2})),
        ("cosigner-is-the-ledger", "note", dump(good | {"cosigners": [good["ledger"]]})),
        ("ledger-is-a-cosigner", "note", dump(good | {"ledger": good["cosigners"][0]})),
        ("issued-no-time", "field", dump(good | {"issued": "2026-11-01"})),
        ("revoked-without-time", "field", dump(good | {"revoked": [{"kid": "x", "reason": "lost"}]})),
        ("roots-of-numbers", "field", dump(good | {"roots": [1]})),
        ("key-twice", "json", dump(good)[:-1] + b',"quorum":1}'),
    ]
    for name, code, body in cases:
        layer = "none" if code == "ok" else "trust"
        yield Vector("trust", name, "trust", "ledger.md §7", code, layer, body)
