"""The viewing room and the platform say one purpose in one wording, in both languages."""

import json
import re
from pathlib import Path

from django.utils import translation

from zhilu.protocols.viewing import OUTSIDE_PURPOSES, OWN_PURPOSES
from zhilu.server.pages.words import PURPOSES

ROOM = Path(__file__).resolve().parents[2] / "src/zhilu/browser"


def test_room_and_platform_name_purposes_alike() -> None:
    words = dict(re.findall(r'\["([a-z-]+)", t\("(.+?)"\)\]', (ROOM / "words.js").read_text()))
    chinese = json.loads((ROOM / "zh.json").read_text())
    assert tuple(words) == (*OWN_PURPOSES, *OUTSIDE_PURPOSES)
    with translation.override("en"):
        assert {code: str(said) for code, said in PURPOSES.items()} == words
    with translation.override("zh-hans"):
        assert {code: str(said) for code, said in PURPOSES.items()} == {
            code: chinese[said] for code, said in words.items()
        }
