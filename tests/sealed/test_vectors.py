"""spec/vectors: each has the verdict that its header states, from the layer that it names."""

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

from support.vectors.judge import judge, read

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "spec" / "vectors"
JUDGED_ELSEWHERE = {"tlog", "docking", "intake", "viewing"}  # tests/tlog, tests/protocols
PATHS = sorted(path for path in FOLDER.glob("*/*.vector") if path.parent.name not in JUDGED_ELSEWHERE)

SPECS = ("journal", "sealed-media", "envelopes", "ledger", "copies")
"""Pages whose codes must have a vector each."""

ELSEWHERE = {
    "personal-missing": "tests/server: what the ledger's audit finds, not a file's form",
    "not-anchored": "not a defect",
    "source-hash": "tests/server/test_import_evidence.py, tests/browser: what only the opened file shows",
    "import-repeated": "tests/server/test_imports.py: what only the county sees",
    "finding-actor": "tests/server/test_hostile_station.py: a rule of commit",
    "finding-known": "tests/server/test_missing.py: a rule of commit",
    **dict.fromkeys(
        ("keep", "keep-own", "keep-reason", "keep-shorter"), "tests/server/test_keeping.py: rules of commit"
    ),
    "statement-times": "tests/server/test_statement_times.py: a rule of commit",
    "text-unseen": "tests/server/test_unseen.py: a rule of commit",
    **dict.fromkeys(
        (
            "recording-described",
            "aside-drill",
            "aside-reason",
            "aside-already",
            "desk-own",
            "desk-head",
            "desk-officer",
            "assigned-already",
            "confirm-own",
            "confirmed-already",
            "statement-newer",
            "statement-incomplete",
        ),
        "tests/server/test_desk.py: rules of commit",
    ),
    **dict.fromkeys(
        (
            "act-writer",
            "act-version",
            "recording-unknown",
            "links-many",
            "link-kind",
            "link-known",
            "link-unknown",
            "link-repeated",
            "outcomes-many",
            "outcome-kind",
            "outcome-known",
            "outcome-amount",
            "outcome-unknown",
        ),
        "tests/server/test_act_links.py: rules of commit",
    ),
}


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "sealed_vectors", Path(__file__).with_name("make_vectors.py")
    )
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("path", PATHS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_the_verdict_is_as_stated(path: Path) -> None:
    vector = read(path)
    assert vector["name"] == path.stem
    assert judge(vector) == (vector["expect"], vector["layer"])


NOT_CODES = {"file", "none", "ftyp", "moov", "moof", "mdat", "county", "trust-changed"}
"""Words that the pages put between backquotes in parentheses, and that are no codes there."""


def codes_of(page: str) -> set[str]:
    """What a page puts in parentheses between backquotes: (`code`), (`code`; otherwise: `code`)."""
    text = (ROOT / "spec" / f"{page}.md").read_text(encoding="utf-8")
    # Sentences that refuse or report; tables tell of fields.
    prose = "\n".join(row for row in text.split("\n") if not row.startswith("|"))
    inside = " ".join(re.findall(r"\(([^()]*)\)", prose))
    named = re.findall(r"(?:finding|defect|reports) `([a-z][a-z0-9-]+)`", prose)
    return set(re.findall(r"`([a-z][a-z0-9-]+)`", inside)) | set(named)


@pytest.mark.parametrize("page", SPECS)
def test_every_code_of_the_page_has_a_vector(page: str) -> None:
    codes = codes_of(page)
    assert codes, "the page names no code any more: this test looks for them wrongly"
    covered = {read(path)["expect"].split()[-1] for path in FOLDER.glob("*/*.vector")}
    assert codes - covered - ELSEWHERE.keys() - NOT_CODES == set()


def test_making_them_again_changes_nothing(maker: ModuleType, tmp_path: Path) -> None:
    maker.write(tmp_path)
    made = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    kept = {path.relative_to(FOLDER): path.read_bytes() for path in [*PATHS, FOLDER / "README.md"]}
    assert made.keys() == kept.keys()
    assert [str(name) for name in made if made[name] != kept[name]] == []
