"""Words in what is said about acts: found exactly, on both databases, whoever asks however."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from uuid import UUID

import pytest
from django.db import connection

from support.county_world import OFFICER, RECORDING, CountyWorld
from zhilu.server.evidence import terms
from zhilu.server.evidence.models import Act, Passage, Statement
from zhilu.server.evidence.rules import ELEMENTS, Span
from zhilu.server.evidence.search import Commonness
from zhilu.server.evidence.services import acts, links, outcomes, search
from zhilu.server.ledger.models.base import applying
from zhilu.server.ledger.services.rebuild import rebuild

pytestmark = [pytest.mark.db, pytest.mark.django_db]
SPANS = [Span(str(RECORDING), 0, 1_000_000)]


@pytest.fixture(autouse=True)
def stored(county: CountyWorld) -> None:
    county.store()


def open_act(taxpayer: str = "某户", **elements: str) -> UUID:
    act = acts.open_act(UUID(OFFICER), "C01", [OFFICER], taxpayer, SPANS)
    if elements:
        acts.file_statement(UUID(OFFICER), Act.objects.get(id=act), 0, elements)
    return act


def found(text: str, known: Commonness | None = None) -> set[UUID]:
    return set(Act.objects.filter(search.matching(text, known)).values_list("id", flat=True))


COMMON, OFTEN = Commonness(1.0, 1e9), Commonness(0.05, 0.0)
"""Words that every act has; words for whose count the index is asked, and not for a page."""


def counted(text: str) -> set[int]:
    """By every way there is to count: one number, if they agree."""
    rows = Act.objects.all()
    return {
        rows.filter(search.counting(text, rows, 10, known)).count()
        for known in (None, COMMON, OFTEN, search.commonness(text))
    }


TEXT = (
    "对巨鹿县好运来超市（统一社会信用代码９１１３０５２９ＭＡ0001ＸＹ）巨税稽罚〔2026〕15号文书核实，"
    "税务检查员到场。𠮷野家、葛\U000e0100城；二○二六年"
)


THERE = (
    "税务", "税务检查员", "核实", "好运来超市", "税", "员", "场", "91130529", "91130529ma0001xy", "９１１３",
    "2026", "15号", "罚2026", "罚〔2026〕15号", "巨税稽罚〔２０２６〕１５号", "𠮷野", "𠮷", "葛城",
    "二〇二六", "税务 核实", "核实　超市 2026", "文书核实，税务",
)  # fmt: skip
OTHERWISE = (
    "务税", "税务局", "实税", "0529", "罚15", "税务 局", "税收", "5", "超市检查", "野城", "城二", "文书税务",
    "ma0001",
)  # fmt: skip
NO_OPERATORS = (
    "", " ", "\0", "'", '"', "|&!", "a:*", "'x' & 'y'", '" OR "', "税务'", "\\", "税 <-> 务", "NEAR(税 务)",
    "-税务", "tokens:税", "^税", "%", "_", "{", "(税务", "😀", "👨‍👩‍👧", "税\0务", "\ud83d", "税" * 10_000,
    "a" * 10_000, "a b " * 5_000, "\u0301", "\u200b", "税*", "*", "%s", "%(x)s",
    "税务; DROP TABLE evidence_act",
)  # fmt: skip
THAT_FIND = ("税务'", "税 <-> 务", "-税务", "^税", "(税务", "税*")


def test_what_stands_there_is_found_and_nothing_else() -> None:
    act, _other = open_act(event=TEXT), open_act(event="另一件事")
    for asked in THERE:
        assert found(asked) == {act} == found(asked, COMMON), asked
        assert counted(asked) == {1}, asked
        assert any(part.is_hit for part in search.snippets(asked, [Act.objects.get(id=act)])[act]), asked
    for asked in OTHERWISE:
        assert found(asked) == set() == found(asked, COMMON), asked


def test_nothing_in_a_query_is_an_operator() -> None:
    act = open_act(event="税务检查")
    for asked in NO_OPERATORS:
        got = found(asked)
        assert got == ({act} if asked in THAT_FIND else set()), asked
        assert got == found(asked, COMMON), asked


def test_a_term_does_not_reach_from_one_text_into_the_next() -> None:
    open_act("甲税", place="务乙")
    assert found("税务") == set() and len(found("甲税 务乙")) == 1


def test_only_the_newest_version_is_found() -> None:
    act = open_act(event="旧词在此")
    acts.file_statement(UUID(OFFICER), Act.objects.get(id=act), 1, {"event": "新词在此"})
    assert found("旧词") == set() and found("新词") == {act}


def test_links_and_outcomes_are_found_while_they_stand() -> None:
    act = open_act("红星纺织厂")
    link = links.link(OFFICER, act, "document", "巨税通〔2026〕7号", "责令限期改正")
    outcome = outcomes.record(OFFICER, act, "tax-collected", 12_00, "补缴入库")
    assert found("红星") == found("通2026") == found("限期改正") == found("补缴") == {act}
    links.unlink(OFFICER, link, "wrong-act")
    outcomes.withdraw(OFFICER, outcome, "wrong-kind")
    assert found("限期改正") == found("补缴") == set() and found("红星") == {act}


def test_a_long_text_is_found_to_its_end() -> None:
    body = "".join(chr(0x4E00 + (n * 37) % 3000) for n in range(990))
    act = open_act(**dict.fromkeys(ELEMENTS[:6], body), result="税" * 990 + "终结")
    assert Passage.objects.filter(act=act).count() > 1
    assert found("税终结") == found("税税税终结") == found(body[400:460]) == found(body[-5:]) == {act}


def test_a_word_of_thousand_characters_is_one_too() -> None:
    act = open_act(event="a" * 1000, place="ω" * 1000, cause="𠮷" * 1000)
    assert found("aaa") == found("a" * 60) == found("ωω") == found("𠮷𠮷") == {act}


def test_text_that_is_disposed_of_has_gone_from_the_index() -> None:
    act = open_act("红星纺织厂", event="税务检查")
    with applying():
        Act.objects.filter(id=act).update(taxpayer="")
        Statement.objects.filter(act=act).update(event="")
        search.refresh(act)
    assert not Passage.objects.filter(act=act).exists() and found("税务") == found("红星") == set()


def test_a_rebuild_makes_the_index_anew() -> None:
    act = open_act("红星纺织厂", event="税务检查")
    Passage.objects.all().delete()
    Passage.objects.create(act=UUID(int=7), place=0, tokens=["幽灵"])
    rebuild()
    assert found("税务") == found("红星") == {act}
    assert set(Passage.objects.values_list("act", flat=True)) == {act}


@pytest.fixture
def audited(monkeypatch: pytest.MonkeyPatch) -> Callable[[], set[str]]:
    """What the audit says of the index, as the test's own transaction has it."""
    monkeypatch.setattr(search.lock, "snapshot", lambda: nullcontext("default"))
    return lambda: {one.place for one in search.audit_index()}


def test_the_audit_finds_an_index_that_says_otherwise(audited: Callable[[], set[str]]) -> None:
    hidden, other = open_act(event="税务检查"), open_act(event="现场核实")
    assert audited() == set()
    Passage.objects.filter(act=hidden).delete()
    Passage.objects.filter(act=other).delete()
    Passage.objects.create(act=other, place=0, tokens=terms.tokens("现场"))
    Passage.objects.create(act=UUID(int=7), place=0, tokens=["幽灵"])
    assert audited() == {f"search index {one}" for one in (hidden, other, UUID(int=7))}


def test_the_audit_finds_an_index_that_has_lost_the_words_of_its_rows(
    audited: Callable[[], set[str]],
) -> None:
    if connection.vendor == "postgresql":
        return  # its GIN index has no such check: see search.unsound
    act = open_act(event="税务检查")
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO evidence_passage_terms (evidence_passage_terms) VALUES ('delete-all')")
    assert found("税务") == set() and Passage.objects.filter(act=act).exists()
    assert audited() == {"search index"}


def test_a_snippet_is_text_with_its_hits_marked() -> None:
    query = terms.read("<b> 税务局 2026")
    parts = terms.snippet(["前言" * 60 + "<b>税务局</b>〔２０２６〕" + "后语" * 60], query)
    assert [part.text for part in parts if part.is_hit] == ["b", "税务局", "b", "２０２６"]
    assert parts[0].text == parts[-1].text == "…" and sum(len(part.text) for part in parts) <= 92
    assert terms.snippet(["无关"], query) == []
