"""Real servers on this machine that take notices, and misbehave when told to."""

import json
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Received:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Receiver:
    """A web server; `answers` are used up one after the other: (status, body, headers, seconds to wait)."""

    url: str = ""
    host: str = ""
    received: list[Received] = field(default_factory=list)
    answers: list[tuple[int, bytes, dict[str, str], float]] = field(default_factory=list)

    def answer(self, status: int = 200, body: bytes = b"{}", *, wait_s: float = 0.0, **headers: str) -> None:
        self.answers.append((status, body, headers, wait_s))


OK = b'{"errcode": 0, "errmsg": "ok"}'


@contextmanager
def web_receiver() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.received.append(Received(self.path, dict(self.headers.items()), body))
            status, told, headers, wait_s = receiver.answers.pop(0) if receiver.answers else (200, OK, {}, 0.0)
            time.sleep(wait_s)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    receiver.host = f"127.0.0.1:{server.server_port}"
    receiver.url = f"http://{receiver.host}/hook?key=hidden-key"
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class Mailbox:
    """A mail server; `refusals` are replies to RCPT or DATA that are used up one after the other."""

    port: int = 0
    letters: list[tuple[list[str], bytes]] = field(default_factory=list)
    refuse_address: list[bytes] = field(default_factory=list)
    refuse_data: list[bytes] = field(default_factory=list)


@contextmanager
def mail_receiver() -> Iterator[Mailbox]:
    box = Mailbox()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 ready\r\n")
            to: list[str] = []
            while line := self.rfile.readline():
                verb = line[:4].upper()
                if verb == b"QUIT":
                    self.wfile.write(b"221 bye\r\n")
                    return
                if verb == b"DATA":
                    self.wfile.write(b"354 go on\r\n")
                    body = b""
                    while not body.endswith(b"\r\n.\r\n"):
                        body += self.rfile.readline()
                    reply = box.refuse_data.pop(0) if box.refuse_data else b"250 taken"
                    if reply.startswith(b"250"):
                        box.letters.append((to, body[:-5]))
                elif verb == b"RCPT":
                    reply = box.refuse_address.pop(0) if box.refuse_address else b"250 ok"
                    to.append(line.split(b"<")[1].split(b">")[0].decode())
                else:
                    reply = b"250 ok"
                self.wfile.write(reply + b"\r\n")

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    box.port = server.server_address[1]
    try:
        yield box
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
