"""Posting to a real server that misbehaves, and to places that may not be posted to."""

import asyncio
import time
from datetime import UTC, datetime

import pytest

from qa_service.domain.delivery import Notice, NoticeItem, NoticeKind
from qa_service.domain.recipient import Address, Format
from qa_service.errors import InvalidInput
from qa_service.notify import Hosts, Poster, Undelivered, checked_address
from qa_service.notify.url import chosen_address
from tests.notify.receivers import web_receiver

NOW = datetime(2026, 10, 9, 8, 0, tzinfo=UTC)
NOTICE = Notice("k", NoticeKind.TRIAL, "测试", (NoticeItem("好"),), NOW)


@pytest.fixture
def receiver():
    with web_receiver() as one:
        yield one


def post(receiver, *, hosts=None, timeout_s=5.0, format=Format.WECOM, url=None, secret=None):
    poster = Poster(hosts or Hosts(private=(receiver.host,)), timeout_s=timeout_s, clock=lambda: NOW)
    poster.post(NOTICE, format, Address(url or receiver.url, secret=secret))


def refusal(receiver, **more):
    with pytest.raises(Undelivered) as refused:
        post(receiver, **more)
    return refused.value


def test_a_notice_arrives_at_the_very_address(receiver):
    post(receiver)
    (got,) = receiver.received
    assert got.path == "/hook?key=hidden-key"
    assert got.headers["Host"] == receiver.host
    assert got.json["msgtype"] == "markdown"


def test_who_stands_in_an_event_loop_may_post_too(receiver):
    async def inside():
        post(receiver)

    asyncio.run(inside())
    assert len(receiver.received) == 1


def test_the_signature_joins_the_parameters_of_the_address(receiver):
    post(receiver, format=Format.DINGTALK, secret="s")
    path = receiver.received[0].path
    assert path.startswith("/hook?key=hidden-key&timestamp=1791532800000&sign=")


@pytest.mark.parametrize(("status", "passing"), [(500, True), (502, True), (429, True), (404, False), (403, False)])
def test_a_status_tells_whether_to_try_again(receiver, status, passing):
    receiver.answer(status)
    found = refusal(receiver)
    assert (found.reason, found.passing) == (f"status_{status}", passing)


def test_a_server_may_say_when_to_come_back(receiver):
    receiver.answer(503, retry_after="120")
    assert refusal(receiver).pause_s == 120


def test_a_redirect_is_not_followed(receiver):
    with web_receiver() as other:
        receiver.answer(307, location=other.url)
        found = refusal(receiver)
        assert (found.reason, found.passing, other.received) == ("status_307", False, [])


def test_a_server_that_does_not_answer_costs_no_more_than_its_time(receiver):
    receiver.answer(wait_s=1.5)
    began = time.monotonic()
    found = refusal(receiver, timeout_s=0.3)
    assert (found.reason, found.passing) == ("timeout", True)
    assert time.monotonic() - began < 1.4


def test_a_server_that_is_away_is_tried_again(receiver):
    found = refusal(receiver, url="http://127.0.0.1:9/hook", hosts=Hosts(private=("127.0.0.1",)))
    assert (found.reason, found.passing) == ("connection_failed", True)


def test_an_endless_answer_is_cut(receiver):
    receiver.answer(body=b"x" * 200_000)
    assert refusal(receiver).reason == "answer_too_large"


def test_a_host_that_is_no_longer_allowed_gets_nothing(receiver):
    assert refusal(receiver, hosts=Hosts()).reason == "host_not_allowed"
    assert receiver.received == []


def test_a_public_name_that_leads_inside_gets_nothing(receiver):
    port = receiver.host.partition(":")[2]
    url = f"https://localhost:{port}/hook"
    assert refusal(receiver, hosts=Hosts(public=("localhost",)), url=url).reason == "private_address"
    assert receiver.received == []


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.0.0.8", "192.168.1.1", "169.254.169.254", "::1", "fd00::1", "::ffff:10.0.0.1", "0.0.0.0"],
)
def test_addresses_inside_are_refused_unless_named_so(address):
    with pytest.raises(Undelivered):
        chosen_address([address], inside=False)
    with pytest.raises(Undelivered):
        chosen_address(["8.8.8.8", address], inside=False)
    assert chosen_address([address], inside=True) == address


@pytest.mark.parametrize(
    "url",
    [
        "http://qyapi.weixin.qq.com/x",
        "https://user@qyapi.weixin.qq.com/x",
        "https://qyapi.weixin.qq.com.evil.com/x",
        "https://evil.com/?qyapi.weixin.qq.com",
        "ftp://qyapi.weixin.qq.com/x",
        "qyapi.weixin.qq.com",
    ],
)
def test_only_allowed_hosts_are_taken_and_a_refusal_repeats_no_key(url):
    with pytest.raises(InvalidInput) as refused:
        checked_address(url + "?key=hidden-key", Hosts(("qyapi.weixin.qq.com",)))
    assert "hidden-key" not in refused.value.detail
