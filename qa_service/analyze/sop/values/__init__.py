"""Values named in a turn: prices, lessons, lengths of time, shares, dates, times of day."""

from qa_service.analyze.sop.values.find import values_in

__all__ = ["values_in"]
