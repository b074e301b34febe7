"""What people say is true of a conversation, read from the contract's `gold`: steps, obligations, red lines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qa_service.domain.conversation import Conversation, Speaker
from qa_service.errors import InvalidInput

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Episode:
    """One trigger of an obligation, and the turn that met it if any."""

    id: str
    trigger: int
    response: int | None


@dataclass(frozen=True, slots=True)
class Gold:
    """The labels of one conversation.

    `steps` are the done ones with their turns (none: done, but nobody said where); all others are missed, unless
    `missed` lists them: then a step that stands nowhere carries no label. `episodes` and `red_lines` are None where
    nobody said anything about them.
    """

    steps: Mapping[str, frozenset[int]]
    episodes: tuple[Episode, ...] | None = None
    red_lines: frozenset[tuple[str, int]] | None = None
    missed: frozenset[str] | None = None
    not_applicable: frozenset[str] = frozenset()

    def says(self, step_id: str) -> bool:
        """Whether a step carries a label."""
        return self.missed is None or step_id in {*self.steps, *self.missed, *self.not_applicable}


def gold_of(conversation: Conversation) -> Gold:
    """The labels of a conversation; raises InvalidInput, naming the field, when they are absent or unusable."""
    body = conversation.extra.get("gold")
    if not isinstance(body, Mapping):
        raise InvalidInput("it carries no `gold` labels")
    reader = _Reader(conversation, body)
    steps = reader.objects("steps")
    if steps is None:
        raise InvalidInput("`gold.steps` is missing: the steps that were done, with their turns")
    episodes, lines = reader.objects("obligations"), reader.objects("red_lines")
    missed = frozenset(reader.ids("missed")) if "missed" in body else None
    return Gold(
        steps={reader.id(step): reader.turns(step, Speaker.AGENT) for step in steps},
        episodes=None if episodes is None else tuple(reader.episode(episode) for episode in episodes),
        red_lines=None if lines is None else frozenset((reader.id(line), reader.turn(line, "turn")) for line in lines),
        missed=missed,
        not_applicable=frozenset(reader.ids("not_applicable")),
    )


@dataclass(frozen=True, slots=True)
class _Reader:
    conversation: Conversation
    body: Body

    def objects(self, field: str) -> Sequence[Body] | None:
        found = self.body.get(field)
        if found is None:
            return None
        if not isinstance(found, list) or not all(isinstance(item, Mapping) for item in found):
            raise InvalidInput(f"`gold.{field}` must be a list of objects")
        return found

    def ids(self, field: str) -> Sequence[str]:
        found = self.body.get(field) or ()
        if not isinstance(found, list | tuple) or not all(isinstance(item, str) for item in found):
            raise InvalidInput(f"`gold.{field}` must be a list of ids")
        return found

    def id(self, item: Body) -> str:
        if not isinstance(item.get("id"), str):
            raise InvalidInput("each item of `gold` needs an `id`")
        return str(item["id"])

    def turns(self, item: Body, speaker: Speaker) -> frozenset[int]:
        found = item.get("turns")
        if not isinstance(found, list):
            raise InvalidInput(f"`turns` of {self.id(item)!r} in `gold` must be a list of turn numbers")
        return frozenset(turn for turn in map(self._checked, found) if self._speaker(turn) is speaker)

    def turn(self, item: Body, field: str) -> int:
        return self._checked(item.get(field))

    def episode(self, item: Body) -> Episode:
        response = self._checked(item["response_turn"]) if item.get("met") and "response_turn" in item else None
        return Episode(self.id(item), self.turn(item, "trigger_turn"), response)

    def _checked(self, turn: Any) -> int:
        count = len(self.conversation.turns)
        if isinstance(turn, bool) or not isinstance(turn, int) or not 0 <= turn < count:
            raise InvalidInput(f"`gold` names the turn {turn!r}; this conversation has the turns 0 to {count - 1}")
        return turn

    def _speaker(self, turn: int) -> Speaker:
        return self.conversation.turns[turn].speaker
