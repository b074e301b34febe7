"""How much personal data masking covers, and how often it covers what is none, on written turns with known spans."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from qa_service.domain.conversation import PersonalSpan, Speaker, Turn
from qa_service.domain.metrics import rate
from qa_service.errors import InvalidInput
from qa_service.normalize.masking import find_personal

NUMBER_KINDS = ("phone", "id_card", "bank_card")
NAME_KINDS = ("person",)


@dataclass(frozen=True, slots=True)
class Recall:
    """How many spans were covered to the last character, of how many, with the 95% Wilson interval of their share."""

    covered: int
    spans: int

    @property
    def share(self) -> float:
        """Covered spans of all, 0 to 1; 1 where there are none."""
        return self.covered / self.spans if self.spans else 1.0

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson (1927), 95%."""
        found = rate(self.covered, self.spans)
        return found.low, found.high


@dataclass(frozen=True, slots=True)
class MaskingMeasure:
    """What masking did on a set of turns.

    A false mask touches no character of personal data; `spilled` counts characters that true masks cover too many.
    """

    turns: int
    by_kind: dict[str, Recall]
    false_masks: int
    spilled: int
    misses: tuple[str, ...]

    def recall(self, kinds: Sequence[str]) -> Recall:
        """Several kinds together."""
        found = [recall for kind, recall in self.by_kind.items() if kind in kinds]
        return Recall(sum(one.covered for one in found), sum(one.spans for one in found))

    @property
    def false_masks_per_thousand(self) -> float:
        """False masks for each 1,000 turns."""
        return 1000 * self.false_masks / self.turns if self.turns else 0.0


def measure_masking(path: Path) -> MaskingMeasure:
    """Mask the turns of a file of `datasets/masking` and compare with its gold spans."""
    covered: Counter[str] = Counter()
    spans: Counter[str] = Counter()
    misses: list[str] = []
    turns = false_masks = spilled = 0
    for item_id, item, gold in _items(path):
        turns += len(item)
        for index, found in enumerate(find_personal(item)):
            masked = _characters(found)
            personal = _characters(gold[index])
            false_masks += sum(not _characters([span]) & personal for span in found)
            spilled += sum(len(_characters([span]) - personal) for span in found if _characters([span]) & personal)
            for span in gold[index]:
                spans[span.kind] += 1
                covered[span.kind] += _characters([span]) <= masked
                misses += [] if _characters([span]) <= masked else [f"{item_id} turn {index} {span.kind}"]
    by_kind = {kind: Recall(covered[kind], spans[kind]) for kind in sorted(spans)}
    return MaskingMeasure(turns, by_kind, false_masks, spilled, tuple(misses))


def masking_table(measure: MaskingMeasure) -> str:
    """The measure as the lines that the command line prints."""
    rows = [*measure.by_kind.items(), ("numbers", measure.recall(NUMBER_KINDS)), ("names", measure.recall(NAME_KINDS))]
    lines = [f"{'kind':<12}{'covered':>10}{'recall':>8}  95% interval"]
    for kind, recall in rows:
        low, high = recall.interval
        lines.append(f"{kind:<12}{recall.covered:>5}/{recall.spans:<4}{recall.share:>8.3f}  {low:.3f}-{high:.3f}")
    wrong = rate(measure.false_masks, measure.turns)
    lines.append(
        f"false masks {measure.false_masks} in {measure.turns} turns: {measure.false_masks_per_thousand:.1f} per 1,000"
        f" (95% {1000 * wrong.low:.1f}-{1000 * wrong.high:.1f}); {measure.spilled} characters too many in true masks"
    )
    return "\n".join(lines)


def _items(path: Path) -> Iterator[tuple[str, list[Turn], list[list[PersonalSpan]]]]:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            item = json.loads(line)
            turns = [Turn(Speaker(turn["speaker"]), turn["text"]) for turn in item["turns"]]
            gold: list[list[PersonalSpan]] = [[] for _ in turns]
            for span in item["gold"]:
                gold[span["turn"]].append(PersonalSpan(span["start"], span["end"], span["kind"]))
            yield item["id"], turns, gold
        except (ValueError, KeyError, IndexError, TypeError) as error:
            raise InvalidInput(f"{path}:{number}: not an item with id, turns and gold spans; see its README") from error


def _characters(spans: Sequence[PersonalSpan]) -> set[int]:
    return {place for span in spans for place in range(span.start, span.end)}
