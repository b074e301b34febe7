"""Recurring needs: statements of many customers grouped into topics that keep their identity."""

from qa_service.aggregate.needs.grouping import chunks, group_statements, grouping_of
from qa_service.aggregate.needs.identity import remember
from qa_service.aggregate.needs.learning import Learner, Placing
from qa_service.aggregate.needs.space import Space, shipped_space

__all__ = ["Learner", "Placing", "Space", "chunks", "group_statements", "grouping_of", "remember", "shipped_space"]
