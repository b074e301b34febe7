"""Which hosts may be posted to. Only those that the deployment names, and none inside its own network unless named so.

A recipient's URL is written by somebody who may use the service, not by who runs its network: without these checks it
could be made to post to machines that only it can reach.
"""

import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import httpx2

from qa_service.errors import InvalidInput
from qa_service.notify.refusal import Undelivered

PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class Hosts:
    """Allowed hosts (`host` or `host:port`): `public` ones over https; `private` ones also over http and inside."""

    public: tuple[str, ...] = ()
    private: tuple[str, ...] = ()

    def inside(self, url: httpx2.URL) -> bool:
        """Whether the host is named as one of the own network."""
        return _named(url, self.private)


def checked_address(text: str, hosts: Hosts) -> httpx2.URL:
    """The URL, if it may be posted to; raises InvalidInput saying what to change. Never repeats its path or query."""
    try:
        url = httpx2.URL(text.strip())
    except httpx2.InvalidURL as error:
        raise InvalidInput("`url` is no URL; write one like https://host/path") from error
    if url.scheme not in PORTS or not url.host:
        raise InvalidInput("`url` must begin with https:// and name a host")
    if url.userinfo or url.fragment:
        raise InvalidInput("`url` must hold neither a user name nor #")
    inside = hosts.inside(url)
    if not inside and not _named(url, hosts.public):
        raise InvalidInput(f"the host {url.host} is not allowed; an operator may add it to QA_WEBHOOK_HOSTS")
    if not inside and url.scheme != "https":
        raise InvalidInput("`url` must begin with https://")
    return url


def chosen_address(addresses: Iterable[str], *, inside: bool) -> str:
    """The address to connect to; raises Undelivered when any of them lies inside and the host is not named so."""
    found: Sequence[str] = list(addresses)
    if not found:
        raise Undelivered("host_unknown", passing=True)
    if not inside and not all(map(_is_public, found)):
        raise Undelivered("private_address")
    return found[0]


def _is_public(address: str) -> bool:
    one = ipaddress.ip_address(address.partition("%")[0])
    one = getattr(one, "ipv4_mapped", None) or one
    return one.is_global and not one.is_multicast


def _named(url: httpx2.URL, entries: Sequence[str]) -> bool:
    port = url.port or PORTS[url.scheme]
    return bool({url.host, f"{url.host}:{port}"} & {entry.strip().lower() for entry in entries})
