"""Envelopes: RFC 9180's own vectors, a second implementation, and each place that an envelope is bound to."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.recordings import RECORDING, fixed_bytes, fixed_id, fixed_key, fixed_random, policy_core
from support.vectors.hpke import FixedHpke
from zhilu.encoding import h, unb64u
from zhilu.errors import CallerError, DataError
from zhilu.sealed import envelopes
from zhilu.sealed.envelopes import (
    ENVELOPE_SIZE,
    check_share,
    derive_key_pair,
    derive_viewer_key,
    find_and_open_share,
    make_shares,
    make_text,
    open_share,
    open_text_key,
    release_open,
    release_seal,
    seal_share,
    seal_text_key,
    share_hash,
)
from zhilu.sealed.keys import point_bytes, thumbprint, thumbprint_bytes
from zhilu.sealed.policy import Policy, check_recipients

COUNTY, ESCROW, TEXT = (fixed_key(name) for name in ("county keyholder", "county escrow", "text"))
SHARE = fixed_bytes("share")
OTHER = fixed_id("another recording")

# RFC 9180 A.3: DHKEM(P-256, HKDF-SHA256): ikm, private key, public key.
RFC_9180 = [
    (
        "4270e54ffd08d79d5928020af4686d8f6b7d35dbe470265f1f5aa22816ce860e",
        "4995788ef4b9d6132b249ce59a77281493eb39af373d236a1fe415cb0c2d7beb",
        "04a92719c6195d5085104f469a8b9814d5838ff72b60501e2c4466e5e67b325ac9"
        "8536d7b61a1af4b78e5b7f951c0900be863c403ce65c9bfcb9382657222d18c4",
    ),
    (
        "668b37171f1072f3cf12ea8a236a45df23fc13b82af3609ad1e354f6ef817550",
        "f3ce7fdae57e1a310d87f1ebbde6f328be0a99cdbcadf4d6589cf29de4b8ffd2",
        "04fe8c19ce0905191ebc298a9245792531f26f0cece2460639e8bc39cb7f706a82"
        "6a779b4cf969b8a0e539c7f62fb3d30ad6aa8f80e30f1d128aafd68a2ce72ea0",
    ),
]


@pytest.mark.parametrize(("ikm", "private", "public"), RFC_9180)
def test_derive_key_pair_is_that_of_rfc_9180(ikm: str, private: str, public: str) -> None:
    key = derive_key_pair(bytes.fromhex(ikm))
    assert f"{key.private_numbers().private_value:064x}" == private
    assert point_bytes(key.public_key()).hex() == public


def test_a_viewer_key_follows_from_32_bytes_and_no_other_number() -> None:
    assert derive_viewer_key(SHARE).private_numbers() == derive_viewer_key(SHARE).private_numbers()
    for size in (0, 31, 33):
        with pytest.raises(CallerError):
            derive_viewer_key(bytes(size))


def test_another_implementation_seals_what_ours_opens() -> None:
    info = (
        b"zhilu/recording-key/v1\x00zhilu-1\x00"
        + RECORDING.bytes
        + b"\x01"
        + thumbprint_bytes(COUNTY.public_key())
    )
    sealed = FixedHpke().encrypt(SHARE, COUNTY.public_key(), info)
    assert open_share(sealed, RECORDING, 1, COUNTY) == SHARE
    info = b"zhilu/text-key/v1\x00zhilu-1\x00" + RECORDING.bytes + thumbprint_bytes(TEXT.public_key())
    assert open_text_key(FixedHpke().encrypt(SHARE, TEXT.public_key(), info), RECORDING, TEXT) == SHARE


def test_an_envelope_opens_only_in_its_place() -> None:
    sealed = seal_share(SHARE, RECORDING, 1, COUNTY.public_key())
    assert len(sealed) == ENVELOPE_SIZE == 113
    assert open_share(sealed, RECORDING, 1, COUNTY) == SHARE
    for recording, j, key in [(OTHER, 1, COUNTY), (RECORDING, 2, COUNTY), (RECORDING, 1, ESCROW)]:
        with pytest.raises(DataError) as caught:
            open_share(sealed, recording, j, key)
        assert caught.value.code == "envelope"


def test_an_envelope_of_one_purpose_is_none_of_another() -> None:
    share = seal_share(SHARE, RECORDING, 1, COUNTY.public_key())
    text = seal_text_key(SHARE, RECORDING, COUNTY.public_key())
    release = release_seal(SHARE, RECORDING, b"leaf", COUNTY.public_key())
    assert release_open(release, RECORDING, b"leaf", COUNTY) == SHARE
    for sealed in (text, release):
        with pytest.raises(DataError):
            open_share(sealed, RECORDING, 1, COUNTY)
    for sealed in (share, release):
        with pytest.raises(DataError):
            open_text_key(sealed, RECORDING, COUNTY)
    for sealed, leaf in ((share, b"leaf"), (text, b"leaf"), (release, b"another leaf")):
        with pytest.raises(DataError):
            release_open(sealed, RECORDING, leaf, COUNTY)


@given(st.binary(max_size=120))
def test_bytes_of_no_meaning_do_not_open(data: bytes) -> None:
    for sealed in (data, data.ljust(ENVELOPE_SIZE, b"\x00")[:ENVELOPE_SIZE]):
        with pytest.raises(DataError):
            open_share(sealed, RECORDING, 1, COUNTY)


def test_nothing_but_a_key_is_sealed() -> None:
    for size in (0, 31, 33):
        with pytest.raises(CallerError):
            seal_share(bytes(size), RECORDING, 1, COUNTY.public_key())


def test_every_sealing_is_another() -> None:
    assert seal_share(SHARE, RECORDING, 1, COUNTY.public_key()) != seal_share(
        SHARE, RECORDING, 1, COUNTY.public_key()
    )


def test_the_hash_of_a_share_is_that_of_the_page() -> None:
    assert share_hash(RECORDING, 2, SHARE) == h("zhilu/share/v1", RECORDING.bytes, b"\x02", SHARE)
    check_share(RECORDING, 2, SHARE, share_hash(RECORDING, 2, SHARE))
    for recording, j, share in [(OTHER, 2, SHARE), (RECORDING, 1, SHARE), (RECORDING, 2, bytes(32))]:
        with pytest.raises(DataError) as caught:
            check_share(recording, j, share, share_hash(RECORDING, 2, SHARE))
        assert caught.value.code == "share-hash"


@pytest.mark.parametrize("city", [False, True])
def test_shares_reach_whom_the_policy_names_and_nobody_else(city: bool) -> None:
    policy = Policy.from_core(policy_core(city=city))
    shares, field = make_shares(policy, RECORDING, fixed_random("x"))
    assert len(shares) == len(field) == (2 if city else 1)
    for j, name in enumerate(["county", "city"][: len(shares)], 1):
        for kind in ("keyholder", "escrow"):
            assert find_and_open_share(field, RECORDING, fixed_key(f"{name} {kind}")) == (j, shares[j - 1])
    with pytest.raises(DataError) as caught:
        find_and_open_share(field, RECORDING, fixed_key("recorder"))
    assert caught.value.code == "not-a-recipient"


def test_shares_are_random_and_of_full_length() -> None:
    policy = Policy.from_core(policy_core(city=True))
    one, two = (make_shares(policy, RECORDING)[0] for _ in range(2))
    assert {len(share) for share in one + two} == {32}
    assert len(set(one + two)) == 4


def test_the_text_key_reaches_the_county() -> None:
    policy = Policy.from_core(policy_core())
    key, field = make_text(policy, RECORDING, fixed_random("text"))
    assert field["to"] == thumbprint(TEXT.public_key())
    assert open_text_key(unb64u(field["sealed"]), RECORDING, TEXT) == key


def opened(policy: Policy) -> dict[str, Any]:
    return {
        "policy": policy.version,
        "shares": make_shares(policy, RECORDING, fixed_random("s"))[1],
        "text": make_text(policy, RECORDING, fixed_random("t"))[1],
    }


def test_any_other_set_of_recipients_is_a_defect() -> None:
    policy = Policy.from_core(policy_core())
    good = opened(policy)
    check_recipients(good, policy)
    one, two = good["shares"][0]["envelopes"]
    stranger = one | {"to": thumbprint(fixed_key("stranger").public_key())}

    def with_envelopes(*envelopes_: Any) -> dict[str, Any]:
        return good | {"shares": [good["shares"][0] | {"envelopes": list(envelopes_)}]}

    for bad in [
        with_envelopes(two, one),
        with_envelopes(one),
        with_envelopes(one, two, stranger),
        with_envelopes(one, stranger),
        with_envelopes(one, one),
        good | {"policy": 2},
        good | {"shares": good["shares"] * 2},
        good | {"text": stranger},
    ]:
        with pytest.raises(DataError) as caught:
            check_recipients(bad, policy)
        assert caught.value.code == "recipients"
    with pytest.raises(DataError):
        check_recipients(good, replace(policy, version=2))


@pytest.mark.parametrize(
    "changed",
    [
        {"sharing": "town"},
        {"sharing": "county+city"},
        {"shares": []},
        {"shares": [{"keyholder": {}}]},
        {"shares": [[]]},
        {"text_key": {}},
        {"officer_check_least": "nod"},
        {"quorum": -1},
        {"copies": "1"},
        {"version": -1},
        {"version": True},
    ],
)
def test_policies_that_are_none(changed: dict[str, Any]) -> None:
    with pytest.raises(DataError) as caught:
        Policy.from_core(policy_core(**changed))
    assert caught.value.code in ("field", "jwk", "json")


def test_hpke_is_the_librarys() -> None:
    """No primitive is ours but DeriveKeyPair, which the library does not offer."""
    assert type(envelopes._HPKE).__module__.startswith("cryptography")
