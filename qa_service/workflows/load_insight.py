"""The business numbers of insight, from the rulebook."""

from functools import cache

from qa_service.domain.insight import Insight, insight_from_document
from qa_service.rulebook import default_file


@cache
def load_insight() -> Insight:
    """Read the shipped insight.yaml, once."""
    return insight_from_document(default_file("insight.yaml"))
