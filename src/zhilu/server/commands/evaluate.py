"""`zhilu server evaluate`: findings of facts in CSV files (docs/operate/evaluate.md); no home, no database.

Exit 0; with labels 1 where a rule finds too much or too little; 2 where the files cannot be read as facts.
"""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from zhilu.errors import CallerError
from zhilu.i18n import _, error_line, language
from zhilu.server.oversight import csv_facts
from zhilu.server.oversight.findings import every
from zhilu.server.oversight.findings.days import BEIJING_S
from zhilu.server.oversight.findings.measure import Named, measure
from zhilu.server.oversight.findings.rule import Finding
from zhilu.server.oversight.findings.world import World
from zhilu.server.oversight.matching import Matches, Told, match

COLUMNS = "id", "rule", "version", "severity", "day", "subject", "persons", "from", "to", "details", "text"
MATCHED = "task", "act", "spoke", "second", "against"
MOST_SAID = 20


def run(arguments: argparse.Namespace) -> int:
    names = [*csv_facts.KINDS, csv_facts.PERIOD]
    files = {name: _bytes(arguments.source / f"{name}.csv") for name in names if _is_there(arguments, name)}
    facts, wrong = csv_facts.read(files)
    rules = {rule.code for rule in every.RULES}
    labels: set[Named] = set()
    if arguments.labels:
        labels, more = csv_facts.read_labels(_bytes(arguments.labels), rules)
        wrong += more
    for one in wrong:
        print(f"{one.file}:{one.row}: {error_line(one.error)}", file=sys.stderr)
    if facts is None or wrong:
        return 2
    world = World(facts)
    matches = match(world)
    if arguments.matches:
        _print_matches(world, matches)
        return 0
    found = every.evaluate(world, matches)
    _print_findings(found)
    return _judge(found, labels, rules) if arguments.labels else 0


def _is_there(arguments: argparse.Namespace, name: str) -> bool:
    return bool((arguments.source / f"{name}.csv").exists())


def _bytes(path: Path) -> bytes:
    """One byte more than may be is enough to see that it is too long."""
    try:
        with path.open("rb") as file:
            return file.read(csv_facts.MOST_BYTES + 1)
    except OSError as error:
        raise CallerError(
            "file", "{path} cannot be read: {reason}", path=path, reason=error.strerror
        ) from None


def _print_findings(found: list[Finding]) -> None:
    print("\t".join(COLUMNS))
    for one in found:
        rule, what = one.rule, one.found
        since, until = (what.places[0][0], what.places[-1][1]) if what.places else (None, None)
        text = rule.zh if language() == "zh" else rule.en
        cells = [one.id, rule.code, str(rule.version), rule.severity, str(what.day), what.subject]
        cells += [" ".join(what.persons), _time(since), _time(until), " ".join(what.words), text]
        print("\t".join(cells))
    print(_("{count} findings.").format(count=len(found)), file=sys.stderr)


def _print_matches(world: World, matches: Matches) -> None:
    print("\t".join(MATCHED))
    for task in world.tasks:
        told = matches.told.get(task, Told())
        acts = " ".join(matches.acts.get(task, ())) or matches.bare.get(task, "")
        print("\t".join([task, acts, " ".join(told.spoke), told.second, told.against]))


def _time(at: int | None) -> str:
    """In Beijing."""
    if at is None:
        return ""
    return datetime.fromtimestamp(at + BEIJING_S, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _judge(found: list[Finding], labels: set[Named], rules: set[str]) -> int:
    named = {(one.rule.code, one.found.subject) for one in found}
    print(_("rule, found, labelled, right, precision, recall:"))
    for one in measure(named, labels, rules):
        print(f"{one.rule}\t{one.found}\t{one.labelled}\t{one.right}\t{one.precision:.4f}\t{one.recall:.4f}")
    for rule, subject in sorted(named - labels)[:MOST_SAID]:
        print(_("found and not labelled: {rule} of {subject}").format(rule=rule, subject=subject))
    for rule, subject in sorted(labels - named)[:MOST_SAID]:
        print(_("labelled and not found: {rule} of {subject}").format(rule=rule, subject=subject))
    return int(named != labels)
