"""An officer's own texts (templates): saved with a statement of his, and only from what it says.

Whoever stands before the page can write into the form, but not sign it. So a text goes to the county after
its person's statement was filed or is sealed on disk, and it is the text of an act of that statement: only
the name that it is kept under is not signed. Nothing of it is on this disk; what the county does not take is
told to the page, and he writes it once more another day.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from zhilu.errors import CallerError, ZhiluError
from zhilu.protocols import intake_words
from zhilu.protocols.intake_words import LONGEST_NAME
from zhilu.protocols.words import Act
from zhilu.station.parts import Parts
from zhilu.strictjson import fields

log = logging.getLogger(__name__)

PATIENCE_S = 3.0


@dataclass(frozen=True)
class Template:
    name: str
    elements: dict[str, str]


def chosen(asked: object, acts: Sequence[Act]) -> tuple[Template, ...]:
    """From `[{"act": its place, "name", "elements": [name of an element …]}]`, at most one for each act;
    CallerError `template`."""
    if not isinstance(asked, list) or len(asked) > len(acts):
        raise _refusal()
    return tuple(_one(fields(one, {"act": int, "name": str, "elements": list}), acts) for one in asked)


def _one(got: dict[str, object], acts: Sequence[Act]) -> Template:
    place, name, wanted = got["act"], str(got["name"]).strip(), got["elements"]
    assert isinstance(place, int) and isinstance(wanted, list)
    if not (0 <= place < len(acts) and 0 < len(name) <= LONGEST_NAME and wanted):
        raise _refusal()
    said = acts[place].elements
    if not all(isinstance(element, str) and element in said for element in wanted):
        raise _refusal()
    return Template(name, {element: text for element, text in said.items() if element in wanted})


def _refusal() -> CallerError:
    return CallerError("template", "A text of one's own has a name of at most 40 characters.")


async def save(parts: Parts, person: str, templates: Sequence[Template]) -> list[str]:
    """Names of those that the county has not taken."""
    taken = await asyncio.gather(*(_save(parts, UUID(person), one) for one in templates))
    return [one.name for one, done in zip(templates, taken, strict=True) if not done]


async def _save(parts: Parts, person: UUID, one: Template) -> bool:
    body = intake_words.template_body(person, one.name, one.elements)
    try:
        async with asyncio.timeout(PATIENCE_S):
            await parts.county.ask(intake_words.post_template(), body)
    except (ZhiluError, TimeoutError) as error:
        log.info("a text of one's own is not saved: %s", error)
        return False
    return True
