"""What agents state, compared with what the SOP says the company offers."""

from qa_service.analyze.sop.facts.stated import stated_facts

__all__ = ["stated_facts"]
