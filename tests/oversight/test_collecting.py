"""Garbage is collected again when whoever paused it is out, the inner and the failed too."""

import gc

import pytest

from zhilu.server.oversight.services.collecting import paused


def test_collecting_is_paused_until_the_last_is_out() -> None:
    assert gc.isenabled()
    with paused():
        with pytest.raises(ZeroDivisionError), paused():
            1 / 0  # noqa: B018
        assert not gc.isenabled()
    assert gc.isenabled()


def test_a_function_may_be_paused_again_and_again() -> None:
    @paused()
    def is_enabled() -> bool:
        return gc.isenabled()

    assert [is_enabled(), is_enabled(), gc.isenabled()] == [False, False, True]
