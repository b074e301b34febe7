"""What customers stated, of at most so many conversations: memory and time of a report do not grow with its data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b

from qa_service.aggregate.tally import Foremost
from qa_service.domain.judged import JudgedConversation
from qa_service.domain.topic import Statement, statements_of

Answers = Mapping[tuple[str, int], str]


@dataclass
class Hearing:
    """The needs of `keep` conversations; of more, an even sample, which is the same in whatever order they come."""

    keep: int
    with_answers: bool = False
    held: Foremost[tuple[tuple[Statement, ...], Answers]] = field(init=False)

    def __post_init__(self) -> None:
        self.held = Foremost(self.keep)

    def add(self, pair: JudgedConversation) -> None:
        """Consider one conversation, one that states nothing too: it is part of what shares are of."""
        statements = tuple(statements_of(pair))
        answers = _answers(pair, statements) if self.with_answers else {}
        self.held.add((_spread(pair.id), pair.id), (statements, answers))

    @property
    def n(self) -> int:
        """How many conversations were heard."""
        return len(self.held.things())

    def statements(self) -> list[Statement]:
        """Everything that was stated in them."""
        return [statement for statements, _ in self.held.things() for statement in statements]

    def answers(self) -> dict[tuple[str, int], str]:
        """The turn that answered a statement in full, by conversation and turn of the statement."""
        return {place: text for _, answers in self.held.things() for place, text in answers.items()}


def _answers(pair: JudgedConversation, statements: tuple[Statement, ...]) -> Answers:
    return {
        (pair.id, statement.turn): pair.text_of(statement.response_turn)
        for statement in statements
        if statement.handled == "answered" and statement.response_turn is not None
    }


def _spread(conversation_id: str) -> bytes:
    """A place in an order that has nothing to do with the conversations."""
    return blake2b(conversation_id.encode("utf-8", "surrogatepass"), digest_size=8).digest()
