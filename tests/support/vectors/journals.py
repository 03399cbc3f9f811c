"""Vectors of whole journals and logbooks, each by itself (spec/journal.md §2, §3, §4, §6)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from support.recordings import Sample, dump, fixed_id, fixed_key
from support.vectors.files import Payloads, Vector, header, jws, key_headers, payload_of, rewrite
from zhilu.encoding import unb64u
from zhilu.sealed.keys import SoftSigner
from zhilu.sealed.lines import JOURNAL, LOGBOOK, line_hash

Case = tuple[str, str, str, bytes]
"""name, expected code, layer, bytes"""

FOREIGN = SoftSigner(fixed_key("another recorder"))


def vectors(sample: Sample) -> Iterator[Vector]:
    signer = sample.recorder
    opened_by = ("opened-by", payload_of(sample.journal_lines[0])["prev"])
    for name, expect, layer, body in [*_journal(sample), *_journal_fields(sample)]:
        headers = (*key_headers(signer, JOURNAL), opened_by)
        yield Vector("journal", name, "journal", "journal.md §2, §4", expect, layer, body, headers)
    for name, expect, layer, body in [*_logbook(sample), *_logbook_order(sample)]:
        headers = key_headers(signer, LOGBOOK)
        yield Vector("logbook", name, "logbook", "journal.md §2, §3", expect, layer, body, headers)


def _journal(sample: Sample) -> Iterator[Case]:
    lines, whole = sample.journal_lines, sample.journal
    last = payload_of(lines[-1])
    after = last | {
        "n": len(lines),
        "prev": line_hash(lines[-1]).hex(),
        "type": "mark",
        "pts_us": 1,
        "private": "",
    }
    other_prev = payload_of(lines[2]) | {"prev": "00" * 32}
    yield "ok", "ok", "none", whole
    yield "empty", "journal-empty", "journal", b""
    yield "line-cut-out", "sequence", "journal", b"".join(lines[:2] + lines[3:])
    yield "lines-swapped", "sequence", "journal", b"".join([*lines[:2], lines[3], lines[2], *lines[4:]])
    yield "line-repeated", "sequence", "journal", b"".join([*lines[:3], lines[2], *lines[3:]])
    yield "first-line-missing", "sequence", "journal", b"".join(lines[1:])
    yield "number-skipped", "sequence", "journal", _kept(sample, lambda p: _at(p, 3, n=4))
    yield "chain-broken", "chain", "journal", b"".join([*lines[:2], _signed(sample, other_prev), *lines[3:]])
    yield "opened-by-other", "opened-by", "journal", _changed(sample, lambda p: _at(p, 0, prev="11" * 32))
    yield "fork", "fork", "journal", b"".join([*lines[:4], _signed(sample, payload_of(lines[2]) | {"x": 1})])
    yield "torn-tail", "torn-tail", "journal", whole[:-1]
    yield "torn-in-the-middle", "torn-tail", "journal", whole[:-60]
    yield "last-line-missing", "unclosed", "journal", b"".join(lines[:-1])
    yield (
        "line-of-another-device",
        "foreign-kid",
        "line",
        b"".join([*lines[:3], _foreign(lines[3]), *lines[4:]]),
    )
    yield "line-altered", "signature", "line", whole.replace(lines[3], _altered(lines[3], lines[4]))
    yield "empty-line-between", "line-empty", "line", b"".join([*lines[:3], b"\n", *lines[3:]])
    yield "line-of-the-logbook", "header", "line", b"".join([*lines[:3], sample.logbook_lines[3], *lines[3:]])
    yield "after-close", "after-close", "journal", whole + _signed(sample, after)
    yield "close-twice", "after-close", "journal", _changed(sample, lambda p: p.append(dict(p[-1])))
    yield "open-missing", "open-first", "journal", _changed(sample, lambda p: _first_line_gone(p))
    yield "open-twice", "open-first", "journal", _changed(sample, lambda p: p.insert(2, dict(p[0])))
    yield "unknown-type", "type", "journal", _changed(sample, lambda p: _at(p, 3, type="remark"))
    yield "method-as-type", "type", "journal", _changed(sample, lambda p: _at(p, 3, type="open_"))


def _journal_fields(sample: Sample) -> Iterator[Case]:
    """What a rooted recorder could sign and no journal may hold. Line 2 is segment 1, line 4 segment 2."""
    lines = sample.journal_lines
    length = payload_of(lines[2])["length"]
    shares = payload_of(lines[0])["shares"]
    envelope = shares[0]["envelopes"][0]
    cases: list[tuple[str, str, Callable[[Payloads], object]]] = [
        ("suite-other", "suite", lambda p: _at(p, 0, suite="zhilu-0")),
        ("suite-reserved", "suite", lambda p: _at(p, 0, suite="zhilu-gm")),
        ("segment-number-skipped", "segment-order", lambda p: _at(p, 2, i=2)),
        ("segment-number-repeated", "segment-order", lambda p: _at(p, 2, i=0)),
        ("segment-offset-gap", "segment-order", lambda p: _at(p, 2, offset=p[2]["offset"] + 1)),
        ("segment-offset-overlap", "segment-order", lambda p: _at(p, 2, offset=p[2]["offset"] - 1)),
        ("segment-left-out", "segment-order", lambda p: p.pop(2)),
        ("segment-below-tag", "segment-size", lambda p: _at(p, 2, length=15)),
        ("segment-above-limit", "segment-size", lambda p: _at(p, 2, length=16 * 2**20 + 17)),
        ("ok-segment-smallest", "ok", lambda p: _last_segment(p, 16)),
        ("ok-segment-largest", "ok", lambda p: _last_segment(p, 16 * 2**20 + 16)),
        ("field-header-with-pts", "field", lambda p: _at(p, 1, pts_us=1)),
        ("pts-back-too-far", "pts", lambda p: _at(p, 4, pts_us=2_000_000 - 1_000_001)),
        ("ok-pts-within-slack", "ok", lambda p: _at(p, 4, pts_us=2_000_000 - 1_000_000)),
        ("close-other-segments", "close-counts", lambda p: _at(p, -1, segments=3)),
        ("close-other-length", "close-counts", lambda p: _at(p, -1, length=p[-1]["length"] - length)),
        ("minutes-skipped", "counter", lambda p: _minutes(p, 3, 5)),
        ("minutes-repeated", "counter", lambda p: _minutes(p, 3, 3)),
        ("minutes-set-back", "counter", lambda p: _minutes(p, 3, 2)),
        ("ok-minutes", "ok", lambda p: _minutes(p, 3, 4, 5)),
        ("field-minute-without-counter", "field", lambda p: (_minutes(p, 3), p[3].pop("counter"))),
        ("field-minute-negative", "field", lambda p: _minutes(p, -1)),
        ("field-minute-text", "field", lambda p: _minutes(p, "3")),
        ("minute-before-open", "open-first", _minute_first),
        ("ok-quality-black", "ok", lambda p: _at(p, 5, type="quality", reason="black")),
        ("ok-quality-silent", "ok", lambda p: _at(p, 5, type="quality", reason="silent")),
        ("field-quality-other", "field", lambda p: _at(p, 5, type="quality", reason="blurred")),
        (
            "field-quality-backwards",
            "field",
            lambda p: _at(p, 5, type="quality", reason="black", to_us=p[5]["from_us"] - 1),
        ),
        ("import-in-a-journal", "origin", lambda p: _at(p, 0, origin="import")),
        ("field-origin-unknown", "field", lambda p: _at(p, 0, origin="Camera")),
        ("field-id-capitals", "field", lambda p: _at(p, 0, id=p[0]["id"].upper())),
        ("field-drill-text", "field", lambda p: _at(p, 0, drill="false")),
        ("field-officer-missing", "field", lambda p: p[0].pop("officer")),
        ("ok-officer-null", "ok", lambda p: _at(p, 0, officer=None)),
        ("field-officer-name", "field", lambda p: _at(p, 0, officer="王某")),
        ("field-private-padded", "field", lambda p: _at(p, 2, private="AA==")),
        ("field-mark-not-base64", "field", lambda p: _at(p, 3, private="重点")),
        ("pts-back-in-small-steps", "pts", _small_steps),
        ("field-policy-negative", "field", lambda p: _at(p, 0, policy=-1)),
        ("field-no-share", "field", lambda p: _at(p, 0, shares=[])),
        ("field-three-shares", "field", lambda p: _at(p, 0, shares=shares * 3)),
        ("field-one-envelope", "field", lambda p: _at(p, 0, shares=[shares[0] | {"envelopes": [envelope]}])),
        (
            "field-envelope-short",
            "field",
            lambda p: _at(p, 0, text=envelope | {"sealed": envelope["sealed"][:-4]}),
        ),
        ("field-recipient-short", "field", lambda p: _at(p, 0, text=envelope | {"to": "AAAA"})),
        ("field-commitment-missing", "field", lambda p: p[0].pop("key_commitment")),
        ("field-media-other", "field", lambda p: _at(p, 0, media="video/webm")),
        ("field-sha256-short", "field", lambda p: _at(p, 2, sha256="ab")),
        ("field-length-text", "field", lambda p: _at(p, 2, length="16")),
        ("field-header-with-duration", "field", lambda p: _at(p, 1, duration_us=1)),
        ("field-gap-backwards", "field", lambda p: _at(p, 5, to_us=p[5]["from_us"] - 1)),
        ("field-mark-without-private", "field", lambda p: p[3].pop("private")),
        ("field-reason-unknown", "field", lambda p: _at(p, -1, reason="lunch")),
    ]
    for name, code, change in cases:
        yield name, code, "none" if code == "ok" else "journal", _changed(sample, change)


def _last_segment(payloads: Payloads, length: int) -> None:
    """The last segment has this length, and `close` counts it so."""
    payloads[-1]["length"] += length - payloads[-2]["length"]
    payloads[-2]["length"] = length


def _minutes(payloads: Payloads, *counters: Any) -> None:
    """`minute` lines after segment 1."""
    common = {name: payloads[2][name] for name in ("at", "mono_us")}
    payloads[3:3] = [common | {"type": "minute", "counter": counter} for counter in counters]


def _minute_first(payloads: Payloads) -> None:
    _minutes(payloads, 3)
    payloads.insert(0, payloads.pop(3))
    payloads[0]["prev"] = payloads[1]["prev"]


def _small_steps(payloads: Payloads) -> None:
    """Each segment within the slack of the one before it, the last far behind the furthest."""
    for line, pts in ((2, 0), (4, 1_100_000), (6, 200_000)):
        payloads[line].update(pts_us=pts, duration_us=2_000_000 if line == 2 else 100_000)


def _logbook(sample: Sample) -> Iterator[Case]:
    lines, whole, book = sample.logbook_lines, sample.logbook, LOGBOOK

    def changed(change: Callable[[Payloads], object]) -> bytes:
        return b"".join(rewrite(lines, change, sample.recorder, book))

    forked = jws(sample.recorder, header(book, sample.recorder.kid), dump(payload_of(lines[2]) | {"x": 1}))
    yield "ok", "ok", "none", whole
    yield "empty", "logbook-empty", "logbook", b""
    yield "line-cut-out", "sequence", "logbook", b"".join(lines[:2] + lines[3:])
    yield "lines-swapped", "sequence", "logbook", b"".join([lines[0], lines[2], lines[1], *lines[3:]])
    yield "first-prev-not-zero", "chain", "logbook", changed(lambda p: _at(p, 0, prev="11" * 32))
    yield "fork", "fork", "logbook", b"".join([*lines[:4], forked])
    yield "torn-tail", "torn-tail", "logbook", whole[:-1]
    yield "line-altered", "signature", "line", whole.replace(lines[3], _altered(lines[3], lines[2]))
    yield (
        "line-of-another-device",
        "foreign-kid",
        "line",
        b"".join([*lines[:3], _foreign(lines[3]), *lines[4:]]),
    )
    yield "enrolled-missing", "enrolled-first", "logbook", changed(lambda p: _first_line_gone(p))
    yield "enrolled-twice", "enrolled-first", "logbook", changed(lambda p: p.insert(1, dict(p[0])))
    yield "enrolled-other-key", "enrolled-key", "logbook", changed(lambda p: _at(p, 0, jwk=FOREIGN.jwk))
    yield "enrolled-not-on-curve", "jwk", "logbook", changed(lambda p: p[0]["jwk"].update(y="A" * 43))
    yield "enrolled-private-key", "jwk", "logbook", changed(lambda p: p[0]["jwk"].update(d="A" * 43))
    yield "unknown-type", "type", "logbook", changed(lambda p: _at(p, 4, type="sleep"))
    yield "counter-skipped", "counter", "logbook", changed(lambda p: _at(p, 2, counter=3))
    yield "counter-repeated", "counter", "logbook", changed(lambda p: _at(p, 2, counter=1))
    yield "counter-set-back", "counter", "logbook", changed(lambda p: _at(p, 3, counter=1))
    yield "field-counter-missing", "field", "logbook", changed(lambda p: p[1].pop("counter"))
    yield "field-counter-negative", "field", "logbook", changed(lambda p: _at(p, 1, counter=-1))
    yield "field-counter-kind", "field", "logbook", changed(lambda p: _at(p, 0, counter_kind="abacus"))
    yield "field-checkpoint", "field", "logbook", changed(lambda p: _at(p, 1, checkpoint="AB" * 32))
    yield "ok-checkpoint-null", "ok", "none", changed(lambda p: _at(p, 1, checkpoint=None))
    yield "counter-ahead-of-the-enrolment", "counter", "logbook", changed(lambda p: _at(p, 0, counter=5))
    yield "minutes-uncounted", "counter", "logbook", changed(lambda p: _at(p, 3, minutes=2))
    yield "minutes-too-many", "counter", "logbook", changed(lambda p: _at(p, 3, counter=5, minutes=1))
    yield "ok-minutes", "ok", "none", changed(lambda p: _at(p, 3, counter=5, minutes=2))
    yield "field-enrolled-counter", "field", "logbook", changed(lambda p: p[0].pop("counter"))
    yield "field-minutes-missing", "field", "logbook", changed(lambda p: p[3].pop("minutes"))
    yield "field-last", "field", "logbook", changed(lambda p: _at(p, 3, last="ab"))
    yield (
        "field-recovered-without-cut",
        "field",
        "logbook",
        changed(lambda p: _at(p, 3, type="recovered", until=p[3]["at"])),
    )


def _logbook_order(sample: Sample) -> Iterator[Case]:
    boot, opened, closed = (payload_of(line) for line in sample.logbook_lines[1:4])
    cleared = {"type": "cleared", "receipt": "ab" * 32, "index": 3, "checkpoint": "cd" * 32}
    cleared |= {name: closed[name] for name in ("id", "at", "mono_us")}
    unknown = str(fixed_id("a recording that was never opened"))
    clock = {name: boot[name] for name in ("at", "mono_us")}
    clock |= {"type": "clock-set", "before": boot["at"], "after": boot["at"], "offset_us": -5, "station": "s"}
    clock |= {"source": "station"}

    def composed(*following: dict[str, Any]) -> bytes:
        counted = 0

        def change(payloads: Payloads) -> None:
            nonlocal counted
            payloads[1:] = [dict(payload) for payload in following]
            for payload in payloads:
                if "counter" in payload and payload["type"] != "enrolled":
                    counted += 1 + payload.get("minutes", 0)
                    payload["counter"] = counted

        return b"".join(rewrite(sample.logbook_lines, change, sample.recorder, LOGBOOK))

    order = "recording-order"
    at = {name: boot[name] for name in ("at", "mono_us")}
    another = opened | {"id": unknown}
    follows = {"id": opened["id"], "until": opened["at"]}
    idle = at | {"type": "not-recording", "reason": "in-dock", "detail": ""}
    duty = at | {"type": "assigned", "entry": "ab" * 32, "index": 3, "officer": unknown, "station": "s"}
    duty |= {"bay": 1, "drill": True}
    recovered = _recovered(closed)
    yield "ok-follows", "ok", "none", composed(boot, opened, recovered, boot, another | {"follows": follows})
    yield "follows-unknown", order, "logbook", composed(boot, opened | {"follows": follows | {"id": unknown}})
    yield "follows-open", order, "logbook", composed(boot, opened, another | {"follows": follows})
    yield (
        "field-follows-until",
        "field",
        "logbook",
        composed(boot, opened, recovered, another | {"follows": follows | {"until": "noon"}}),
    )
    yield "field-follows-text", "field", "logbook", composed(boot, opened | {"follows": opened["id"]})
    yield "ok-not-recording", "ok", "none", composed(boot, idle, boot, opened)
    yield "ok-boot-unexplained", "ok", "none", composed(boot, boot)
    yield "field-not-recording-reason", "field", "logbook", composed(boot, idle | {"reason": "lunch"})
    yield "field-not-recording-detail", "field", "logbook", composed(boot, idle | {"detail": None})
    yield "field-assigned-without-drill", "field", "logbook", composed(boot, duty | {"drill": None})
    yield "ok-assigned", "ok", "none", composed(boot, duty, opened)
    yield "field-recovered-until", "field", "logbook", composed(boot, opened, recovered | {"until": 5})
    yield "ok-recovered-minutes", "ok", "none", composed(boot, opened, recovered | {"minutes": 3}, boot)
    yield "ok-cleared", "ok", "none", composed(boot, opened, closed, cleared)
    yield "ok-clock-set-back", "ok", "none", composed(boot, clock)
    yield "field-clock-set", "field", "logbook", composed(boot, clock | {"offset_us": "-5"})
    refused = clock | {"type": "clearing-refused", "id": closed["id"], "code": "rollback"}
    for name in ("before", "after", "offset_us", "station", "source"):
        del refused[name]
    unnamed = {name: value for name, value in refused.items() if name != "id"}
    yield "ok-clearing-refused", "ok", "none", composed(boot, opened, closed, refused, refused | {"id": None})
    yield "field-refused-id", "field", "logbook", composed(boot, refused | {"id": "x"})
    yield "field-refused-code", "field", "logbook", composed(boot, refused | {"code": "Not a code"})
    yield "field-refused-without-id", "field", "logbook", composed(boot, unnamed)
    yield "field-receipt", "field", "logbook", composed(boot, opened, closed, cleared | {"receipt": "ab"})
    yield "ok-recovered", "ok", "none", composed(boot, opened, _recovered(closed), boot)
    yield "ok-still-open-at-the-end", "ok", "none", composed(boot, opened)
    yield "open-at-next-boot", "open-recording", "logbook", composed(boot, opened, boot)
    yield "opened-twice", order, "logbook", composed(boot, opened, opened)
    yield "closed-twice", order, "logbook", composed(boot, opened, closed, closed)
    yield "closed-and-recovered", order, "logbook", composed(boot, opened, closed, _recovered(closed))
    yield "closed-unopened", order, "logbook", composed(boot, closed | {"id": unknown})
    yield "cleared-before-closed", order, "logbook", composed(boot, opened, cleared)
    yield "cleared-unopened", order, "logbook", composed(boot, cleared | {"id": unknown})


def _recovered(closed: dict[str, Any]) -> dict[str, Any]:
    return closed | {"type": "recovered", "cut": 17, "torn": 3, "until": closed["at"]}


def _changed(sample: Sample, change: Callable[[Payloads], object]) -> bytes:
    return b"".join(rewrite(sample.journal_lines, change, sample.recorder, JOURNAL))


def _kept(sample: Sample, change: Callable[[Payloads], object]) -> bytes:
    return b"".join(rewrite(sample.journal_lines, change, sample.recorder, JOURNAL, chained=False))


def _at(payloads: Payloads, index: int, **more: Any) -> None:
    payloads[index].update(more)


def _first_line_gone(payloads: Payloads) -> None:
    payloads[1]["prev"] = payloads[0]["prev"]
    del payloads[0]


def _signed(sample: Sample, payload: dict[str, Any]) -> bytes:
    return jws(sample.recorder, header(JOURNAL, sample.recorder.kid), dump(payload))


def _foreign(line: bytes) -> bytes:
    """The same payload, well signed by another device."""
    typ = json.loads(unb64u(line.split(b".")[0].decode()))["typ"]
    return jws(FOREIGN, header(typ, FOREIGN.kid), dump(payload_of(line)))


def _altered(line: bytes, other: bytes) -> bytes:
    """The line with the payload of another one under its signature."""
    head, _, signature = line.split(b".")
    return b".".join([head, other.split(b".")[1], signature])
