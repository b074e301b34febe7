"""The only room that calls out: a language model behind an OpenAI-compatible endpoint."""

from qa_service.consult.address import Address, checked_url
from qa_service.consult.endpoint import Endpoint

__all__ = ["Address", "Endpoint", "checked_url"]
