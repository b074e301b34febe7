"""A real server of the protocol, on a port of its own, that behaves as a test says: well, or badly in every way."""

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Behaviour = Callable[["Handler"], None]


@dataclass
class Request:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def question(self) -> Any:
        """What the judge asks: turns and items."""
        return json.loads(self.json["messages"][1]["content"])


@dataclass
class Served:
    """A running server; each request takes the next behaviour, the last one stays."""

    url: str
    behaviours: list[Behaviour]
    requests: list[Request] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def next(self) -> Behaviour:
        return self.behaviours.pop(0) if len(self.behaviours) > 1 else self.behaviours[0]


class Handler(BaseHTTPRequestHandler):
    served: Served
    request_read: Request

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.request_read = Request(self.path, {k.lower(): v for k, v in self.headers.items()}, body)
        self.served.requests.append(self.request_read)
        self.served.next()(self)

    do_GET = do_POST

    def log_message(self, *arguments: object) -> None:
        pass

    def send(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        given = {"Content-Type": "application/json", "Content-Length": str(len(body))}
        for name, value in (given | {key.replace("_", "-"): value for key, value in headers.items()}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *arguments: object) -> None:
        """Clients that go away are what is tested."""


@contextmanager
def serving(*behaviours: Behaviour, tls: ssl.SSLContext | None = None) -> Iterator[Served]:
    handler = type("TestHandler", (Handler,), {})
    server = Server(("127.0.0.1", 0), handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    scheme = "https" if tls else "http"
    handler.served = served = Served(f"{scheme}://127.0.0.1:{server.server_port}/v1", list(behaviours))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield served
    finally:
        served.over.set()
        server.shutdown()
        thread.join()
        server.server_close()


def completion(text: str | None, **more: object) -> bytes:
    reply = {"role": "assistant", "content": text} | more
    return json.dumps({"id": "x", "choices": [{"index": 0, "message": reply, "finish_reason": "stop"}]}).encode()


# Behaviours


def answers(text: str) -> Behaviour:
    return lambda handler: handler.send(200, completion(text))


def decides(choose: Callable[[dict[str, Any]], tuple[str, list[int]] | None]) -> Behaviour:
    """A model that reads the question and answers each item that `choose` has an answer for."""

    def behave(handler: Handler) -> None:
        chosen = [(item["item"], choose(item)) for item in handler.request_read.question["items"]]
        verdicts = [{"item": name, "verdict": one[0], "turns": one[1]} for name, one in chosen if one]
        handler.send(200, completion(json.dumps({"verdicts": verdicts})))

    return behave


def body(content: bytes, status: int = 200, **headers: str) -> Behaviour:
    return lambda handler: handler.send(status, content, **headers)


def status(code: int, **headers: str) -> Behaviour:
    return lambda handler: handler.send(code, b'{"error": {"message": "no"}}', **headers)


def silent(handler: Handler) -> None:
    handler.served.over.wait(20)


def hangs_up(handler: Handler) -> None:
    handler.connection.close()


def half_a_body(handler: Handler) -> None:
    whole = completion("{}")
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(whole)))
    handler.end_headers()
    handler.wfile.write(whole[: len(whole) // 2])
    handler.close_connection = True


def no_http(handler: Handler) -> None:
    handler.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n")
    handler.close_connection = True


def drips_headers(handler: Handler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    while not handler.served.over.wait(0.02):
        handler.wfile.write(b"X-More: 1\r\n")


def drips_body(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    while not handler.served.over.wait(0.02):
        handler.wfile.write(b" ")


def endless(handler: Handler) -> None:
    handler.send_response(200)
    handler.end_headers()
    while not handler.served.over.is_set():
        handler.wfile.write(b" " * 65536)
