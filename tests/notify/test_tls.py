"""Over https the certificate is that of the name, though the connection goes to an address."""

import datetime as dt
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from qa_service.domain.delivery import Notice, NoticeItem, NoticeKind
from qa_service.domain.recipient import Address, Format
from qa_service.notify import Hosts, Poster, Undelivered

NOW = dt.datetime(2026, 10, 9, 8, 0, tzinfo=dt.UTC)
NOTICE = Notice("k", NoticeKind.TRIAL, "测试", (NoticeItem("好"),), NOW)


def certificate(folder: Path, name: str) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    today = dt.datetime.now(dt.UTC)
    made = x509.CertificateBuilder().subject_name(who).issuer_name(who).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(today - dt.timedelta(days=1))
    made = made.not_valid_after(today + dt.timedelta(days=1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    path = folder / f"{name}.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture(params=["localhost", "elsewhere.example"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Path, int]]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"errcode": 0}')

        def log_message(self, *_: object) -> None:
            pass

    path = certificate(tmp_path, request.param)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    running.socket = context.wrap_socket(running.socket, server_side=True)
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield request.param, path, running.server_port
    running.shutdown()
    running.server_close()
    thread.join()


def test_the_certificate_must_name_the_host(server: tuple[str, Path, int], monkeypatch: pytest.MonkeyPatch) -> None:
    name, path, port = server
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    poster = Poster(Hosts(private=("localhost",)), timeout_s=5, clock=lambda: NOW)
    address = Address(f"https://localhost:{port}/hook")
    if name == "localhost":
        poster.post(NOTICE, Format.WECOM, address)
    else:
        with pytest.raises(Undelivered) as refused:
            poster.post(NOTICE, Format.WECOM, address)
        assert refused.value.reason == "connection_failed"
