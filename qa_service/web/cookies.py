"""Who is signed in: a signed cookie that names a key, never its secret; and tokens against forged forms.

A cookie is `payload.signature`, signed with HMAC-SHA256. A form token is a signature over the cookie itself, so a
page of another site, which cannot read the cookie, cannot make one.
"""

import base64
import hashlib
import hmac
import json
from datetime import datetime, timedelta

COOKIE = "qa_signed_in"
# A working day; the key behind it may be ended sooner.
LIFE = timedelta(hours=12)


class Signer:
    """Signs and checks cookies and form tokens with the deployment's secret."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def cookie(self, key_id: str, *, now: datetime) -> str:
        """A cookie that signs a key in until LIFE is over."""
        body = json.dumps([key_id, int((now + LIFE).timestamp())]).encode()
        payload = base64.urlsafe_b64encode(body).decode()
        return f"{payload}.{self._sign('cookie', payload)}"

    def key_id(self, cookie: str, *, now: datetime) -> str | None:
        """The key that a cookie signs in; None when it was forged, damaged or is too old."""
        payload, _, signature = cookie.partition(".")
        if not _same(signature, self._sign("cookie", payload)):
            return None
        key_id, until = json.loads(base64.urlsafe_b64decode(payload))
        return str(key_id) if now.timestamp() < until else None

    def token(self, cookie: str) -> str:
        """The token of the forms that are shown to the holder of this cookie."""
        return self._sign("form", cookie)

    def token_fits(self, token: str, cookie: str) -> bool:
        """Whether a form came from a page of ours."""
        return _same(token, self.token(cookie))

    def _sign(self, use: str, text: str) -> str:
        return hmac.new(self._secret, f"{use}:{text}".encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def _same(given: str, right: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), right.encode())
