"""The optional judge: a language model decides items that the models leave unsure, with turns as evidence."""

from qa_service.analyze.language_judge.case import Case, Derive
from qa_service.analyze.language_judge.judge import LanguageJudge, LanguageModel

__all__ = ["Case", "Derive", "LanguageJudge", "LanguageModel"]
