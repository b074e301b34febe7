"""How well analyses agree with gold labels."""

from qa_service.aggregate.evaluation.bootstrap import Measurement, measure
from qa_service.aggregate.evaluation.comparison import Comparison, compare

__all__ = ["Comparison", "Measurement", "compare", "measure"]
