"""What an administrator with all rights at a county's server can do: edit its database past the ledger. And
what the city finds of it. A step of every demo, and `zhilu demo tamper` on one that is served.

He puts an act to another taxpayer's name in the table of acts, and in the ledger's entry too, so that both
say the same. Everything is put back at the end.
"""

import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from zhilu.demo.bureau.ground import CITY, Ground
from zhilu.demo.bureau.qinghe import QINGHE
from zhilu.demo.place import Place
from zhilu.demo.processes import begin
from zhilu.errors import CallerError
from zhilu.i18n import _

FIND = """SELECT a.id, a.entry, a.taxpayer, e.personal FROM evidence_act a
JOIN ledger_entry e ON e."index" = a.entry ORDER BY a.entry DESC LIMIT 1"""
ANOTHER = "SELECT taxpayer FROM evidence_act WHERE taxpayer <> ? ORDER BY entry LIMIT 1"
ROW = "UPDATE evidence_act SET taxpayer = ? WHERE id = ?"
ENTRY = 'UPDATE ledger_entry SET personal = ? WHERE "index" = ?'


@dataclass(frozen=True)
class Edit:
    """`row`, `entry`: what the line that names it contains; `before`, `after`: names."""

    row: str
    entry: str
    before: str
    after: str

    @property
    def said(self) -> str:
        return _("the taxpayer of an act, {before}, became {after}").format(
            before=self.before, after=self.after
        )


@contextmanager
def edited(county: Place) -> Iterator[Edit]:
    """Inside, the county's database says something else than its ledger."""
    path = county.home("server") / "db.sqlite3"
    if not path.exists():
        raise CallerError("demo-home", "{path} is no server of a demonstration.", path=county.home("server"))
    with closing(sqlite3.connect(path, timeout=30)) as database:
        id_, index, before, text = database.execute(FIND).fetchone()
        (after,) = database.execute(ANOTHER, [before]).fetchone()
        other = text.replace(before.encode(), after.encode())
        try:
            _write(database, id_, after, index, other)
            yield Edit(f"{UUID(id_)}", f"entry {index}:", before, after)
        finally:
            _write(database, id_, before, index, text)


def _write(database: sqlite3.Connection, id_: str, taxpayer: str, index: int, text: bytes) -> None:
    with database:
        database.execute(ROW, [taxpayer, id_])
        database.execute(ENTRY, [text, index])


def begin_comparing(city: Place, county: Place, log: Path) -> Callable[[], list[str]]:
    """`zhilu server audit` at the city; what comes back waits for what it says of the county."""
    words = ("server", "audit", "--home", city.home("server"), "--county", county.bureau)
    ended = begin(*words, log=log, accept=(0, 1))
    return lambda: ended().stdout.splitlines()


def by_hand(folder: Path) -> None:
    """On the demo that is served from `folder`, told line by line."""
    ground = Ground(folder, folder / "kept", 0)
    county, city = ground.place(QINGHE), ground.place(CITY)
    with edited(county) as edit, tempfile.TemporaryDirectory() as logs:
        print(_("{bureau}, past its ledger: {said}").format(bureau=county.title, said=edit.said))
        print(_("The county's own pages show it from now on. {bureau} compares …").format(bureau=city.title))
        sys.stdout.flush()
        for line in begin_comparing(city, county, Path(logs) / "log")():
            print(f"  {line}")
        if sys.stdin.isatty():
            print(_("Enter puts it back: "), end="", flush=True)
            with suppress(KeyboardInterrupt):  # Ctrl-C is an answer too
                sys.stdin.readline()
    print(_("Put back."))
