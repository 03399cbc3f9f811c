"""Who works where: adding people, giving them posts, taking them out; what the system administrator does.

A post gives no right, and leaving one ends the rights that were held there (spec/registers.md §1).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from zhilu.errors import CallerError, DataError
from zhilu.server.ledger import lock
from zhilu.server.ledger.clock import new_id
from zhilu.server.ledger.services.commit import Proposal, commit, commit_all
from zhilu.server.organisation.events import PersonAdded, PersonDescribed, PostLeft, PostTaken
from zhilu.server.organisation.models import Person, Post

LONGEST = 100


def add(name: str, number: str, department: UUID, rank: str, since: date, actor: UUID | str) -> UUID:
    """A new person with a post, or neither."""
    person = new_id()
    told = _told(name, number)
    added = Proposal(PersonAdded(str(person)), str(actor), told)
    with lock.held():
        _check_free(told["number"], person)
        commit_all([added, Proposal(_taken(person, department, rank, since), str(actor))])
    return person


def describe(person: UUID, name: str, number: str, actor: UUID | str) -> None:
    """Another name or number."""
    told = _told(name, number)
    with lock.held():
        _check_free(told["number"], person)
        commit(PersonDescribed(str(person)), str(actor), told)


def take(person: UUID, department: UUID, rank: str, since: date, actor: UUID | str) -> None:
    commit(_taken(person, department, rank, since), str(actor))


def leave(person: UUID, until: date, reason: str, actor: UUID | str) -> None:
    """Ends every role but `officer`, and delegations; `retired` and `left` end `officer` too."""
    commit(_left(person, until, reason), str(actor))


def transfer(person: UUID, department: UUID, rank: str, on: date, actor: UUID | str) -> None:
    """One leave and one join, both or neither. Also for another rank in the same department."""
    events = [_left(person, on, "transfer"), _taken(person, department, rank, on)]
    commit_all([Proposal(event, str(actor)) for event in events])


def history(person: UUID) -> Sequence[Post]:
    """All posts, the newest first."""
    return list(Post.objects.filter(person=person).order_by("-since", "-entry"))


def _told(name: str, number: str) -> dict[str, str]:
    told = {"name": name.strip(), "number": number.strip()}
    if not told["name"]:
        raise CallerError("name", "A person has a name.")
    if max(map(len, told.values())) > LONGEST:
        raise CallerError("too-long", "At most {longest} characters.", longest=LONGEST)
    return told


def _check_free(number: str, person: UUID) -> None:
    """Under the ledger's lock. Not a rule: those see no personal text, which is disposed of one day."""
    if number and Person.objects.filter(number=number).exclude(id=person).exists():
        raise DataError("number-held", "Another person has this number.")


def _taken(person: UUID, department: UUID, rank: str, since: date) -> PostTaken:
    return PostTaken(str(new_id()), str(person), str(department), rank, since.isoformat())


def _left(person: UUID, until: date, reason: str) -> PostLeft:
    post = Post.objects.filter(person=person, until=None).values_list("id", flat=True).first()
    if post is None:
        raise DataError("post-unknown", "There is no such post, or it has been left.")
    return PostLeft(str(post), until.isoformat(), reason)
