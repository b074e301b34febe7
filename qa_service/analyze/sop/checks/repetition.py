"""Somebody says the same again within the last so many turns of his own.

{repeated: 5, score: 0.8, unless: [好的]}
holds: “今天下单立减三百” … “今天下单立减三百哦” · does not: “好的” … “好的”
"""

from models.ngrams import alike
from qa_service.analyze.sop.checks.found import Found, Places, Reading, certainly, turn_matches
from qa_service.analyze.sop.keywords import mentioned
from qa_service.domain.condition import Repeated


def find_repetition(condition: Repeated, reading: Reading, where: Places) -> Found:
    """The turns that repeat an earlier one of the same speaker, if there are enough of them."""
    turns = [turn for turn in where.turns if _counts(condition, reading.read.texts[turn].text)]
    if not turns:
        return certainly(False)
    texts = [reading.read.texts[turn].text for turn in turns]
    same = alike(texts, texts) >= condition.score
    speakers = [reading.read.texts[turn].speaker for turn in turns]
    own = {speaker: [t for t in where.turns if reading.read.texts[t].speaker == speaker] for speaker in set(speakers)}
    place = {turn: index for turns_of_one in own.values() for index, turn in enumerate(turns_of_one)}
    repeats = [
        turn
        for row, turn in enumerate(turns)
        if any(
            same[row, earlier] and place[turn] - place[turns[earlier]] <= condition.repeated
            for earlier in range(row)
            if speakers[earlier] == speakers[row]
        )
    ]
    return certainly(len(repeats) >= condition.times, turn_matches(where.wholes, repeats))


def _counts(condition: Repeated, text: str) -> bool:
    """Short turns and what the owner excludes may be said twice."""
    return len(text) >= condition.min_length and not mentioned(text, condition.unless)
