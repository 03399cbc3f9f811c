"""The tamper catalogue: every attack is found, by the code that its row names, and said since when.

The rows are in `support/attacks`; what nobody touched is accused of nothing.
"""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from support.attacks import PROMISES, Attack, known, stores
from support.recordings import START, Clock, Maker, at_of
from support.stores import StoreWriter, verify
from support.vectors import judge, protocols_judge
from zhilu.sealed.trust import Trust
from zhilu.verify.check import judge as judge_folder
from zhilu.verify.files import find

VECTORS = Path(__file__).parents[2] / "spec/vectors"
CATALOGUE = [*stores.ATTACKS, *known.ATTACKS]


def named(attack: Attack) -> str:
    return f"{attack.promise} {attack.name}"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> StoreWriter:
    """Three days, two recordings each."""
    writer = StoreWriter(tmp_path_factory.mktemp("store") / "written")
    for date in ("2026-11-24", "2026-11-25", "2026-11-26"):
        writer.day(date, 2)
    return writer


@pytest.fixture
def store(written: StoreWriter, tmp_path: Path) -> StoreWriter:
    return written.copied(tmp_path / "store")


@pytest.mark.parametrize("attack", stores.ATTACKS, ids=named)
def test_on_a_recorders_store(store: StoreWriter, attack: Attack) -> None:
    assert verify(store.folder).sound
    assert callable(attack.do)
    head = attack.do(store)
    report = verify(store.folder, head)
    found = [finding for finding in report.defects if finding.code == attack.code]
    assert found, [str(finding) for finding in report]
    assert not attack.dated or all(finding.since for finding in found)
    assert all(finding.since <= finding.until or not finding.until for finding in report)
    if head is not None:
        assert attack.code not in {finding.code for finding in verify(store.folder)}


@pytest.mark.parametrize("attack", known.ATTACKS, ids=named)
def test_that_is_a_vector(attack: Attack) -> None:
    vector = judge.read(VECTORS / str(attack.do))
    judged = judge if vector["input"] in judge.JUDGES else protocols_judge
    assert judged.judge(vector)[0] == attack.code


@pytest.mark.parametrize("kind", ["tpm", "token", "file", "none"])
def test_the_tail_of_an_open_recording(tmp_path: Path, kind: str) -> None:
    """Between two dockings, whatever the counter is, as long as it was not set back with the store. What the
    report says of its worth is another thing."""
    store = StoreWriter(tmp_path / "store", kind)
    store.day("2026-11-24")
    stores.tail_of_an_open_recording_cut_then_recovered(store)
    report = verify(store.folder)
    (finding,) = report.defects
    last = store.lines(store.recordings[1])[-1]
    assert (finding.code, finding.since) == ("counter", at_of(last))
    assert finding.until.startswith("2026-11-24")
    assert report.facts["tail_provable"] is (kind == "tpm")


@pytest.mark.parametrize(("days", "found"), [(-1, True), (1, True), (0, False)])
def test_a_clock_set_back_or_forward(tmp_path: Path, days: int, found: bool) -> None:
    """The recorder's clock is no witness: the bracket stands beside it, and a note says so."""
    maker = Maker()
    maker.clock = Clock(START + timedelta(days=days))
    folder = maker.make().write(tmp_path)
    report = judge_folder(find(folder), Trust.loads((folder / "trust.json").read_bytes()))
    assert report.sound and report.facts["anchored"]
    assert [finding.code for finding in report] == ["clock-outside"] * found
    assert report.facts["not_before"] == "2026-11-24T09:40:03.000Z"


def test_an_altered_line_ends_what_is_proved_until_the_next_signed_one(store: StoreWriter) -> None:
    times = [at_of(line) for line in store.book_lines]
    stores.logbook_line_altered(store)
    (finding, *_rest) = verify(store.folder).defects
    assert (finding.code, finding.since, finding.until) == ("signature", times[3], times[5])


def test_a_line_put_in_hides_nothing(store: StoreWriter) -> None:
    lines = store.book_lines
    store.write_book([*lines[:4], b"\n", *lines[4:]])
    (finding, *_rest) = verify(store.folder).defects
    assert (finding.code, finding.since, finding.until) == ("line-empty", "", "")


def test_a_day_that_was_deleted_is_named_by_its_hours(store: StoreWriter) -> None:
    stores.day_deleted(store)
    found = verify(store.folder).defects
    assert [(finding.since[:10], finding.until[:10]) for finding in found] == [("2026-11-25",) * 2] * 2


def test_it_is_a_catalogue() -> None:
    assert len({attack.name for attack in CATALOGUE}) == len(CATALOGUE) >= 40
    assert {attack.promise for attack in CATALOGUE} == set(PROMISES)


def test_a_copy_elsewhere_is_as_sound_as_the_store(store: StoreWriter, tmp_path: Path) -> None:
    shutil.move(store.folder, tmp_path / "elsewhere")
    assert verify(tmp_path / "elsewhere").findings == []
