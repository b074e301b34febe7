"""The bodies of the protocol: what is posted, and the text in what comes back. Neither is ever logged."""

import json
from typing import Any

from qa_service.consult.refusal import Refusal
from qa_service.domain.inquiry import Inquiry


def request_body(inquiry: Inquiry, *, model: str, seed: int) -> bytes:
    """The body to post: temperature 0 and a seed, so that the same question gets the same answer where a server can."""
    body = {
        "model": model,
        "messages": [
            {"role": "system", "content": inquiry.instructions},
            {"role": "user", "content": inquiry.question},
        ],
        "temperature": 0,
        "seed": seed,
        "stream": False,
    }
    return json.dumps(body).encode("ascii")


def answer_text(body: bytes) -> str:
    """The text of the first choice; raises Refusal when the body is not of the protocol, or holds a refusal."""
    try:
        reply: dict[str, Any] = json.loads(body)["choices"][0]["message"]
        refused, text = reply.get("refusal"), reply.get("content")
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise Refusal("not_the_protocol") from error
    if refused or not isinstance(text, str):
        raise Refusal("refused")
    return text
