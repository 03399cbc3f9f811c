"""What an administrator with all rights at a county's server can do: edit its database past the ledger. And
what the city finds of it. A step of every demo, and `zhilu demo tamper` on one that is served.

He lowers the amount of an off-book finding in the table of outcomes, and in the ledger's entry too, so that
both say the same. Everything is put back at the end.
"""

import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from zhilu.demo.bureau.ground import CITY, Ground
from zhilu.demo.bureau.qinghe import QINGHE
from zhilu.demo.place import Place
from zhilu.demo.processes import run
from zhilu.errors import CallerError
from zhilu.i18n import _

FIND = """SELECT o.id, o.entry, o.amount_fen, e.core FROM evidence_outcome o
JOIN ledger_entry e ON e."index" = o.entry WHERE o.amount_fen IS NOT NULL ORDER BY o.entry DESC LIMIT 1"""
ROW = "UPDATE evidence_outcome SET amount_fen = ? WHERE id = ?"
ENTRY = 'UPDATE ledger_entry SET core = ? WHERE "index" = ?'


@dataclass(frozen=True)
class Edit:
    """`row`, `entry`: what the line that names it contains; `before`, `after`: fen."""

    row: str
    entry: str
    before: int
    after: int

    @property
    def said(self) -> str:
        return _("amount of an off-book finding: {before} became {after} yuan").format(
            before=f"{self.before // 100:,}", after=f"{self.after // 100:,}"
        )


@contextmanager
def edited(county: Place) -> Iterator[Edit]:
    """Inside, the county's database says something else than its ledger."""
    path = county.home("server") / "db.sqlite3"
    if not path.exists():
        raise CallerError("demo-home", "{path} is no server of a demonstration.", path=county.home("server"))
    with closing(sqlite3.connect(path, timeout=30)) as database:
        id_, index, before, core = database.execute(FIND).fetchone()
        after = before // 10
        other = core.replace(str(before).encode(), str(after).encode())
        try:
            _write(database, id_, after, index, other)
            yield Edit(f"{UUID(id_)}", f"entry {index}:", before, after)
        finally:
            _write(database, id_, before, index, core)


def _write(database: sqlite3.Connection, id_: str, amount: int, index: int, core: bytes) -> None:
    with database:
        database.execute(ROW, [amount, id_])
        database.execute(ENTRY, [core, index])


def compare(city: Place, county: Place, log: Path) -> list[str]:
    """What `zhilu server audit` at the city says of the county."""
    words = ("server", "audit", "--home", city.home("server"), "--county", county.bureau)
    return run(*words, log=log, accept=(0, 1)).stdout.splitlines()


def by_hand(folder: Path) -> None:
    """On the demo that is served from `folder`, told line by line."""
    ground = Ground(folder, folder / "kept", 0)
    county, city = ground.place(QINGHE), ground.place(CITY)
    with edited(county) as edit, tempfile.TemporaryDirectory() as logs:
        print(_("{bureau}, past its ledger: {said}").format(bureau=county.title, said=edit.said))
        print(_("The county's own pages show it from now on. {bureau} compares …").format(bureau=city.title))
        sys.stdout.flush()
        for line in compare(city, county, Path(logs) / "log"):
            print(f"  {line}")
        if sys.stdin.isatty():
            input(_("Enter puts it back: "))
    print(_("Put back."))
