"""Whether entries are missing in a restored home: who was asked, and what was compared with what.

Each cosigner that the ledger's own policy names signs our newest published checkpoint once more; where there
is none, one over all entries. It does so only when it has seen nothing newer, and says when: a signature from
before we asked is somebody's copy of an old answer (`cosigner-stale`). A policy that names a cosigner while
server.toml says of none where it is: refused (`cosigner-unset`). A policy that names none leaves nobody to
ask, and that is said. Whose key the policy names, a person compares with what the keyholder shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings

from zhilu.encoding import format_time
from zhilu.errors import WorldError
from zhilu.server.ledger.clock import now
from zhilu.server.ledger.services import commit, publish, terms

CLOCKS_APART = timedelta(minutes=5)
"""As far as the clocks of two machines may differ. A county's requests are refused beyond one minute."""


@dataclass(frozen=True)
class Compared:
    """`cosigned`: size of the newest checkpoint that was compared; `cosigners`: their keys, none where the
    ledger names none."""

    cosigned: int
    entries: int
    cosigners: tuple[str, ...]


def compare() -> Compared:
    """WorldError `ledger-behind` with `missing`, or why no cosigner could be asked."""
    asked_at, publisher = now(), publish.publisher()
    try:
        publisher.catch_up()
        cosigners = terms.current().cosigners
        if cosigners and publish.newest_size() == 0 and commit.size():
            publisher.run_once()
    except WorldError as error:
        raise _behind(error) if error.code == "ledger-behind" else error from None
    for one in cosigners:
        _check_answer(one.name, publisher.answers.get(one.name), asked_at)
    return Compared(publish.newest_size(), commit.size(), tuple(one.vkey for one in cosigners))


def _check_answer(name: str, said: int | None, asked_at: datetime) -> None:
    if settings.ZHILU.keyholder is None:
        raise WorldError(
            "cosigner-unset",
            "The ledger names the cosigner {name}, and server.toml does not say where it is: "
            "nobody was asked whether entries are missing.",
            name=name,
        )
    if said is None:
        raise WorldError("cosigner-away", "The cosigner {name} gave no answer.", name=name)
    at = datetime.fromtimestamp(said, UTC)
    if at < asked_at - CLOCKS_APART:
        raise WorldError(
            "cosigner-stale",
            "The cosigner {name} answered with a signature of {at}: an old one, or its clock is wrong. "
            "It does not show that nothing newer exists.",
            name=name,
            at=format_time(at),
        )


def _behind(error: WorldError) -> WorldError:
    size, seen = int(str(error.fields["size"])), int(str(error.fields["published"]))
    return WorldError(
        "ledger-behind",
        "{missing} entries are missing: the backup has {size}, the keyholder has cosigned {published}. "
        "Nothing is entered or signed until they are back (docs/operate/county.md).",
        missing=seen - size,
        size=size,
        published=seen,
    )
