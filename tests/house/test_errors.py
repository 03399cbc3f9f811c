"""Errors carry what an operator needs, and never fail themselves."""

import pytest

from zhilu import i18n
from zhilu.errors import CallerError, DataError, WorldError, ZhiluError, fill, plain


@pytest.mark.parametrize("family", [CallerError, DataError, WorldError])
def test_a_family_keeps_code_fields_and_hint(family: type[ZhiluError]) -> None:
    error = family("disk-full", "The disk {disk} is full.", disk="/srv")
    assert (error.code, error.fields, error.hint) == (
        "disk-full",
        {"disk": "/srv"},
        "The disk {disk} is full.",
    )
    assert isinstance(error, ZhiluError)
    assert str(error) == "disk-full disk=/srv The disk /srv is full."


@pytest.mark.parametrize("sentence", ["{missing}", "{0}", "{a.b.c}", "{", "{a!x}"])
def test_a_sentence_that_cannot_be_filled_stays_as_it_is(sentence: str) -> None:
    assert fill(sentence, {"a": 1}) == sentence


def test_an_error_line_is_one_sentence_and_the_code() -> None:
    i18n.use_language("en")
    assert (
        i18n.error_line(WorldError("disk-full", "The disk {disk} is full.", disk="/srv"))
        == "The disk /srv is full. [disk-full]"
    )
    assert i18n.error_line(DataError("chain", n=4)) == "n=4 [chain]"
    assert i18n.error_line(DataError("chain")) == "No further explanation. [chain]"


def test_words_of_others_end_no_line_and_clear_no_screen() -> None:
    said = "x\n\x1b[2J\x00\u202eall is well"
    error = WorldError("neighbour-away", "It does not answer ({reason}).", reason=said)
    for line in (i18n.error_line(error), str(error), plain(said)):
        assert line.isprintable() and "all is well" in line
