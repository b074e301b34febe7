"""How well analyses agree with gold labels."""

from qa_service.aggregate.evaluation.bootstrap import Measurement, measure
from qa_service.aggregate.evaluation.comparison import Comparison, compare
from qa_service.aggregate.evaluation.gate import objections
from qa_service.aggregate.evaluation.narrowed import compare_said
from qa_service.aggregate.evaluation.paired import Difference, differences, summed

__all__ = [
    "Comparison",
    "Difference",
    "Measurement",
    "compare",
    "compare_said",
    "differences",
    "measure",
    "objections",
    "summed",
]
