"""What agents say again and again: wordings of one sense, where each is heard, and who says it more than others."""

from qa_service.aggregate.habits.find import Usage, find_habits
from qa_service.aggregate.habits.groups import Vectors
from qa_service.aggregate.habits.heard import NEVER, Heard
from qa_service.aggregate.habits.pools import pooled
from qa_service.aggregate.habits.sellers import Sales, agents_habits
from qa_service.aggregate.habits.slopes import Slope, slope, unexplained
from qa_service.aggregate.habits.speech import Speech

__all__ = [
    "NEVER",
    "Heard",
    "Sales",
    "Slope",
    "Speech",
    "Usage",
    "Vectors",
    "agents_habits",
    "find_habits",
    "pooled",
    "slope",
    "unexplained",
]
