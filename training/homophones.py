"""Characters that sound alike, as a recogniser or an input method mistakes one for the other."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from random import Random

from pypinyin import lazy_pinyin

# A character that is rarer in the text than this is nobody's mistake for a common one.
COMMON = 5
# How often a near sound is taken where an equal one exists too.
NEAR_SHARE = 0.2
INITIALS = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l"))
FINALS = (("ing", "in"), ("eng", "en"))
HAN_RUN = re.compile("[\u4e00-\u9fff]+")


class Homophones:
    """Common characters by their sound without tone; drawn as often as the text uses them."""

    def __init__(self, uses: Mapping[str, int]) -> None:
        self._equal: defaultdict[str, dict[str, int]] = defaultdict(dict)
        self._near: defaultdict[str, dict[str, int]] = defaultdict(dict)
        for char, count in uses.items():
            sound = sounds(char)[0]
            self._equal[sound][char] = count
            self._near[blurred(sound)][char] = count

    def instead_of(self, char: str, sound: str, random: Random) -> str | None:
        """Another character that sounds like this one, whatever its tone, or nearly so; None if there is none."""
        equal = {other: n for other, n in self._equal.get(sound, {}).items() if other != char}
        alike = self._near.get(blurred(sound), {})
        near = {other: n for other, n in alike.items() if other != char and other not in equal}
        chosen = near if near and (not equal or random.random() < NEAR_SHARE) else equal
        return random.choices(list(chosen), list(chosen.values()))[0] if chosen else None


def homophones_of(texts: Iterable[str], *, common: int = COMMON) -> Homophones:
    """The homophones among the characters that the texts use at least `common` times."""
    uses = Counter(char for text in texts for char in text if is_han(char))
    return Homophones({char: uses[char] for char in sorted(uses) if uses[char] >= common})


def sounds(text: str) -> list[str]:
    """The pinyin of each character, without tone, as its neighbours make it; other characters stand for themselves."""
    found = list(text)
    for run in HAN_RUN.finditer(text):
        spoken = lazy_pinyin(run.group())
        # Neighbouring characters without a known sound come back as one.
        together = len(spoken) == len(run.group())
        found[run.start() : run.end()] = spoken if together else [lazy_pinyin(char)[0] for char in run.group()]
    return found


def blurred(sound: str) -> str:
    """A sound as one hears it who does not tell zh from z, n from l, -ing from -in."""
    for long, short in INITIALS:
        if sound.startswith(long):
            sound = short + sound[len(long) :]
            break
    for long, short in FINALS:
        if sound.endswith(long):
            return sound[: -len(long)] + short
    return sound


def is_han(char: str) -> bool:
    """Whether a character is a Chinese one."""
    return HAN_RUN.match(char) is not None
