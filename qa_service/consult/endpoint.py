"""One OpenAI-compatible endpoint: asked with bounded tries, bounded time and a bounded answer, on one host alone."""

import asyncio
import ssl
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import httpx2

from qa_service.consult.address import Address
from qa_service.consult.completion import answer_text, request_body
from qa_service.consult.refusal import Refusal, pause_before, refusal_of
from qa_service.domain.inquiry import Inquiry
from qa_service.logs import logger

TRIES = 3
MAX_ANSWER_BYTES = 1024 * 1024
# After so many inquiries in a row that nobody answered, the endpoint is left alone for a while: a batch must not wait
# for the time-out of every conversation.
REST_AFTER = 3
REST = timedelta(minutes=1)
RESTING = "resting"

Clock = Callable[[], datetime]
Sleep = Callable[[float], None]

log = logger("consult")


class Endpoint:
    """Asks one endpoint; may be shared between threads. `clock` and `sleep` pace the tries."""

    def __init__(self, address: Address, *, seed: int, clock: Clock, sleep: Sleep) -> None:
        self._address = address
        self._seed = seed
        self._clock = clock
        self._sleep = sleep
        self._tls = ssl.create_default_context()
        self._lock = threading.Lock()
        self._unanswered = 0
        self._rests_until: datetime | None = None

    def answer(self, inquiry: Inquiry) -> str:
        """The text that the model answers; raises NoAnswer."""
        if self._rests():
            self._told(inquiry, RESTING, attempt=0, ms=0)
            raise Refusal(RESTING)
        body = request_body(inquiry, model=self._address.model, seed=self._seed)
        attempt = 1
        while True:
            try:
                return self._try(inquiry, body, attempt)
            except Refusal as refusal:
                attempt += 1
                pause = pause_before(attempt, refusal) if attempt <= TRIES else None
                if pause is None:
                    self._note(answered=not refusal.passing)
                    raise
            self._sleep(pause)

    def _try(self, inquiry: Inquiry, body: bytes, attempt: int) -> str:
        began, outcome = self._clock(), "answered"
        try:
            text = answer_text(self._post(body))
        except Refusal as refusal:
            outcome = refusal.reason
            raise
        finally:
            ms = round((self._clock() - began).total_seconds() * 1000)
            self._told(inquiry, outcome, attempt=attempt, ms=ms)
        self._note(answered=True)
        return text

    def _post(self, body: bytes) -> bytes:
        try:
            return asyncio.run(self._exchange(body))
        except TimeoutError as error:
            raise Refusal("timeout", passing=True) from error
        except (httpx2.HTTPError, httpx2.StreamError, OSError) as error:
            raise Refusal("connection_failed", passing=True) from error

    async def _exchange(self, body: bytes) -> bytes:
        """One request on a connection of its own: the time-out then covers everything, however slowly bytes drip."""
        headers = {"Content-Type": "application/json", "Accept": "application/json", "Accept-Encoding": "identity"}
        if self._address.key:
            headers["Authorization"] = f"Bearer {self._address.key}"
        # Proxies, credentials and redirects that the allow-list does not know of are not followed.
        client = httpx2.AsyncClient(verify=self._tls, trust_env=False, follow_redirects=False, timeout=None)
        request = client.stream("POST", self._address.url, content=body, headers=headers)
        async with asyncio.timeout(self._address.timeout_s), client, request as response:
            if response.status_code != 200:
                raise refusal_of(response.status_code, response.headers, self._clock())
            return await _bounded(response)

    def _rests(self) -> bool:
        with self._lock:
            return self._rests_until is not None and self._clock() < self._rests_until

    def _note(self, *, answered: bool) -> None:
        with self._lock:
            self._unanswered = 0 if answered else self._unanswered + 1
            self._rests_until = self._clock() + REST if self._unanswered >= REST_AFTER else None

    def _told(self, inquiry: Inquiry, outcome: str, *, attempt: int, ms: int) -> None:
        """Every request leaves a line: which conversation, which items, how it went. Never a word that was said."""
        log.info(
            "language_model_asked",
            conversation_id=inquiry.conversation_id,
            items=list(inquiry.items),
            attempt=attempt,
            code=outcome,
            ms=ms,
        )


async def _bounded(response: httpx2.Response) -> bytes:
    body = bytearray()
    async for part in response.aiter_raw():
        body += part
        if len(body) > MAX_ANSWER_BYTES:
            raise Refusal("too_large")
    return bytes(body)
