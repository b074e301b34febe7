"""Recurring needs: statements of many customers grouped into topics that keep their identity."""

from qa_service.aggregate.needs.grouping import group_statements
from qa_service.aggregate.needs.identity import remember

__all__ = ["group_statements", "remember"]
