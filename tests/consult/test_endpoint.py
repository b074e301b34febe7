"""The endpoint against a real server that behaves, and one that does not."""

import json
import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from qa_service.consult import Address, Endpoint
from qa_service.domain.inquiry import Inquiry
from qa_service.errors import NoAnswer
from tests.conftest import StepClock
from tests.consult import endpoint_server as server
from tests.consult.endpoint_server import Behaviour, Served, serving

INQUIRY = Inquiry("c-7", ("step/greeting", "complaint"), "按要求判断", "客户说：太贵了")
KEY = "sk-secret"


class Pace:
    """A clock that moves only by sleeping, and remembers how long."""

    def __init__(self, clock: StepClock) -> None:
        self.clock = clock
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.clock.step(seconds)


@pytest.fixture
def pace(clock: StepClock) -> Pace:
    return Pace(clock)


def endpoint(served: Served, pace: Pace, *, key: str | None = KEY, timeout_s: float = 5.0) -> Endpoint:
    address = Address(f"{served.url}/chat/completions", "tiny", key, timeout_s)
    return Endpoint(address, seed=11, clock=pace.clock, sleep=pace.sleep)


def refusal(opened: Endpoint) -> str:
    with pytest.raises(NoAnswer) as refused:
        opened.answer(INQUIRY)
    return refused.value.reason


def lines(printed: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in printed.splitlines()]


def test_a_question_is_posted_as_the_protocol_has_it_and_the_answer_is_its_text(pace: Pace) -> None:
    with serving(server.answers('{"verdicts": []}')) as served:
        assert endpoint(served, pace).answer(INQUIRY) == '{"verdicts": []}'
    request = served.requests[0]
    assert request.path == "/v1/chat/completions"
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.json == {
        "model": "tiny",
        "messages": [
            {"role": "system", "content": "按要求判断"},
            {"role": "user", "content": "客户说：太贵了"},
        ],
        "temperature": 0,
        "seed": 11,
        "stream": False,
    }


def test_without_a_key_none_is_sent(pace: Pace) -> None:
    with serving(server.answers("{}")) as served:
        endpoint(served, pace, key=None).answer(INQUIRY)
    assert "authorization" not in served.requests[0].headers


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (server.hangs_up, "connection_failed"),
        (server.half_a_body, "connection_failed"),
        (server.no_http, "connection_failed"),
        (server.status(500), "status_500"),
        (server.status(503), "status_503"),
        (server.status(429), "status_429"),
        (server.status(408), "status_408"),
    ],
    ids=["hangs_up", "half_a_body", "no_http", "500", "503", "429", "408"],
)
def test_what_may_pass_is_tried_three_times_with_growing_pauses(behaviour: Behaviour, reason: str, pace: Pace) -> None:
    with serving(behaviour) as served:
        assert refusal(endpoint(served, pace)) == reason
    assert (len(served.requests), pace.slept) == (3, [1.0, 2.0])


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (server.status(400), "status_400"),
        (server.status(401), "status_401"),
        (server.status(404), "status_404"),
        (server.status(204), "status_204"),
        (server.status(302, Location="http://127.0.0.1:9/v1"), "status_302"),
        (server.body(b"<html><body>Bad gateway</body></html>", Content_Type="text/html"), "not_the_protocol"),
        (server.body(b""), "not_the_protocol"),
        (server.body(b"\xff\xfe\x00"), "not_the_protocol"),
        (server.body(b"[]"), "not_the_protocol"),
        (server.body(b"null"), "not_the_protocol"),
        (server.body(b'{"choices": []}'), "not_the_protocol"),
        (server.body(b'{"choices": {"0": 1}}'), "not_the_protocol"),
        (server.body(b'{"choices": [{"message": "hello"}]}'), "not_the_protocol"),
        (server.body(b'{"choices": [{"text": "hello"}]}'), "not_the_protocol"),
        (server.body(b"[" * 200_000), "not_the_protocol"),
        (server.body(b'{"n": ' + b"9" * 10_000 + b"}"), "not_the_protocol"),
        (server.body(server.completion(None)), "refused"),
        (server.body(server.completion(None, refusal="I cannot help with that")), "refused"),
        (server.body(server.completion("{}", refusal="I cannot help with that")), "refused"),
        (server.body(server.completion(None, tool_calls=[])), "refused"),
        (server.endless, "too_large"),
        (server.body(server.completion("x" * (1024 * 1024))), "too_large"),
    ],
    ids=range(22),
)
def test_what_will_not_pass_is_not_tried_again(behaviour: Behaviour, reason: str, pace: Pace) -> None:
    with serving(behaviour) as served:
        assert refusal(endpoint(served, pace)) == reason
    assert (len(served.requests), pace.slept) == (1, [])


@pytest.mark.parametrize(
    "behaviour", [server.silent, server.drips_headers, server.drips_body], ids=["silent", "headers", "body"]
)
def test_the_time_out_covers_the_whole_exchange_however_slowly_it_drips(behaviour: Behaviour, pace: Pace) -> None:
    with serving(behaviour) as served:
        assert refusal(endpoint(served, pace, timeout_s=0.4)) == "timeout"
        assert len(served.requests) == 3


def test_nobody_listening_is_a_failed_connection(pace: Pace) -> None:
    with serving(server.silent) as served:
        pass
    assert refusal(endpoint(served, pace)) == "connection_failed"


def test_after_a_failure_the_next_try_may_succeed(pace: Pace) -> None:
    with serving(server.hangs_up, server.status(500), server.answers("好")) as served:
        assert endpoint(served, pace).answer(INQUIRY) == "好"
    assert pace.slept == [1.0, 2.0]


@pytest.mark.parametrize(
    ("told", "pause"),
    [
        ("3", 3.0),
        ("0", 0.0),
        ("Fri, 09 Oct 2026 08:00:07 GMT", 7.0),
        ("Fri, 09 Oct 2026 07:00:00 GMT", 0.0),
        ("soon", 1.0),
        ("-5", 1.0),
        ("²", 1.0),
    ],
    ids=["seconds", "at_once", "date", "past_date", "words", "negative", "no_digit"],
)
def test_an_endpoint_may_say_when_to_come_back(told: str, pause: float, pace: Pace) -> None:
    header = told.encode().decode("latin-1")
    with serving(server.status(429, Retry_After=header), server.answers("好")) as served:
        assert endpoint(served, pace).answer(INQUIRY) == "好"
    assert pace.slept == [pause]


@pytest.mark.parametrize("told", ["60", "9" * 400, "Fri, 09 Oct 2026 09:00:00 GMT"], ids=["minute", "ages", "hour"])
def test_an_analysis_does_not_wait_for_an_endpoint_that_wants_more_time_than_that(told: str, pace: Pace) -> None:
    with serving(server.status(429, Retry_After=told)) as served:
        assert refusal(endpoint(served, pace)) == "status_429"
    assert (len(served.requests), pace.slept) == (1, [])


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_to_another_host(code: int, pace: Pace) -> None:
    with serving(server.answers("{}")) as other, serving(server.status(code, Location=other.url)) as served:
        assert refusal(endpoint(served, pace)) == f"status_{code}"
    assert other.requests == []


def test_proxies_of_the_environment_are_not_used(pace: Pace, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(server.answers("proxied")) as proxy, serving(server.answers("好")) as served:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url.removesuffix("/v1"))
        assert endpoint(served, pace).answer(INQUIRY) == "好"
    assert proxy.requests == []


@pytest.fixture(scope="module")
def self_signed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ssl.SSLContext]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=1))
    path: Path = tmp_path_factory.mktemp("tls") / "both.pem"
    secret = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(
        key.private_bytes(*secret) + made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    yield context


def test_a_certificate_that_nobody_vouches_for_is_refused(self_signed: ssl.SSLContext, pace: Pace) -> None:
    with serving(server.answers("{}"), tls=self_signed) as served:
        assert refusal(endpoint(served, pace)) == "connection_failed"
    assert served.requests == []


def test_an_endpoint_that_answers_nobody_is_left_alone_for_a_minute(pace: Pace) -> None:
    with serving(server.status(500)) as served:
        opened = endpoint(served, pace)
        assert [refusal(opened) for _ in range(4)] == ["status_500"] * 3 + ["resting"]
        assert len(served.requests) == 9
        pace.clock.step(61)
        assert [refusal(opened) for _ in range(2)] == ["status_500", "resting"], "one more failure is enough then"
        pace.clock.step(61)
        served.behaviours[:] = [server.answers("好")]
        assert [opened.answer(INQUIRY) for _ in range(2)] == ["好", "好"]


def test_answers_that_are_no_use_do_not_make_it_rest(pace: Pace) -> None:
    with serving(server.body(b"<html>")) as served:
        opened = endpoint(served, pace)
        assert [refusal(opened) for _ in range(5)] == ["not_the_protocol"] * 5


def test_threads_may_share_an_endpoint(pace: Pace) -> None:
    together = threading.Barrier(4)

    def behave(handler: server.Handler) -> None:
        together.wait(5)
        handler.send(200, server.completion(handler.request_read.json["messages"][1]["content"]))

    with serving(behave) as served, ThreadPoolExecutor(4) as pool:
        opened = endpoint(served, pace)
        asked = [Inquiry("c", (), "", f"{number}") for number in range(4)]
        assert list(pool.map(opened.answer, asked)) == ["0", "1", "2", "3"]


def test_every_request_is_logged_by_ids_and_never_by_text(pace: Pace, capsys: pytest.CaptureFixture[str]) -> None:
    with serving(server.status(500), server.answers("客户确实嫌贵")) as served:
        endpoint(served, pace).answer(INQUIRY)
    printed = capsys.readouterr().err
    told = [
        (line["event"], line["conversation_id"], line["items"], line["attempt"], line["code"])
        for line in lines(printed)
    ]
    items = ["step/greeting", "complaint"]
    assert told == [
        ("language_model_asked", "c-7", items, 1, "status_500"),
        ("language_model_asked", "c-7", items, 2, "answered"),
    ]
    assert not [secret for secret in ("太贵", "嫌贵", "按要求", KEY, served.url) if secret in printed]
