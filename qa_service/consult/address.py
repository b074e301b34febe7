"""Where a language model is reached. Only hosts that the deployment allows are ever spoken to."""

from collections.abc import Collection
from dataclasses import dataclass

import httpx2

from qa_service.errors import InvalidInput

PORTS = {"https": 443, "http": 80}
COMPLETIONS = "/chat/completions"


@dataclass(frozen=True, slots=True)
class Address:
    """An endpoint: `url` is that of the completions, `timeout_s` bounds one try from first to last byte."""

    url: str
    model: str
    key: str | None
    timeout_s: float


def checked_url(base: str, hosts: Collection[str]) -> str:
    """The URL of the completions under a base like `https://host/v1`; raises InvalidInput when it may not be used.

    An entry of `hosts` is a host, with every port, or `host:port`. The URL is read by the client that will use it, so
    that both understand the same host.
    """
    try:
        url = httpx2.URL(base.strip())
    except httpx2.InvalidURL as error:
        raise InvalidInput("it is no URL; write one like https://host/v1") from error
    if url.scheme not in PORTS or not url.host:
        raise InvalidInput("it must begin with https:// or http:// and name a host; write one like https://host/v1")
    if url.userinfo or url.query or url.fragment:
        raise InvalidInput("it must hold neither a user name nor ? or #; give the key in a setting of its own")
    if not _allowed(url, hosts):
        raise InvalidInput(f"the host {url.host} is not among the allowed hosts ({', '.join(sorted(hosts)) or 'none'})")
    return str(url.copy_with(path=url.path.rstrip("/") + COMPLETIONS, query=None))


def _allowed(url: httpx2.URL, hosts: Collection[str]) -> bool:
    port = url.port or PORTS[url.scheme]
    return bool({url.host, f"{url.host}:{port}"} & {entry.strip().lower() for entry in hosts})
