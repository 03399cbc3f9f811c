"""The real nginx with a file of deploy/county, on loopback: other addresses, another folder, a certificate of
today. Nothing else in the file is changed.
"""

from __future__ import annotations

import http.client
import os
import re
import socket
import ssl
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from support.patience import until
from support.ports import free_tcp_port
from zhilu.pki.certificates import key_pem

DEPLOY = Path(__file__).resolve().parents[2] / "deploy/county"
PROGRAM = "/usr/sbin/nginx"
CALLER = "127.0.0.20"
"""Whom the list of the API's callers names."""
ROUND = """\
daemon off;
worker_processes 1;
pid {folder}/pid;
error_log {folder}/error.log;
{user}
events {{ worker_connections 256; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{text}
}}
"""


class Front:
    """nginx with `name` before the program that listens on `behind`."""

    def __init__(self, folder: Path, name: str, host: str, behind: int) -> None:
        self.folder, self.host = folder, host
        folder.mkdir()
        self.tcp_port, self.plain_port = free_tcp_port(), free_tcp_port()
        self.certificate = folder / "cert.pem"
        certificate(folder, host)
        text = (DEPLOY / name).read_text()
        for pattern, new in (
            (r"(listen )443 ", rf"\g<1>127.0.0.1:{self.tcp_port} "),
            (r"(listen )80;", rf"\g<1>127.0.0.1:{self.plain_port};"),
            (r"(server )10\.0\.0\.\d:\d+;", rf"\g<1>127.0.0.1:{behind};"),
            (r"(ssl_certificate )\S+;", rf"\g<1>{self.certificate};"),
            (r"(ssl_certificate_key )\S+;", rf"\g<1>{folder}/key.pem;"),
            (r"(access_log )\S+ ", rf"\g<1>{folder}/access.log "),
        ):
            text, count = re.subn(pattern, new, text)
            assert count == 1, pattern
        text = text.replace("include /etc/nginx/", f"include {folder}/")
        for more in DEPLOY.glob("nginx-*-allow.conf"):
            said = re.sub(r"(allow )10\.0\.0\.\d+;", rf"\g<1>{CALLER};", more.read_text())
            (folder / more.name.replace("nginx", "zhilu")).write_text(said)
        # The test's folder is closed to others.
        user = "user root;" if os.geteuid() == 0 else ""
        (folder / "nginx.conf").write_text(ROUND.format(folder=folder, text=text, user=user))

    def start(self) -> None:
        command = [PROGRAM, "-p", str(self.folder), "-c", str(self.folder / "nginx.conf")]
        self.process = subprocess.Popen(command, stderr=(self.folder / "stderr").open("wb"))
        until(self._listens, why=(self.folder / "error.log").read_text)

    def _listens(self) -> bool:
        assert self.process.poll() is None, (self.folder / "stderr").read_text()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.tcp_port)) == 0

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(60)

    def log(self) -> str:
        return (self.folder / "access.log").read_text()

    def client(self, address: str = "127.0.0.1") -> httpx.Client:
        """A caller from this address of loopback, who believes today's certificate and no other."""
        trust = ssl.create_default_context(cafile=str(self.certificate))
        return httpx.Client(
            base_url=f"https://127.0.0.1:{self.tcp_port}",
            headers={"Host": self.host},
            transport=_Named(httpx.HTTPTransport(verify=trust, local_address=address), self.host),
            timeout=60,
        )

    def announce(self, method: str, path: str, length: int) -> tuple[int, bytes]:
        """Status and body of the answer to a request that says how long its body will be, and sends none."""
        head = f"{method} {path} HTTP/1.1\r\nHost: {self.host}\r\nContent-Length: {length}\r\n\r\n"
        with self._secure() as secure:
            secure.sendall(head.encode())
            answer = http.client.HTTPResponse(secure)
            answer.begin()
            return answer.status, answer.read()

    def protocol(self) -> str | None:
        """What is agreed on with a browser."""
        with self._secure(["h2", "http/1.1"]) as secure:
            return secure.selected_alpn_protocol()

    @contextmanager
    def _secure(self, protocols: Sequence[str] = ()) -> Iterator[ssl.SSLSocket]:
        trust = ssl.create_default_context(cafile=str(self.certificate))
        if protocols:
            trust.set_alpn_protocols(list(protocols))
        with (
            socket.create_connection(("127.0.0.1", self.tcp_port), timeout=60) as link,
            trust.wrap_socket(link, server_hostname=self.host) as secure,
        ):
            yield secure


class _Named(httpx.BaseTransport):
    """TLS asks for the name, though the address is a number."""

    def __init__(self, inner: httpx.HTTPTransport, host: str) -> None:
        self._inner, self._host = inner, host

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.extensions["sni_hostname"] = self._host
        return self._inner.handle_request(request)

    def close(self) -> None:
        self._inner.close()


def certificate(folder: Path, host: str) -> tuple[Path, Path]:
    """Key and certificate, its own authority."""
    key, at = generate_private_key(SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(at - timedelta(minutes=5))
    builder = builder.not_valid_after(at + timedelta(days=1))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
    (folder / "cert.pem").write_bytes(builder.sign(key, SHA256()).public_bytes(Encoding.PEM))
    (folder / "key.pem").write_bytes(key_pem(key))
    return folder / "key.pem", folder / "cert.pem"
