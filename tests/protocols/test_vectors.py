"""spec/vectors/{docking,intake,viewing}: each has the stated verdict, from the layer that it names."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from support.vectors.judge import read
from support.vectors.protocols_judge import CHALLENGES, judge

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "spec" / "vectors"
FOLDERS = ("docking", "intake", "viewing")
PATHS = sorted(path for name in FOLDERS for path in (FOLDER / name).glob("*.vector"))

REFUSALS = {
    "docking": r"The recorder refuses \(code\):.*",
    "words": r"The county refuses a word \(code\).*",
    "intake": r"Refused with 401 and a code:.*?`digest`\)",
    "viewing": r"Checked: type webauthn\.get;.*",
}
"""Where each page says what is refused, with the codes in parentheses."""

PAGES = {"words": "docking"}
"""What stands on another page than its own."""

PARTS = {"type", "challenge", "origin", "cross-origin", "rp-id", "up", "uv", "signature"}
"""viewing.md §3, docking.md §4: what is checked of an assertion, as the refusal's `part` names it."""


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    place = Path(__file__).with_name("make_vectors.py")
    spec = importlib.util.spec_from_file_location("protocol_vectors", place)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("path", PATHS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_the_verdict_is_as_stated(path: Path) -> None:
    vector = read(path)
    assert vector["name"] == path.stem
    assert judge(vector) == (vector["expect"], vector["layer"], vector.get("part") or "")


def codes_of(page: str) -> set[str]:
    """What the page's sentence of refusals puts between backquotes in parentheses: (`code`)."""
    sentence = re.search(REFUSALS[page], (ROOT / "spec" / f"{PAGES.get(page, page)}.md").read_text("utf-8"))
    assert sentence, "the page says it otherwise now: this test looks for the codes wrongly"
    return set(re.findall(r"\(`([a-z-]+)`\)", sentence[0]))


@pytest.mark.parametrize(("page", "least"), [("docking", 13), ("words", 7), ("intake", 6), ("viewing", 1)])
def test_every_refusal_of_the_page_has_a_vector(page: str, least: int) -> None:
    codes = codes_of(page)
    assert len(codes) >= least, "codes have gone from the page, or are not found any more"
    folder, words = PAGES.get(page, page), page == "words"
    found = {path: read(path) for path in PATHS if path.parent.name == folder}
    wanted = [one for one in found.values() if (one["input"] == "word") == words]
    assert codes - {vector["expect"] for vector in wanted} == set()


@pytest.mark.parametrize(("page", "expected"), [("docking", PARTS), ("viewing", PARTS)])
def test_every_check_of_an_assertion_has_a_vector(page: str, expected: set[str]) -> None:
    read_ones = [read(path) for path in PATHS if path.parent.name == page]
    assert expected - {vector.get("part") for vector in read_ones if vector["expect"] == "assertion"} == set()


def test_every_label_of_a_challenge_has_a_vector() -> None:
    page = (ROOT / "spec" / "viewing.md").read_text(encoding="utf-8")
    labels = set(re.findall(r'H\("(zhilu/[a-z-]+/v1)"', page))
    vectors = [read(path) for path in PATHS]
    assert labels == {vector["label"] for vector in vectors if vector["input"] == "challenge"}
    assert labels == {f"zhilu/{name}/v1" for name in CHALLENGES}


@pytest.mark.parametrize("page", FOLDERS)
def test_there_is_one_that_must_pass(page: str) -> None:
    assert "ok" in {read(path)["expect"] for path in PATHS if path.parent.name == page}


def test_making_them_again_changes_nothing(maker: ModuleType, tmp_path: Path) -> None:
    maker.write(tmp_path)
    made = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    kept = {path.relative_to(FOLDER): path.read_bytes() for path in [*PATHS, FOLDER / maker.PAGE]}
    assert made.keys() == kept.keys()
    assert [str(name) for name in made if made[name] != kept[name]] == []
