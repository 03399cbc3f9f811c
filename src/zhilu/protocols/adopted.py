"""A city's entry inside a county's, `city-entry-adopted/1` (spec/federation.md §6): what a program reads of
it that has the county's entry proved.

Nothing here asks whether it is the city's: that is the county's server's at commit, and its city's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zhilu import strictjson
from zhilu.encoding import unb64u
from zhilu.tlog.proof import MAX_CORE, parse_leaf

KIND = "city-entry-adopted/1"


def leaf_of(core: Mapping[str, Any]) -> dict[str, Any]:
    """The city's leaf."""
    return parse_leaf(unb64u(strictjson.fields(dict(core), {"leaf": str})["leaf"]))


def core_of(core: Mapping[str, Any]) -> dict[str, Any]:
    """What the city's entry says, with what the county gave it in place of the city's."""
    got = strictjson.fields(dict(core), {"core": str})
    inner = strictjson.loads_object(unb64u(got["core"]), MAX_CORE)
    given = {name: core[name] for name in ("version", "since") if core.get(name) is not None}
    return {**inner, **given}


def personal_of(personal: Mapping[str, Any]) -> dict[str, Any]:
    """{} where there was none, or where it was disposed of."""
    if "personal" not in personal:
        return {}
    return strictjson.loads_object(unb64u(personal["personal"]), MAX_CORE)
