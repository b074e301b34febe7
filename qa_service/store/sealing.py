"""Seals secrets of recipients: AES-256-GCM under a key derived from the deployment's master key."""

import json
import os
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from qa_service.errors import InvalidInput

NONCE_BYTES = 12
_PURPOSE = b"qa-service recipients"


def seal(body: Mapping[str, Any], master_key: bytes | None, *, owner: str) -> bytes:
    """The body, readable only with the master key and only as that of its owner; raises InvalidInput without a key."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + _cipher(master_key).encrypt(nonce, json.dumps(body).encode(), owner.encode())


def unseal(sealed: bytes, master_key: bytes | None, *, owner: str) -> dict[str, Any]:
    """What was sealed; raises InvalidInput under another master key."""
    try:
        opened = _cipher(master_key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], owner.encode())
    except InvalidTag as error:
        raise InvalidInput("the master key is not the one that recipients were kept with; set that one") from error
    return dict(json.loads(opened))


def _cipher(master_key: bytes | None) -> AESGCM:
    if master_key is None:
        raise InvalidInput("addresses of recipients are kept only with a master key; set QA_MASTER_KEY")
    return AESGCM(HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE).derive(master_key))
