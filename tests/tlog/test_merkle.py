"""RFC 6962 trees against the published roots, a naive recursion, and pymerkle."""

from base64 import b64decode
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from zhilu.errors import CallerError, DataError
from zhilu.tlog.frontier import Frontier, MemoryHashes
from zhilu.tlog.merkle import (
    EMPTY_ROOT,
    MAX_SIZE,
    ProofError,
    consistency_path,
    inclusion_path,
    leaf_hash,
    node_hash,
    root,
    verify_consistency,
    verify_inclusion,
)

BIG = 300
LEAVES = [b"leaf %d" % number for number in range(BIG)]


def grown(leaves: list[bytes]) -> MemoryHashes:
    tree = MemoryHashes()
    for leaf in leaves:
        tree.append(leaf_hash(leaf))
    return tree


TREE = grown(LEAVES)
ROOTS = [root(size, TREE) for size in range(BIG + 1)]


@cache
def naive_root(low: int, high: int) -> bytes:
    """MTH of RFC 6962 §2.1, word for word."""
    if high - low == 1:
        return leaf_hash(LEAVES[low])
    k = 1
    while k * 2 < high - low:
        k *= 2
    return node_hash(naive_root(low, low + k), naive_root(low + k, high))


def naive_subproof(m: int, low: int, high: int, whole: bool) -> list[bytes]:
    """SUBPROOF of RFC 6962 §2.1.2, word for word."""
    n = high - low
    if m == n:
        return [] if whole else [naive_root(low, high)]
    k = 1
    while k * 2 < n:
        k *= 2
    if m <= k:
        return [*naive_subproof(m, low, low + k, whole), naive_root(low + k, high)]
    return [*naive_subproof(m - k, low + k, high, False), naive_root(low, low + k)]


# The leaves and roots of the Certificate Transparency reference tests.
CT_LEAVES = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
]
CT_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def test_published_roots() -> None:
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    tree, frontier = MemoryHashes(), Frontier()
    assert root(0, tree) == frontier.root() == EMPTY_ROOT
    for size, (leaf, wanted) in enumerate(zip(CT_LEAVES, CT_ROOTS, strict=True), 1):
        tree.append(leaf_hash(bytes.fromhex(leaf)))
        frontier.append(leaf_hash(bytes.fromhex(leaf)))
        assert root(size, tree).hex() == frontier.root().hex() == wanted


# Proofs over the same leaves, published with another implementation: testdata/ of
# github.com/transparency-dev/merkle, the happy paths. By sizes, and by index and size.
CT_CONSISTENCY = {
    (1, 8): (
        "lqKW0iTyhcZ77pPDD4owkVfw2qNdxbh+QQt4YwoJz8c=",
        "Xwg/ChozygdqlSeYMlgNs+DvRYS9/x9UyKNg9Q3jAx4=",
        "a0eq8p7jwq+a+Im8H7klTavTEXfxYjLdaqsDXKOb9uQ=",
    ),
    (6, 8): (
        "DrxdNDf74tsVi58Sah0RjjCBgQMdCpSfje3t68VY72o=",
        "yoVOoSjtBQtBs1/8G4e46yveRh6eO1WW7Oa51ZdaCuA=",
        "037kGJdt2VdTwcc4Yrk5j6Kiz5tP8P3+izDNlSCWFLc=",
    ),
    (2, 5): (
        "Xwg/ChozygdqlSeYMlgNs+DvRYS9/x9UyKNg9Q3jAx4=",
        "vBoGQ7EuTS18d5GPROD095qDi2z57FtcKD4fTYhZnms=",
    ),
}
CT_INCLUSION = {
    (0, 8): CT_CONSISTENCY[1, 8],
    (5, 8): ("vBoGQ7EuTS18d5GPROD095qDi2z57FtcKD4fTYhZnms=", *CT_CONSISTENCY[6, 8][1:]),
    (2, 3): ("+sVCA+fMaWzw38tCySodnbr3CtnmIfS9jZhmLwDjwSU=",),
}


def test_published_proofs() -> None:
    tree = grown([bytes.fromhex(leaf) for leaf in CT_LEAVES])
    roots = {size: bytes.fromhex(one) for size, one in enumerate(CT_ROOTS, 1)}
    for (old, new), path in CT_CONSISTENCY.items():
        hashes = [b64decode(one) for one in path]
        assert consistency_path(old, new, tree) == hashes
        verify_consistency(old, roots[old], new, roots[new], hashes)
    for (index, size), path in CT_INCLUSION.items():
        hashes = [b64decode(one) for one in path]
        assert inclusion_path(index, size, tree) == hashes
        verify_inclusion(leaf_hash(bytes.fromhex(CT_LEAVES[index])), index, size, hashes, roots[size])


def test_roots_and_inclusion_paths_are_those_of_pymerkle() -> None:
    oracle = InmemoryTree(algorithm="sha256")
    for size, leaf in enumerate(LEAVES[:90], 1):
        oracle.append_entry(leaf)
        assert oracle.get_root(size) == ROOTS[size]
        for index in range(size):
            theirs = oracle.prove_inclusion(index + 1, size).path
            assert theirs == [leaf_hash(LEAVES[index]), *inclusion_path(index, size, TREE)]


def test_every_inclusion_up_to_300() -> None:
    for size in range(1, BIG + 1):
        assert ROOTS[size] == naive_root(0, size)
        for index in range(size):
            path = inclusion_path(index, size, TREE)
            verify_inclusion(leaf_hash(LEAVES[index]), index, size, path, ROOTS[size])


def test_every_consistency_up_to_300() -> None:
    for new in range(BIG + 1):
        for old in range(new + 1):
            path = consistency_path(old, new, TREE)
            assert path == (naive_subproof(old, 0, new, True) if old else [])
            verify_consistency(old, ROOTS[old], new, ROOTS[new], path)


def spoilt(path: list[bytes]) -> list[list[bytes]]:
    """Every way to spoil a path by one step: cut, prolonged, swapped, one hash altered."""
    other = bytes(32)
    result = [[*path, other], [other, *path], *([*path, path[0]] for _ in path[:1])]
    for at, value in enumerate(path):
        result += [path[:at] + path[at + 1 :], [*path[:at], other, *path[at + 1 :]]]
        result += [[*path[:at], value[:-1], *path[at + 1 :]], [*path[:at], value + b"\x00", *path[at + 1 :]]]
        if at and path[at - 1] != value:
            result.append([*path[: at - 1], value, path[at - 1], *path[at + 1 :]])
    return result


def refuses_inclusion(leaf: bytes, index: int, size: int, path: list[bytes], root_hash: bytes) -> None:
    with pytest.raises(ProofError) as caught:
        verify_inclusion(leaf, index, size, path, root_hash)
    assert caught.value.code == "inclusion"
    assert isinstance(caught.value, DataError)


def refuses_consistency(old: int, old_root: bytes, new: int, new_root: bytes, path: list[bytes]) -> None:
    with pytest.raises(ProofError) as caught:
        verify_consistency(old, old_root, new, new_root, path)
    assert caught.value.code == "consistency"


def test_every_spoilt_inclusion_of_small_trees() -> None:
    for size in range(1, 18):
        for index in range(size):
            leaf, path = leaf_hash(LEAVES[index]), inclusion_path(index, size, TREE)
            for bad in spoilt(path):
                refuses_inclusion(leaf, index, size, bad, ROOTS[size])
            for other in range(-1, 20):
                if other != index:
                    refuses_inclusion(leaf, other, size, path, ROOTS[size])
                if other != size and other >= 0:
                    refuses_inclusion(leaf, index, size, path, ROOTS[other])
            refuses_inclusion(leaf_hash(b"other"), index, size, path, ROOTS[size])
            refuses_inclusion(leaf[:-1], index, size, path, ROOTS[size])


def test_a_size_that_needs_another_path_is_refused() -> None:
    for size in range(1, 40):
        for index in range(size):
            path = inclusion_path(index, size, TREE)
            for other in range(index + 1, 40):
                if len(inclusion_path(index, other, TREE)) != len(path):
                    refuses_inclusion(leaf_hash(LEAVES[index]), index, other, path, ROOTS[size])


def test_every_spoilt_consistency_of_small_trees() -> None:
    for new in range(18):
        for old in range(new + 1):
            path = consistency_path(old, new, TREE)
            for bad in spoilt(path):
                refuses_consistency(old, ROOTS[old], new, ROOTS[new], bad)
            for other in range(20):
                if other not in (old, 0) or (other == 0 and old == new):
                    refuses_consistency(
                        old, ROOTS[other] if other != old else bytes(32), new, ROOTS[new], path
                    )
                if other != new and old:
                    refuses_consistency(old, ROOTS[old], new, ROOTS[other], path)


def test_an_index_at_the_end_is_refused_though_a_path_leads_there() -> None:
    """The path of entry 3 of a tree of 4 has the length that entry 3 of a tree of 3 would need."""
    path = inclusion_path(3, 4, TREE)
    refuses_inclusion(leaf_hash(LEAVES[3]), 3, 3, path, ROOTS[4])


def test_a_consistent_path_of_another_length_is_refused_though_it_leads_to_both_roots() -> None:
    """One more hash at the end, and both roots made to fit: the climb succeeds, the length is wrong."""
    extra = leaf_hash(b"extra")
    for old, new in [(3, 7), (6, 8), (5, 13), (8, 12)]:
        path = [*consistency_path(old, new, TREE), extra]
        old_root = node_hash(extra, ROOTS[old])
        refuses_consistency(old, old_root, new, node_hash(extra, ROOTS[new]), path)
        refuses_consistency(old, old_root, new, node_hash(ROOTS[new], extra), path)


def test_hashes_of_another_length_are_refused_where_nothing_is_hashed() -> None:
    refuses_inclusion(b"short", 0, 1, [], b"short")
    refuses_consistency(5, b"short", 5, b"short", [])
    refuses_consistency(0, EMPTY_ROOT, 5, b"short", [])


def test_the_edges_of_consistency() -> None:
    verify_consistency(0, EMPTY_ROOT, 0, EMPTY_ROOT, [])
    verify_consistency(0, EMPTY_ROOT, 5, ROOTS[5], [])
    refuses_consistency(0, ROOTS[1], 5, ROOTS[5], [])
    refuses_consistency(0, EMPTY_ROOT, 5, ROOTS[5], [bytes(32)])
    refuses_consistency(0, EMPTY_ROOT, 0, ROOTS[5], [])
    refuses_consistency(5, ROOTS[5], 5, ROOTS[6], [])
    refuses_consistency(5, ROOTS[5], 5, ROOTS[5], [bytes(32)])
    refuses_consistency(5, ROOTS[5], 4, ROOTS[4], [])
    refuses_consistency(2, ROOTS[2], 1, ROOTS[2], [])
    refuses_consistency(MAX_SIZE + 1, ROOTS[2], MAX_SIZE + 1, ROOTS[2], [])
    verify_consistency(MAX_SIZE, ROOTS[2], MAX_SIZE, ROOTS[2], [])
    refuses_consistency(-1, ROOTS[5], 4, ROOTS[4], [])
    refuses_consistency(1, ROOTS[1], MAX_SIZE + 1, ROOTS[4], [])
    refuses_consistency(4, ROOTS[4], 8, ROOTS[8], [])


def test_a_node_cannot_pass_for_a_leaf() -> None:
    left, right = leaf_hash(LEAVES[0]), leaf_hash(LEAVES[1])
    assert leaf_hash(left + right) != ROOTS[2]
    refuses_inclusion(leaf_hash(left + right), 0, 1, [], ROOTS[2])


@given(
    st.integers(0, MAX_SIZE),
    st.integers(0, MAX_SIZE),
    st.lists(st.binary(min_size=32, max_size=32), max_size=70),
)
def test_what_does_not_verify_is_refused_and_nothing_else_happens(a: int, b: int, path: list[bytes]) -> None:
    refuses_inclusion(leaf_hash(b"x"), a, b, path, bytes(32))
    refuses_consistency(a, bytes(32), b, b"\x01" * 32, path)


def test_the_caller_cannot_ask_for_what_is_not_there() -> None:
    for call in [
        lambda: inclusion_path(5, 5, TREE),
        lambda: inclusion_path(-1, 5, TREE),
        lambda: consistency_path(6, 5, TREE),
        lambda: consistency_path(-1, 5, TREE),
        lambda: root(-1, TREE),
        lambda: root(MAX_SIZE + 1, TREE),
        lambda: Frontier().append(b"short"),
        lambda: MemoryHashes().append(b"short"),
    ]:
        with pytest.raises(CallerError):
            call()


class EndlessTree:
    def read(self, level: int, index: int) -> bytes:
        return leaf_hash(b"%d %d" % (level, index))


def test_the_largest_tree() -> None:
    top = root(MAX_SIZE, EndlessTree())
    for index in (0, MAX_SIZE // 2, MAX_SIZE - 1):
        assert len(inclusion_path(index, MAX_SIZE, EndlessTree())) <= 63
    last = inclusion_path(MAX_SIZE - 1, MAX_SIZE, EndlessTree())
    verify_inclusion(leaf_hash(b"0 %d" % (MAX_SIZE - 1)), MAX_SIZE - 1, MAX_SIZE, last, top)
    peaks = ["00" * 32] * 53
    assert Frontier.from_json({"size": 2**53 - 1, "peaks": peaks}).to_json() == {
        "size": 2**53 - 1,
        "peaks": peaks,
    }


def test_a_frontier_is_carried_on_from_its_json() -> None:
    frontier = Frontier()
    for size, leaf in enumerate(LEAVES, 1):
        before = frontier.copy()
        frontier = Frontier.from_json(frontier.to_json())
        frontier.append(leaf_hash(leaf))
        assert (frontier.size, frontier.root()) == (size, ROOTS[size])
        assert (before.size, before.root()) == (size - 1, ROOTS[size - 1])
    assert len(frontier.to_json()["peaks"]) == BIG.bit_count()


@pytest.mark.parametrize(
    "value",
    [
        [],
        {},
        {"size": 1, "peaks": []},
        {"size": 0, "peaks": ["00" * 32]},
        {"size": 1, "peaks": ["00" * 31]},
        {"size": 1, "peaks": ["0A" * 32]},
        {"size": 1, "peaks": [1]},
        {"size": -1, "peaks": ["00" * 32]},
        {"size": True, "peaks": ["00" * 32]},
        {"size": 2**53, "peaks": ["00" * 32]},
        {"size": 2**60, "peaks": ["00" * 32]},
    ],
)
def test_a_frontier_refuses_other_json(value: object) -> None:
    with pytest.raises(DataError):
        Frontier.from_json(value)
