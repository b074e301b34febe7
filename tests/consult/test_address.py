"""Only hosts on the list are ever spoken to."""

import pytest

from qa_service.consult import checked_url
from qa_service.errors import InvalidInput


@pytest.mark.parametrize(
    ("base", "hosts", "url"),
    [
        ("https://llm.example.com/v1", ["llm.example.com"], "https://llm.example.com/v1/chat/completions"),
        ("https://llm.example.com/v1/", ["LLM.example.com "], "https://llm.example.com/v1/chat/completions"),
        (
            " HTTPS://LLM.Example.com:8443/v1",
            ["llm.example.com:8443"],
            "https://llm.example.com:8443/v1/chat/completions",
        ),
        ("https://llm.example.com/v1", ["llm.example.com:443"], "https://llm.example.com/v1/chat/completions"),
        ("http://127.0.0.1:11434/v1", ["a", "127.0.0.1"], "http://127.0.0.1:11434/v1/chat/completions"),
        ("http://[::1]:8000/v1", ["::1"], "http://[::1]:8000/v1/chat/completions"),
    ],
)
def test_a_host_on_the_list_may_be_used(base: str, hosts: list[str], url: str) -> None:
    assert checked_url(base, hosts) == url


@pytest.mark.parametrize(
    ("base", "hosts"),
    [
        ("https://llm.example.com/v1", []),
        ("https://llm.example.com/v1", ["example.com"]),
        ("https://llm.example.com.evil.net/v1", ["llm.example.com"]),
        ("https://evil.net/llm.example.com/v1", ["llm.example.com"]),
        ("https://llm.example.com@evil.net/v1", ["llm.example.com"]),
        ("https://llm.example.com\\@evil.net/v1", ["llm.example.com"]),
        ("https://user:password@llm.example.com/v1", ["llm.example.com"]),
        ("https://llm.example.com:8443/v1", ["llm.example.com:443"]),
        ("https://llm.example.com/v1?to=evil.net", ["llm.example.com"]),
        ("https://llm.example.com/v1#x", ["llm.example.com"]),
        ("ftp://llm.example.com/v1", ["llm.example.com"]),
        ("llm.example.com/v1", ["llm.example.com"]),
        ("https:///v1", ["llm.example.com"]),
        ("https://llm.example.com:x/v1", ["llm.example.com"]),
        ("https://llm.exa\nmple.com/v1", ["llm.example.com"]),
        ("*", ["*"]),
    ],
    ids=range(16),
)
def test_any_other_address_is_refused_and_its_secrets_are_not_repeated(base: str, hosts: list[str]) -> None:
    with pytest.raises(InvalidInput) as refused:
        checked_url(base, hosts)
    assert "password" not in str(refused.value)
