"""People by number, with the post they have. A transfer is one leave and one join on the day that is given.

Whoever is not in the file stays as he is: leaving is entered on the person's page, with its reason.
"""

from __future__ import annotations

from uuid import UUID

from django.utils.translation import gettext_lazy as _

from zhilu.errors import DataError
from zhilu.server.ledger.clock import new_id
from zhilu.server.ledger.services.commit import Proposal
from zhilu.server.organisation.events import PersonAdded, PersonDescribed, PostLeft, PostTaken
from zhilu.server.organisation.models import Post
from zhilu.server.organisation.services.numbers import People
from zhilu.server.organisation.services.rights import Rights
from zhilu.server.pages.services.sheets.columns import Column, choice, day, text
from zhilu.server.pages.services.sheets.places import EXAMPLE, Departments
from zhilu.server.pages.services.sheets.sheet import CHANGED, NEW, SAME, Change, Line, Sheet, Work
from zhilu.server.pages.words import RANKS

TRANSFER = "transfer"


class PeopleWork(Work):
    def __init__(self, rights: Rights) -> None:
        super().__init__(rights)
        self._departments, self._people = Departments(), People()
        self._posts = {post.person: post for post in Post.objects.filter(until=None)}

    def row(self, line: Line) -> Change:
        self.once(line["number"], line)
        known = self._people.find(line["number"])
        told = {"name": line["name"], "number": line["number"]}
        if known is None:
            person = new_id()
            made = [self.proposal(PersonAdded(str(person)), told)]
            return Change(NEW, made + self._post(person, None, line))
        made = [] if known.name == line["name"] else [self.proposal(PersonDescribed(str(known.id)), told)]
        made += self._post(known.id, self._posts.get(known.id), line)
        return Change(CHANGED if made else SAME, made)

    def _post(self, person: UUID, post: Post | None, line: Line) -> list[Proposal]:
        if line["department"] is None:
            if line["rank"] or line["since"]:
                raise DataError("department-missing", "A post needs a department.")
            return []
        department = self._departments.open(line["department"])
        if post is not None and post.department == department and post.rank == (line["rank"] or post.rank):
            _check_same_day(post, line)
            return []
        if line["since"] is None:
            raise DataError("since-missing", "A new post needs the day since when.")
        since = line["since"].isoformat()
        taken = PostTaken(str(new_id()), str(person), str(department), line["rank"] or "officer", since)
        left = [] if post is None else [self.proposal(PostLeft(str(post.id), since, TRANSFER))]
        return [*left, self.proposal(taken)]


def _check_same_day(post: Post, line: Line) -> None:
    """Nothing that was written is passed over in silence."""
    if line["since"] not in (None, post.since):
        raise DataError(
            "post-since",
            "This post is entered since {since}. Correct that on the person's page.",
            since=post.since,
        )


SHEET = Sheet(
    "people",
    _("People and posts"),
    _("Adds people and their posts, corrects names and enters transfers. A transfer ends every role but "
      "that of an officer: it is granted anew. Who is not in the file stays."),
    frozenset({"system-administrator"}),
    (
        Column("number", _("Number"), text(100), "0100123", required=True),
        Column("name", _("Full name"), text(100), "张建国", required=True),
        Column("department", _("Department (full path)"), text(1_000), EXAMPLE),
        choice("rank", _("Rank"), RANKS, "officer"),
        Column("since", _("In this post since"), day, "2026-01-04"),
    ),
    PeopleWork,
    kinds=(PersonAdded, PersonDescribed, PostLeft, PostTaken),
    places={
        "row-twice": "number", "number-twice": "number", "path": "department", "path-bureau": "department",
        "path-unknown": "department", "department-missing": "department", "department-unknown": "department",
        "since-missing": "since", "post-since": "since", "post-date": "since", "post-held": "since",
    },
)  # fmt: skip
