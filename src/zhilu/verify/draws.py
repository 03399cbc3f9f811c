"""`zhilu verify-draw`: repeat a draw from its file, and say what it gives."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from zhilu.encoding import format_time
from zhilu.errors import plain
from zhilu.i18n import N_, _
from zhilu.sealed.draw_files import MAX_FILE, DrawReport, judge
from zhilu.sealed.draws import Announced
from zhilu.sealed.trust import MAX_TRUST, Trust
from zhilu.tlog.cosign import CosignatureVerifier
from zhilu.tlog.note import NoteError
from zhilu.verify.files import read_small
from zhilu.verify.words import sentence

SOUND, FAULTY = 0, 1
SENTENCES = {
    "draw-file": N_("this is no file of a draw"),
    "draw-bureau": N_("an entry is another bureau's than the trust document's"),
    "draw-entries": N_("the two entries are not of one draw"),
    "draw-list": N_("the list is not the one whose hash was announced"),
    "draw-origin": N_("the cosigned checkpoint is of another ledger"),
    "draw-covered": N_("the cosigned checkpoint does not cover the announcement"),
    "draw-early": N_("the cosignature is not of after the announced time"),
    "draw-seed": N_("the cosignature and the list give another seed"),
    "draw-chosen": N_("the seed gives other recordings"),
}


def check(path: Path, trust_path: Path | None, *, as_json: bool = False) -> int:
    """Prints the verdict; returns the exit code."""
    trust = None if trust_path is None else Trust.loads(read_small(trust_path, MAX_TRUST))
    report = judge(read_small(path, MAX_FILE), trust)
    if as_json:
        print(json.dumps(as_object(report, trust), ensure_ascii=False, indent=2))
    else:
        print(plain(verdict(report)))
        for name, value in _facts(report):
            print(f"  {name}: {plain(value)}")
        print(_("Who gave the cosignature knows whether it was the first after the announced time."))
        if report.announced is not None and trust is not None:
            print(_whose(report.announced, trust))
    return SOUND if report.sound and report.anchored else FAULTY


def verdict(report: DrawReport) -> str:
    if report.code:
        said = _(SENTENCES[report.code]) if report.code in SENTENCES else sentence(report.code)
        return _("DEFECT: {sentence} [{code}]").format(sentence=said, code=report.code)
    if not report.anchored:
        return _("consistent, not anchored: without a trust document nobody vouches for the ledger")
    return _("SOUND: the announced list and the cosignature give exactly these recordings")


def _whose(announced: Announced, trust: Trust) -> str:
    """A draw is as good as its cosigner, and a name is whatever its maker wrote."""
    if _is_named(announced, trust):
        return _("The cosigner is of the bureau's own ledger: both together could have chosen.")
    return _(
        "The trust document does not name this cosigner: compare his key with him. Whoever announced the "
        "draw could have made one, and then have chosen."
    )


def _is_named(announced: Announced, trust: Trust) -> bool:
    known = {one.public_key for one in trust.keys.cosigners}
    try:
        return CosignatureVerifier.from_vkey(announced.cosigner).public_key in known
    except NoteError:
        return False


def as_object(report: DrawReport, trust: Trust | None) -> dict[str, Any]:
    result = report.result
    return {
        "sound": report.sound,
        "anchored": report.anchored,
        "code": report.code,
        "draw": report.draw,
        "bureau": report.bureau,
        "population": report.announced.population if report.announced else None,
        "cosigner": report.announced.cosigner if report.announced else None,
        "cosigner_named": _is_named(report.announced, trust) if report.announced and trust else None,
        "seed": result.seed.hex() if result else None,
        "chosen": list(result.chosen) if result else [],
        "reviewed_twice": result.seconds if result else None,
    }


def _facts(report: DrawReport) -> Iterator[tuple[str, str]]:
    if report.draw is not None:
        yield _("draw"), f"{report.draw} ({report.bureau})"
    announced, result = report.announced, report.result
    if announced is not None:
        yield _("announced"), _("entry {index}, {at}").format(index=announced.index, at=report.announced_at)
        yield _("list"), f"{announced.population}, SHA-256 {announced.list_hash.hex()}"
        yield _("cosigner"), announced.cosigner
    if report.cosigned_at is not None:
        yield _("cosigned at"), format_time(datetime.fromtimestamp(report.cosigned_at, UTC))
    if result is not None:
        yield _("seed"), result.seed.hex()
        for number, one in enumerate(result.chosen, 1):
            twice = _(" (reviewed twice)") if number <= result.seconds else ""
            yield str(number), f"{one}{twice}"
