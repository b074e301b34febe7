"""Signatures, as 钉钉 and 飞书 ask for them, and our own for signed JSON; `verify` is what its receivers do."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime

TIMESTAMP, NOTICE_ID, SIGNATURE = "X-QA-Timestamp", "X-QA-Id", "X-QA-Signature"
# A receiver refuses what was signed longer ago: who records a notice cannot send it again later.
FRESH_S = 300


def dingtalk_query(secret: str, now: datetime) -> dict[str, str]:
    """The parameters that 钉钉 wants in the address: milliseconds and a signature over them."""
    stamp = str(round(now.timestamp() * 1000))
    return {"timestamp": stamp, "sign": _base64(secret.encode(), f"{stamp}\n{secret}".encode())}


def feishu_fields(secret: str, now: datetime) -> dict[str, str]:
    """The fields that 飞书 wants in the body; its key is what others sign, and it signs nothing."""
    stamp = str(int(now.timestamp()))
    return {"timestamp": stamp, "sign": _base64(f"{stamp}\n{secret}".encode(), b"")}


def signed_headers(secret: str, key: str, body: bytes, now: datetime) -> dict[str, str]:
    """The headers of signed JSON: HMAC-SHA256 over time, id and body."""
    stamp = str(int(now.timestamp()))
    return {TIMESTAMP: stamp, NOTICE_ID: key, SIGNATURE: f"v1={_hex(secret, stamp, key, body)}"}


def verify(secret: str, headers: Mapping[str, str], body: bytes, now: datetime) -> bool:
    """Whether signed JSON is ours and fresh; a receiver also remembers the ids of the last minutes."""
    stamp, key = headers.get(TIMESTAMP, ""), headers.get(NOTICE_ID, "")
    if not (stamp.isascii() and stamp.isdecimal()) or abs(now.timestamp() - int(stamp)) > FRESH_S:
        return False
    return hmac.compare_digest(f"v1={_hex(secret, stamp, key, body)}", headers.get(SIGNATURE, ""))


def _hex(secret: str, stamp: str, key: str, body: bytes) -> str:
    return hmac.new(secret.encode(), f"{stamp}.{key}.".encode() + body, hashlib.sha256).hexdigest()


def _base64(key: bytes, signed: bytes) -> str:
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
