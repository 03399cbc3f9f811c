"""Reading people and departments, for display and for what `apply` copies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import get_language

from zhilu.encoding import as_uuid
from zhilu.server.ledger import waiting
from zhilu.server.organisation.models import Department, ListedBureau, Person, Post, Role


def roles_of(person: UUID | str) -> frozenset[str]:
    """Roles by grant, without those that others handed on: `rights.rights_of` has both."""
    return frozenset(Role.objects.filter(person=person, ended_at=None).values_list("role", flat=True))


def actor_roles(actor: str) -> frozenset[str]:
    """Of an entry's actor; none of a device."""
    person = as_uuid(actor)
    return roles_of(person) if person else frozenset()


def names(ids: Iterable[UUID | str | None]) -> dict[str, str]:
    """id → name, of the persons that are known, and of the bureau by its code; a device, None are nobody."""
    wanted = set(ids)
    people = {person for one in wanted if (person := as_uuid(one))}
    told = {str(person.id): str(person) for person in Person.objects.filter(id__in=people)}
    code = settings.ZHILU.bureau
    return told | ({code: bureau_name()} if code in wanted else {})


def bureau_name() -> str:
    """The own one, in the reader's language."""
    config = settings.ZHILU
    is_english = (get_language() or "").startswith("en")
    return (config.name_en if is_english else config.name_zh) or str(config.bureau)


def bureau_names(*codes: str) -> dict[str, str]:
    """code → name of these; without any, of all that are listed, and of the own one."""
    own = str(settings.ZHILU.bureau)
    listed: dict[str, str] = {}
    if set(codes) != {own}:
        listed = dict(ListedBureau.objects.order_by("code").values_list("code", "name"))
    found = {one: listed.get(one, one) for one in codes or (*listed, own)}
    return found | ({own: bureau_name()} if own in found else {})


def holders(*roles: str) -> list[Person]:
    """Everybody with one of these roles, by name."""
    ids = Role.objects.filter(role__in=roles, ended_at=None).values("person")
    return list(Person.objects.filter(id__in=ids).order_by("name", "id"))


def officers() -> list[Person]:
    return holders("officer")


def department_of(person: UUID | str | None, on: date) -> UUID | None:
    """Where the person worked on that day."""
    if person is None:
        return None
    return _on(_posts_of(UUID(str(person))), on)


_Held = tuple[date, int, date | None, UUID]


@dataclass(frozen=True)
class Posts:
    """Who works where, for whoever asks of many."""

    held: Mapping[UUID, list[_Held]]

    def on(self, person: UUID, day: date) -> UUID | None:
        """The department in which the person works on that day."""
        return _on(self.held.get(person, []), day)


def posts() -> Posts:
    return Posts(waiting.remembered(Post, "by person", lambda: _by_person(Post.objects.all())))


def _on(held: Iterable[_Held], day: date) -> UUID | None:
    then = [one for one in held if one[0] <= day and (one[2] is None or one[2] > day)]
    return max(then)[3] if then else None


def _posts_of(person: UUID) -> list[_Held]:
    if waiting.is_many():
        return waiting.remembered(Post, "by person", lambda: _by_person(Post.objects.all())).get(person, [])
    return _by_person(Post.objects.filter(person=person)).get(person, [])


def _by_person(posts: QuerySet[Post]) -> dict[UUID, list[_Held]]:
    """Since, entry, until, department of each."""
    found: dict[UUID, list[_Held]] = {}
    held = posts.values_list("person", "since", "entry", "until", "department")
    for person, since, entry, until, department in held:
        found.setdefault(person, []).append((since, entry, until, department))
    return found


def department_names() -> dict[UUID | None, str]:
    """id → name, of all departments."""
    return dict(Department.objects.values_list("id", "name"))


def paths() -> dict[UUID, str]:
    """id → name with those above it, `稽查局/检查一科`."""
    return paths_of({row.id: row for row in Department.objects.all()})


def paths_of(known: dict[UUID, Department]) -> dict[UUID, str]:
    """The same, of departments that have been read already; all of them."""
    return {one: _path(row, known) for one, row in known.items()}


def _path(row: Department, known: dict[UUID, Department]) -> str:
    parts = [row.name]
    while row.parent is not None:
        row = known[row.parent]
        parts.append(row.name)
    return "/".join(reversed(parts))
