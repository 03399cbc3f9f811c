"""A labelled half year of 10,000 tasks, with some fifty kinds of fault at known places and more that only
look like one (tests/support/oversight_faults/), read from files as `zhilu server evaluate` does.

`findings_precision`, `findings_recall` = 1: the least over the rules, and over three half years by different
seeds. `findings_s`: files read, matched, judged.
"""

import time

from support.oversight_faults import make
from zhilu.server.oversight import csv_facts
from zhilu.server.oversight.findings.every import RULES, evaluate
from zhilu.server.oversight.findings.measure import measure
from zhilu.server.oversight.findings.world import World
from zhilu.server.oversight.matching import match

TASKS, EACH, SEEDS = 10_000, 30, (1, 2, 3)
CODES = {rule.code for rule in RULES}


def run() -> dict[str, float]:
    precision, recall, took = [], [], []
    for seed in SEEDS:
        files = make(TASKS, EACH, seed).files()
        labels, _ = csv_facts.read_labels(files.pop("labels"), CODES)
        begun = time.monotonic()
        facts, wrong = csv_facts.read(files)
        assert facts is not None, wrong[0]
        world = World(facts)
        found = {(one.rule.code, one.found.subject) for one in evaluate(world, match(world))}
        took.append(time.monotonic() - begun)
        measures = measure(found, labels, CODES)
        assert all(one.labelled for one in measures)
        precision += [one.precision for one in measures]
        recall += [one.recall for one in measures]
        for rule, subject in sorted(found ^ labels)[:20]:
            print("seed", seed, "found" if (rule, subject) in found else "not found", rule, subject)
    return {"findings_precision": min(precision), "findings_recall": min(recall), "findings_s": min(took)}
