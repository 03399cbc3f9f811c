"""What of a text a reader sees."""

from __future__ import annotations

import pytest

from zhilu.seen import is_unseen, seen

HIDDEN = "\u200b\u00ad\ufeff\u2060\u2065\u180e\u202c\ufe00\u3164\u2800\uffa0\U000e0001\U000e0100\x07\x00"


def test_blanks_stay_and_what_is_hidden_goes() -> None:
    assert seen(f"执{HIDDEN}法 {HIDDEN}　记\t录") == "执法 　记\t录"


@pytest.mark.parametrize("text", [*HIDDEN, HIDDEN, f" {HIDDEN} ", "\u200b\n"])
def test_what_looks_empty_and_is_not(text: str) -> None:
    assert is_unseen(text) and not is_unseen(f"{text}。")


@pytest.mark.parametrize("text", ["", " ", "\u3000\n", "一", "\u200b一", "e\u0301", "👨\u200d👩"])
def test_what_is_empty_and_what_is_seen(text: str) -> None:
    assert not is_unseen(text)


@pytest.mark.parametrize(
    "text",
    [
        "𠮷",
        "\ufa0e",
        "\U0003106c",
        "\U00031350",
        "\U000323b0",
        "\ue000",
        "⿰亻",
        "ᠮᠣᠩᠭᠣᠯ",
        "བོད",
        "\u064b",
        "\u20dd",
        "☎\ufe0e",
    ],
)
def test_names_of_rare_signs_and_other_scripts_are_seen(text: str) -> None:
    """Also those that this Python's Unicode does not know yet, or that a font of the house's own has."""
    assert not is_unseen(text) and not is_unseen(f"\u200f{text}")
