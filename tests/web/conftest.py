"""The fixtures of the API tests: pages stand on the same service."""

from tests.api.conftest import service, shared

__all__ = ["service", "shared"]
