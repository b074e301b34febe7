"""Logs as JSON lines on stderr: what happened to which ids, never what a customer said.

The rule is enforced here rather than trusted: only the fields below are written, and of an exception only its type
and the places in the code, since its text may quote the data.
"""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any

import structlog

FIELDS = frozenset(
    (
        *("event", "level", "at", "room", "version", "host", "port"),
        *("request_id", "method", "route", "status", "ms", "caller", "role", "action", "code"),
        *("conversation_id", "analysis_id", "job_id", "job_kind", "import_id", "appeal_id", "sop", "sop_version"),
        *("count", "accepted", "refused", "attempt", "worker", "error_type", "error_places"),
        *("items", "decided", "rejected"),
    )
)


def configure_logs(level: str = "INFO") -> None:
    """Send every log line of the service through the filter, and silence lines that carry raw paths."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            _only_types_of_errors,
            _only_known_fields,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=lambda *_: structlog.WriteLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.getLogger("uvicorn.access").disabled = True


def logger(name: str) -> Any:
    """A logger that carries the name of its room."""
    if not structlog.is_configured():
        # Before anything else is decided, the filter already holds.
        configure_logs()
    return structlog.get_logger(room=name)


def _only_types_of_errors(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    error = event.pop("error", None)
    if isinstance(error, BaseException):
        frames = traceback.extract_tb(error.__traceback__)[-8:]
        event["error_type"] = type(error).__name__
        event["error_places"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    return event


def _only_known_fields(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {key: value for key, value in event.items() if key in FIELDS}
