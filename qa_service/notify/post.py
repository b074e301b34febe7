"""Posts a notice: to an allowed host alone, to the very address that was checked, within bounded time and size."""

import asyncio
import socket
import ssl
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import httpx2

from qa_service.domain.delivery import Notice
from qa_service.domain.recipient import Address, Format
from qa_service.errors import InvalidInput
from qa_service.notify.formats import Outgoing, refuse_unwelcome, request_of
from qa_service.notify.refusal import Undelivered
from qa_service.notify.url import PORTS, Hosts, checked_address, chosen_address

BUSY = frozenset((408, 425, 429))
MAX_ANSWER_BYTES = 64 * 1024
LONGEST_TOLD_PAUSE_S = 3600.0

Clock = Callable[[], datetime]


class Poster:
    """Posts notices; may be shared between threads."""

    def __init__(self, hosts: Hosts, *, timeout_s: float, clock: Clock) -> None:
        self.hosts = hosts
        self._timeout_s = timeout_s
        self._clock = clock
        self._tls = ssl.create_default_context()

    def post(self, notice: Notice, format: Format, address: Address) -> None:
        """Deliver a notice; raises Undelivered."""
        try:
            # The hosts may have changed since the recipient was stored.
            url = checked_address(address.url, self.hosts)
        except InvalidInput as error:
            raise Undelivered("host_not_allowed") from error
        request = request_of(notice, format, address, self._clock())
        try:
            body = self._run(url, request)
        except TimeoutError as error:
            raise Undelivered("timeout", passing=True) from error
        except (httpx2.HTTPError, httpx2.StreamError, OSError) as error:
            raise Undelivered("connection_failed", passing=True) from error
        refuse_unwelcome(format, body)

    def _run(self, url: httpx2.URL, request: Outgoing) -> bytes:
        # In a thread of its own: whoever posts may stand in an event loop, which cannot run another one.
        with ThreadPoolExecutor(max_workers=1) as alone:
            return alone.submit(lambda: asyncio.run(self._exchange(url, request))).result()

    async def _exchange(self, url: httpx2.URL, outgoing: Outgoing) -> bytes:
        async with asyncio.timeout(self._timeout_s):
            # Asked once: a name that meant another machine the second time would pass the check and miss it.
            place = chosen_address(await _addresses(url), inside=self.hosts.inside(url))
            target = url.copy_with(host=place).copy_merge_params(dict(outgoing.query))
            name = url.host if url.port is None else f"{url.host}:{url.port}"
            headers = {"Host": name, "Content-Type": "application/json; charset=utf-8", **outgoing.headers}
            headers["Accept-Encoding"] = "identity"
            client = httpx2.AsyncClient(verify=self._tls, trust_env=False, follow_redirects=False, timeout=None)
            asked = client.stream(
                "POST", target, content=outgoing.body, headers=headers, extensions={"sni_hostname": url.host}
            )
            async with client, asked as response:
                _refuse_status(response.status_code, response.headers)
                return await _bounded(response)


async def _addresses(url: httpx2.URL) -> list[str]:
    port = url.port or PORTS[url.scheme]
    try:
        found = await asyncio.get_running_loop().getaddrinfo(url.host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError):
        return []
    return [str(entry[4][0]) for entry in found]


def _refuse_status(status: int, headers: Mapping[str, str]) -> None:
    """Anything but a 2xx is no delivery; a redirect neither, since it may lead to any host."""
    if 200 <= status < 300:
        return
    told = headers.get("retry-after", "").strip()
    pause = min(float(told[:6]), LONGEST_TOLD_PAUSE_S) if told.isascii() and told.isdecimal() else None
    raise Undelivered(f"status_{status}", passing=status in BUSY or status >= 500, pause_s=pause)


async def _bounded(response: httpx2.Response) -> bytes:
    body = bytearray()
    async for part in response.aiter_raw():
        body += part
        if len(body) > MAX_ANSWER_BYTES:
            raise Undelivered("answer_too_large")
    return bytes(body)
