"""Who may speak at all: each refusal of spec/docking.md §1 ends in the handshake, on both stacks in use."""

import asyncio
import socket
import ssl
import threading
from datetime import UTC, datetime

import pytest

from zhilu.errors import DataError
from zhilu.pki import certificates, tls

HELLO = b"hello"


def context(bureau, member, side, peer_role, *, crl=None, roots=None):
    make = tls.server_context if side == "server" else tls.client_context
    return make(*member, roots or bureau.roots, peer_role, crl)


async def _server_reads(server_context, client_context):
    """What the server's application reads, and what the client reads back; b"" where nothing."""
    got: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def serve(reader, writer):
        got.set_result(await reader.read(100))
        writer.write(b"welcome")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=server_context)
    tcp_port = server.sockets[0].getsockname()[1]
    answer = b""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", tcp_port, ssl=client_context)
        writer.write(HELLO)
        await writer.drain()
        answer = await asyncio.wait_for(reader.read(100), 60)
        writer.close()
    except (ssl.SSLError, ConnectionError):
        pass
    await asyncio.sleep(0.05)
    server.close()
    return (got.result() if got.done() else b""), answer


async def meet(server_context, client_context):
    return await _server_reads(server_context, client_context)


async def test_station_and_recorder_of_one_bureau_meet(bureau):
    server = context(bureau, bureau.member("recorder"), "server", "station")
    client = context(bureau, bureau.member("station"), "client", "recorder")
    assert await meet(server, client) == (HELLO, b"welcome")


@pytest.mark.parametrize("role", ["recorder", "server", "keyholder"])
async def test_a_client_of_another_role_is_not_read(bureau, role):
    server = context(bureau, bureau.member("recorder"), "server", "station")
    client = context(bureau, bureau.member(role), "client", "recorder")
    assert await meet(server, client) == (b"", b"")


@pytest.mark.parametrize("role", ["station", "server", "keyholder"])
async def test_a_server_of_another_role_gets_nothing(bureau, role):
    server = context(bureau, bureau.member(role), "server", "station")
    client = context(bureau, bureau.member("station"), "client", "recorder")
    assert await meet(server, client) == (b"", b"")


async def test_a_client_of_another_bureau_is_not_read(bureau, stranger):
    server = context(bureau, bureau.member("recorder"), "server", "station")
    client = context(stranger, stranger.member("station"), "client", "recorder", roots=bureau.roots)
    assert await meet(server, client) == (b"", b"")


async def test_a_server_of_another_bureau_gets_nothing(bureau, stranger):
    server = context(stranger, stranger.member("recorder"), "server", "station", roots=bureau.roots)
    client = context(bureau, bureau.member("station"), "client", "recorder")
    assert await meet(server, client) == (b"", b"")


async def test_a_client_without_a_certificate_is_not_read(bureau):
    server = context(bureau, bureau.member("recorder"), "server", "station")
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = False
    client.load_verify_locations(bureau.roots)
    assert await meet(server, client) == (b"", b"")


async def test_tls_1_2_is_refused(bureau):
    server = context(bureau, bureau.member("recorder"), "server", "station")
    client = context(bureau, bureau.member("station"), "client", "recorder")
    client.minimum_version = ssl.TLSVersion.TLSv1_2
    client.maximum_version = ssl.TLSVersion.TLSv1_2
    assert await meet(server, client) == (b"", b"")


@pytest.mark.parametrize("revoked_side", ["server", "client"])
async def test_a_revoked_certificate_is_refused_by_the_other_side(bureau, revoked_side):
    recorder, station = bureau.member("recorder"), bureau.member("station")
    bad = recorder if revoked_side == "server" else station
    kid = tls.peer_kid(tls.own_der(bad[0]))
    bureau.authority.revoke(kid, "lost", datetime.now(UTC))
    crl = (bureau.authority.folder / "crl.pem").read_bytes()
    server = context(bureau, recorder, "server", "station", crl=crl)
    client = context(bureau, station, "client", "recorder", crl=crl)
    assert await meet(server, client) == (b"", b"")


async def test_another_certificate_is_not_touched_by_a_revocation(bureau):
    lost = bureau.member("station")
    bureau.authority.revoke(tls.peer_kid(tls.own_der(lost[0])), "lost", datetime.now(UTC))
    crl = (bureau.authority.folder / "crl.pem").read_bytes()
    server = context(bureau, bureau.member("recorder"), "server", "station", crl=crl)
    client = context(bureau, bureau.member("station"), "client", "recorder", crl=crl)
    assert await meet(server, client) == (HELLO, b"welcome")


def test_plain_sockets_judge_the_role_too(bureau):
    """httpx's synchronous client wraps sockets, not memory."""
    server_context = context(bureau, bureau.member("server"), "server", "station")
    client_context = context(bureau, bureau.member("station"), "client", "recorder")
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        connection, _address = listener.accept()
        with connection, pytest.raises((ssl.SSLError, OSError)):
            server_context.wrap_socket(connection, server_side=True).recv(10)
            raise OSError

    thread = threading.Thread(target=serve)
    thread.start()
    with (
        socket.create_connection(listener.getsockname()) as connection,
        pytest.raises(ssl.SSLCertVerificationError, match="role"),
    ):
        client_context.wrap_socket(connection)
    thread.join()
    listener.close()


def test_a_foreign_revocation_list_is_refused(bureau, stranger):
    crl = (stranger.authority.folder / "crl.pem").read_bytes()
    with pytest.raises(DataError) as refused:
        context(bureau, bureau.member("station"), "client", "recorder", crl=crl)
    assert refused.value.code == "crl"


def test_a_certificate_with_two_roles_has_none(bureau, monkeypatch):
    der = tls.own_der(bureau.member("station")[0])
    monkeypatch.setitem(certificates.ROLES, "recorder", certificates.ROLES["station"])
    with pytest.raises(DataError) as refused:
        tls.check_role(der, "station")
    assert refused.value.code == "role"


def test_the_kid_comes_from_the_certificate(bureau):
    kid = "A" * 43
    assert tls.peer_kid(tls.own_der(bureau.member("station", kid)[0])) == kid


@pytest.mark.parametrize("der", [b"", None, b"\x30\x03\x02\x01\x01"])
def test_what_is_no_certificate_is_said_to_be_none(der):
    with pytest.raises(DataError) as refused:
        tls.peer_kid(der)
    assert refused.value.code == "certificate"
