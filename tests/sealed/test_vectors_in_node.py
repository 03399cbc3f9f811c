"""The page's verifier, written apart, refuses the vectors that the core refuses, and takes the others.

Where one of two verifiers takes what the other refuses, one of them is a hole.
"""

import json
import subprocess
from pathlib import Path

import pytest

from support.recordings import RECORDING
from support.vectors.judge import Read, read
from zhilu.browser.runner import find_node

FOLDER = Path(__file__).parents[2] / "spec" / "vectors"
INPUTS = {"line", "journal", "segment", "commitment"}

LEFT_TO_VERIFY = {"opened-by", "import-chain", "origin"}
"""What the page cannot know: the logbook and the import before are not there. `zhilu verify` or the county
say it."""

COMMON = {"field"}
"""The common fields of a line are judged by the page with the journal's rules, not with one line."""

PATHS = sorted(path for path in FOLDER.glob("*/*.vector") if read(path)["input"] in INPUTS)


def wanted(vector: Read) -> bool:
    if vector["input"] == "line":
        return vector["expect"] not in COMMON
    return vector["expect"] not in LEFT_TO_VERIFY


def asked(vector: Read) -> dict[str, str]:
    headers = {name: values[0] for name, values in vector.headers.items()}
    return {"recording": str(RECORDING)} | headers | {"body": vector.body.hex()}


@pytest.fixture(scope="module")
def said() -> dict[Path, str]:
    cases = json.dumps([asked(read(path)) for path in PATHS])
    command = [str(find_node()), str(Path(__file__).with_name("judge.mjs"))]
    done = subprocess.run(command, input=cases, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return dict(zip(PATHS, json.loads(done.stdout), strict=True))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_both_take_it_or_both_refuse_it(path: Path, said: dict[Path, str]) -> None:
    vector = read(path)
    if wanted(vector):
        assert (said[path] == "ok") == (vector["expect"] == "ok"), f"{said[path]}, wanted {vector['expect']}"
