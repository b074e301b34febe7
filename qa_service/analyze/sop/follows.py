"""What follows from the steps of a conversation: order, obligations, checks, and what branches take out."""

from dataclasses import dataclass

from qa_service.domain.finding import CheckFinding, ObligationFinding, OrderFinding, StepFinding


@dataclass(frozen=True, slots=True)
class Inapplicable:
    """Parts of an SOP, by id, that a branch takes out for one conversation."""

    steps: frozenset[str] = frozenset()
    obligations: frozenset[str] = frozenset()
    red_lines: frozenset[str] = frozenset()
    checks: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Follows:
    """All that has to be found again when a step is judged otherwise; `steps` without those of closed branches."""

    steps: tuple[StepFinding, ...] = ()
    orders: tuple[OrderFinding, ...] = ()
    obligations: tuple[ObligationFinding, ...] = ()
    checks: tuple[CheckFinding, ...] = ()
    inapplicable: Inapplicable = Inapplicable()
