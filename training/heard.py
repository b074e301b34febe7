"""Learn the space of how texts sound, from the texts themselves."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from models.ngrams import NgramSpace, fit_space
from models.sounds import HeardSpace
from training.homophones import blurred, is_han, sounds


def fit_heard(texts: Sequence[str], written: NgramSpace, *, at_least: int) -> HeardSpace:
    """The space of texts beside the n-grams they are written with."""
    table = sound_table(texts)
    return HeardSpace(written, fit_space([text.translate(table) for text in texts], at_least=at_least), table)


def sound_table(texts: Sequence[str]) -> dict[int, int]:
    """For each Chinese character the commonest one of its sound, tone and zh/z, n/l, -ing/-in aside."""
    uses = Counter(char for text in texts for char in text if is_han(char))
    alike: defaultdict[str, list[str]] = defaultdict(list)
    for char in sorted(uses):
        alike[blurred(sounds(char)[0])].append(char)
    commonest = {sound: max(chars, key=lambda char: (uses[char], char)) for sound, chars in alike.items()}
    return {ord(char): ord(commonest[sound]) for sound, chars in sorted(alike.items()) for char in chars}
