"""The vectors of spec/vectors in the page itself: Chromium's WebCrypto is not Node's.

The page goes through the chain first, and from the last line to the first (spec/viewing.md §6): so `chain` is
what it says where a reader from the first line names the cause. All other codes are the same.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from support.recordings import RECORDING
from support.vectors.judge import Read, read
from support.viewing_room import Room

pytestmark = pytest.mark.browser

FOLDER = Path(__file__).parents[2] / "spec" / "vectors"
JUDGE = (Path(__file__).parent / "modules/judge.js").read_text().partition("\n")[2]
INPUTS = {"line", "journal", "segment", "commitment"}
# What the page cannot know, for the logbook is not there: `zhilu verify` says it.
LEFT_TO_VERIFY = {"opened-by", "origin"}


def asked(vector: Read) -> dict[str, str]:
    headers = {name: values[0] for name, values in vector.headers.items()}
    return {"recording": str(RECORDING)} | headers | {"body": vector.body.hex()}


def test_the_page_takes_and_refuses_what_the_vectors_say(chromium: Browser, room: Room) -> None:
    vectors = [read(path) for path in sorted(FOLDER.glob("*/*.vector"))]
    vectors = [each for each in vectors if each["input"] in INPUTS and each["expect"] not in LEFT_TO_VERIFY]
    # The common fields of a line are judged by the page with the journal's rules, not with one line.
    vectors = [each for each in vectors if (each["input"], each["expect"]) != ("line", "field")]
    assert len(vectors) > 100
    page = chromium.new_page()
    page.goto(f"{room.api}/")
    said = page.evaluate(JUDGE, [asked(each) for each in vectors])
    page.close()
    pairs = {each["name"]: (code, each["expect"]) for each, code in zip(vectors, said, strict=True)}
    assert {name: pair for name, pair in pairs.items() if (pair[0] == "ok") != (pair[1] == "ok")} == {}
    assert {name: pair for name, pair in pairs.items() if pair[0] != pair[1] and pair[0] != "chain"} == {}
