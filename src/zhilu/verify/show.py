"""The verdict for a person: first the verdict, then what was learnt, then what was found.

What is said of the evidence comes out of the evidence: control characters in it are shown as �, so that
no file can clear the screen and write its own verdict. Only what was checked is said. Origins `file`,
`test` and `import` are never called capture; the recorder's time stands beside the bracket that others vouch
for; a tail that nobody can prove is said to be so.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TextIO

from zhilu.demonstration import is_demonstration
from zhilu.errors import plain
from zhilu.i18n import N_, _
from zhilu.i18n import language as language_in_use
from zhilu.sealed.imports import ORIGIN as IMPORT
from zhilu.sealed.report import Finding, Report
from zhilu.sealed.trust import Trust
from zhilu.verify.words import LAYERS, ORIGINS, STATES, sentence

MAX_SHOWN = 20
_CHECKS = {
    "key": N_("key: signed by the officer's security key (finger or PIN)"),
    "fprintd": N_("fprintd: fingerprint, attested by the station"),
    "fprintd+key": N_("fprintd+key: fingerprint and the officer's security key"),
}


def show(report: Report, trust: Trust | None, out: TextIO) -> None:
    print(plain(verdict(report)), file=out)
    if trust is not None and is_demonstration(trust.keys.origin):
        print(_("DEMO: people, taxpayers and keys are invented. Nothing here is evidence."), file=out)
    for name, value in _facts(report.facts, trust):
        print(f"  {_pad(name)}  {plain(value)}", file=out)
    _show_findings(_("Defects"), report.defects, out)
    _show_findings(_("Notes"), [finding for finding in report if not finding.defect], out)
    if trust is not None:
        print(_("Compare the trust document's SHA-256 with the one published outside the bureau."), file=out)
    print(_("A verifier that came with the evidence proves nothing about itself."), file=out)


def verdict(report: Report) -> str:
    if not report.sound:
        first = report.first
        assert first is not None
        return _("DEFECT: {sentence} [{code}] {place}").format(
            sentence=sentence(first.code), code=first.code, place=first.place
        )
    if not report.facts["anchored"]:
        return _(
            "Consistent, not anchored: nobody outside vouches for it (is --trust or the receipt missing?)"
        )
    if report.facts.get("clip"):
        return _("Sound and anchored: a clip of a recording that the ledger holds, as it was signed")
    if report.facts.get("origin") == IMPORT:
        return _("Sound and anchored: as the station sealed it at import, and held by the ledger")
    return _("Sound and anchored: as the recorder signed it, and held by the ledger")


def _facts(facts: dict[str, object], trust: Trust | None) -> Iterator[tuple[str, object]]:
    named = (
        ("recording", N_("recording")),
        ("serial", N_("recorder")),
        ("kid", N_("station's key") if facts.get("origin") == IMPORT else N_("recorder's key")),
        ("officer", N_("officer")),
    )
    for key, name in named:
        if facts.get(key):
            yield _(name), facts[key]
    if "origin" in facts:
        yield _("origin"), _origin(facts)
    if isinstance(facts.get("source"), dict):
        yield _("file"), _source(facts)
    if "lines" in facts:
        counts = _("{segments} segments, {length} bytes, {seconds} s; {sound} segments as signed")
        yield (
            _("content"),
            counts.format(
                segments=facts["segments"],
                length=facts["length"],
                seconds=int(str(facts["duration_us"])) // 1_000_000,
                sound=facts["segments_sound"],
            ),
        )
    if isinstance(facts.get("clip"), dict):
        yield _("clip"), _clip(facts)
    yield from _held(facts)
    yield from _times(facts)
    if facts.get("officer_check"):
        yield _("officer check"), _(_CHECKS.get(str(facts["officer_check"]), str(facts["officer_check"])))
    if "ledger" in facts:
        yield _("ledger"), _("{ledger}, entry {index}").format(**facts)
    if facts.get("cosigners"):
        yield _("cosigned by"), ", ".join(str(name) for name in facts["cosigners"])  # type: ignore[attr-defined]
    if "tail_provable" in facts:
        yield _("counter"), _counter(facts)
    if trust is not None:
        name = trust.name.get(language_in_use()) or trust.bureau
        yield _("trust document"), f"{name}  SHA-256 {trust.digest.hex()}"


def _held(facts: dict[str, object]) -> Iterator[tuple[str, object]]:
    if "recordings" in facts:
        text = _("{recordings} recordings, {recordings_cleared} cleared, {recordings_open} open")
        yield _("logbook"), text.format(**facts)
    if "recordings_sound" in facts:
        yield _("store"), _("{recordings_sound} recordings there and sound").format(**facts)


def _origin(facts: dict[str, object]) -> str:
    text = _(ORIGINS[str(facts["origin"])])
    return text + (_(" (drill)") if facts.get("drill") else "")


def _source(facts: dict[str, Any]) -> str:
    """Of an import. When and by what it was made, nobody vouches for: so nothing is said of it."""
    text = _("{media}, {state}, {size} bytes, SHA-256 {sha256}; when it was made, nobody vouches for")
    return text.format(
        media=facts["media"], **facts["source"] | {"state": _(STATES[facts["source"]["state"]])}
    )


def _times(facts: dict[str, object]) -> Iterator[tuple[str, object]]:
    if "at" in facts:
        name = _("station's clock") if facts.get("origin") == IMPORT else _("recorder's clock")
        yield name, f"{facts['at']} … {facts.get('closed_at', '?')}"
    if facts.get("not_before") or facts.get("not_after"):
        text = _("not before {before}, not after {after} (cosigners' clocks)")
        if facts.get("origin") == IMPORT:
            text = _("sealed not before {before}, not after {after} (cosigners' clocks)")
        yield (
            _("bracket"),
            text.format(before=facts.get("not_before") or "?", after=facts.get("not_after") or "?"),
        )
    if facts.get("unknown_since"):
        yield _("unknown since"), facts["unknown_since"]


def _clip(facts: dict[str, Any]) -> str:
    """Which part of the recording, by the signed lines."""
    told = facts["clip"]
    if "clip_us" not in facts:
        return _("segments {from_} to {to}, {file}").format(
            from_=told["from"], to=told["to"], file=told["file"]
        )
    first, last = (microseconds / 1_000_000 for microseconds in facts["clip_us"])
    text = _(
        "segments {from_} to {to}: {first} s to {last} s of the recording, {file}; no other was disclosed"
    )
    return text.format(
        from_=told["from"], to=told["to"], first=f"{first:.3f}", last=f"{last:.3f}", file=told["file"]
    )


def _counter(facts: dict[str, object]) -> str:
    if facts["tail_provable"]:
        return _("{kind}: in hardware").format(kind=facts["counter_kind"])
    return _("{kind}: tail not provable (an end cut off between two dockings would not be seen)").format(
        kind=facts["counter_kind"]
    )


def _show_findings(title: str, findings: list[Finding], out: TextIO) -> None:
    if not findings:
        return
    print(f"{title}:", file=out)
    for finding in findings[:MAX_SHOWN]:
        place = f" {finding.place}" if str(finding.place) else ""
        detail = f" ({finding.detail})" if finding.detail else ""
        text = f"[{finding.code}] {_(LAYERS[finding.layer])}:{place} — {sentence(finding.code)}{detail}"
        print(f"  {plain(text)}", file=out)
        if finding.since:
            print(f"    {plain(_span(finding))}", file=out)
    if len(findings) > MAX_SHOWN:
        print("  " + _("… and {count} more").format(count=len(findings) - MAX_SHOWN), file=out)


def _span(finding: Finding) -> str:
    """From when to when: times that the device signed. It may have recorded then, or not: nobody can tell."""
    if not finding.until:
        return _("not proved: from {since}, until when is unknown").format(since=finding.since)
    return _("not proved: from {since} to {until}").format(since=finding.since, until=finding.until)


def _pad(name: str, width: int = 16) -> str:
    """Chinese characters take two columns of a terminal."""
    columns = sum(2 if ord(character) > 0x2E7F else 1 for character in name)
    return name + " " * max(0, width - columns)
