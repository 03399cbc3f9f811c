import json
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from zhilu.cli import main
from zhilu.errors import CallerError, DataError
from zhilu.pki import certificates
from zhilu.pki.authority import Authority

NOW = datetime.now(UTC)


def csr(kid="B" * 43):
    return certificates.make_csr(certificates.new_key(), kid, "XT-0001")


def test_init_refuses_a_folder_that_holds_something(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a/file").write_text("x")
    with pytest.raises(CallerError):
        Authority.create(tmp_path / "a", bureau="julu", domain="localhost", name_zh="", name_en="", now=NOW)
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["file"]


def test_the_root_key_is_for_its_owner_only(bureau):
    assert (bureau.authority.folder / "root.key").stat().st_mode & 0o777 == 0o600


def test_a_leaf_is_no_authority(bureau):
    certificate = x509.load_pem_x509_certificate(bureau.authority.issue(csr(), "station", NOW))
    assert not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert certificates.roles_of(certificate) == {"station"}
    certificate.verify_directly_issued_by(bureau.authority.root())


def test_a_request_without_kid_gets_none(bureau):
    key = certificates.new_key()
    from cryptography.hazmat.primitives import hashes

    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")])
    bare = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    with pytest.raises(DataError) as refused:
        bureau.authority.issue(certificates.pem(bare), "station", NOW)
    assert refused.value.code == "certificate"


def test_a_request_with_another_kind_of_key_gets_none(bureau):
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    with pytest.raises(DataError) as refused:
        bureau.authority.issue(certificates.make_csr(key, "B" * 43, "x"), "station", NOW)
    assert refused.value.code == "csr"


def test_a_request_altered_after_signing_gets_none(bureau):
    request = x509.load_pem_x509_csr(csr())
    from cryptography.hazmat.primitives.serialization import Encoding

    der = bytearray(request.public_bytes(Encoding.DER))
    place = bytes(der).index(b"XT-0001")
    der[place] ^= 1
    altered = x509.load_der_x509_csr(bytes(der)).public_bytes(Encoding.PEM)
    with pytest.raises(DataError) as refused:
        bureau.authority.issue(altered, "recorder", NOW)
    assert refused.value.code == "csr"


def test_a_revoked_key_gets_no_new_certificate(bureau):
    bureau.authority.issue(csr(), "recorder", NOW)
    assert bureau.authority.revoke("B" * 43, "stolen", NOW) == 1
    with pytest.raises(DataError) as refused:
        bureau.authority.issue(csr(), "recorder", NOW)
    assert refused.value.code == "revoked"


def test_revoking_an_unknown_key_is_said(bureau):
    with pytest.raises(CallerError) as refused:
        bureau.authority.revoke("C" * 43, "lost", NOW)
    assert refused.value.code == "unknown-kid"


def test_the_commands_make_a_bureau(tmp_path, capsys):
    folder = tmp_path / "pki"
    made = ["pki", "init", "--dir", str(folder), "--bureau", "julu", "--domain", "localhost"]
    assert main([*made, "--name-zh", "巨鹿县税务局"]) == 0
    (tmp_path / "r.csr").write_bytes(csr())
    asked = ["pki", "issue", "--dir", str(folder), "--role", "recorder", "--csr", str(tmp_path / "r.csr")]
    assert main([*asked, "--out", str(tmp_path / "r.crt")]) == 0
    assert certificates.kid_of(x509.load_pem_x509_certificate((tmp_path / "r.crt").read_bytes())) == "B" * 43
    assert main(["pki", "revoke", "--dir", str(folder), "--kid", "B" * 43, "--reason", "lost"]) == 0
    assert json.loads((folder / "revoked.json").read_bytes())[0]["reason"] == "lost"
    assert main([*made, "--name-zh", "again"]) == 2
    assert main([*asked[:-1], str(tmp_path / "missing.csr"), "--out", str(tmp_path / "no.crt")]) == 2
    assert not (tmp_path / "no.crt").exists()
