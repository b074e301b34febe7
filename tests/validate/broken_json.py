"""JSON objects broken in every way that the fuzz of the readers knows."""

import json
from collections.abc import Callable
from random import Random
from typing import Any

Breaker = Callable[[Random, dict[str, Any]], bytes]

ODD_VALUES = (
    *("null", "true", "-1", "0", "1e999", "-1e999", "NaN", "1" * 400, "1" * 5000, "0.1", '""', '"x"', "[]", "{}"),
    *('"\\ud800"', '"\\u0000"', '"\\udfff\\ud800"', '"2026-02-30"', '"0001-01-01T00:00:00+14:00"', "[[[[[[]]]]]]"),
    *('{"a":{"a":{"a":1}}}', "[" * 60 + "]" * 60, "[" * 950 + "]" * 950, '"' + "长" * 300 + '"', "[null]", "[1,2,3]"),
    *('[{"start":1e999,"end":2,"kind":"phone"}]', '"\\t\\n"', "1.5e300", "9223372036854775808", '"\U0001f600"'),
)
PLACE = "\ue000"


def broken_object(rng: Random, body: dict[str, Any]) -> bytes:
    """One line that should be an object like `body` and is not quite."""
    return rng.choice(BREAKERS)(rng, body)


def odd_field(rng: Random, body: dict[str, Any]) -> bytes:
    """A well-formed object in which some fields hold what does not belong there."""
    written = dump(_replaced(rng, body))
    while PLACE in written:
        written = written.replace(f'"{PLACE}"', rng.choice(ODD_VALUES), 1)
    return written.encode()


def dump(body: Any) -> str:
    """Compact JSON, as exporters write it."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def _replaced(rng: Random, node: Any, *, share: float = 0.3) -> Any:
    if isinstance(node, dict) and node:
        kept = {key: _replaced(rng, value, share=share) for key, value in node.items() if rng.random() > 0.05}
        if rng.random() < share:
            kept[rng.choice([*node, "tags", "consent", "extra", "gold"])] = PLACE
        return kept
    if isinstance(node, list) and node:
        return [_replaced(rng, item, share=share) for item in node]
    return PLACE if rng.random() < share / 4 else node


def _cut(rng: Random, body: dict[str, Any]) -> bytes:
    whole = dump(body).encode()
    return whole[: rng.randrange(1, len(whole))]


def _flipped(rng: Random, body: dict[str, Any]) -> bytes:
    line = bytearray(dump(body).encode())
    for _ in range(rng.randint(1, 4)):
        line[rng.randrange(len(line))] = rng.choice([0, 0x22, 0x5C, 0x7B, 0xFF, 0xED, 0x2C, 0x09, 0xA0, 0x0B])
    return bytes(line)


def _deep(rng: Random, _: dict[str, Any]) -> bytes:
    depth = rng.choice([100, 1_000, 50_000])
    return rng.choice([b"[" * depth, b'{"a":' * depth, b"[" * depth + b"]" * depth])


def _other(rng: Random, _: dict[str, Any]) -> bytes:
    return rng.choice([b"null", b"1e999", b"[]", b'"x"', b"{}", b"\x00", b"\xff\xfe", b"NaN", b"1" * 5_000, b"{]"])


def _gb(_: Random, body: dict[str, Any]) -> bytes:
    return dump(body).encode("gb18030")


BREAKERS: tuple[Breaker, ...] = (odd_field, odd_field, odd_field, _cut, _flipped, _deep, _other, _gb)
