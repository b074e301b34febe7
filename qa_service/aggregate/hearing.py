"""What customers stated, of at most so many conversations: memory and time of a report do not grow with its data."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from qa_service.aggregate.occurrences import spread, stratum_of
from qa_service.aggregate.tally import Foremost
from qa_service.domain.judged import JudgedConversation
from qa_service.domain.topic import Statement, statements_of
from qa_service.domain.weekly import Stated, Stratum

Answers = Mapping[tuple[str, int], str]


@dataclass
class Hearing:
    """The needs of `keep` conversations; of more, an even sample, which is the same in whatever order they come."""

    keep: int
    with_answers: bool = False
    held: Foremost[tuple[tuple[Statement, ...], Answers, Stratum]] = field(init=False)

    def __post_init__(self) -> None:
        self.held = Foremost(self.keep)

    def add(self, pair: JudgedConversation) -> None:
        """Consider one conversation, one that states nothing too: it is part of what shares are of."""
        statements = tuple(statements_of(pair))
        answers = _answers(pair, statements) if self.with_answers else {}
        self.held.add((spread(pair.id), pair.id), (statements, answers, stratum_of(pair)))

    @property
    def n(self) -> int:
        """How many conversations were heard."""
        return len(self.held.things())

    def statements(self) -> list[Statement]:
        """Everything that was stated in them."""
        return [statement for statements, _, _ in self.held.things() for statement in statements]

    def stated(self) -> Stated:
        """The same with what the conversations heard are like."""
        statements = tuple(self.statements())
        strata = {theirs[0].conversation_id: stratum for theirs, _, stratum in self.held.things() if theirs}
        return Stated(statements, strata, Counter(stratum for _, _, stratum in self.held.things()))

    def answers(self) -> dict[tuple[str, int], str]:
        """The turn that answered a statement in full, by conversation and turn of the statement."""
        return {place: text for _, answers, _ in self.held.things() for place, text in answers.items()}


def _answers(pair: JudgedConversation, statements: tuple[Statement, ...]) -> Answers:
    return {
        (pair.id, statement.turn): pair.text_of(statement.response_turn)
        for statement in statements
        if statement.handled == "answered" and statement.response_turn is not None
    }
