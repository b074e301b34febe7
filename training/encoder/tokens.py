"""One token a character: nothing of a recogniser's odd spelling is lost, and no vocabulary of words goes stale."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from tokenizers import Regex, Tokenizer, normalizers, pre_tokenizers, processors
from tokenizers.models import WordLevel
from transformers import PreTrainedTokenizerFast

from models.ngrams import fold

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
PAD, UNKNOWN, START, END, MASK = range(len(SPECIAL))
# Rarer characters stand in too few sentences for their vector to be learnt; they become [UNK].
SEEN_AT_LEAST, CHARACTERS_AT_MOST = 20, 6500


def character_vocabulary(texts: Iterable[str]) -> dict[str, int]:
    """Characters by how often they occur, after the special tokens."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(fold(text))
    common = [char for char, count in counts.most_common(CHARACTERS_AT_MOST) if count >= SEEN_AT_LEAST]
    return {token: index for index, token in enumerate([*SPECIAL, *common])}


def make_tokenizer(vocabulary: dict[str, int], *, longest: int) -> PreTrainedTokenizerFast:
    """A Hugging Face tokenizer of characters that folds texts as the n-grams do."""
    inner = Tokenizer(WordLevel(vocabulary, unk_token=SPECIAL[UNKNOWN]))
    inner.normalizer = normalizers.Sequence(
        [normalizers.NFKC(), normalizers.Lowercase(), normalizers.Replace(Regex(r"\s+"), "")]
    )
    inner.pre_tokenizer = pre_tokenizers.Split(Regex("."), "isolated")
    inner.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B [SEP]",
        special_tokens=[("[CLS]", START), ("[SEP]", END)],
    )
    names = dict(zip(("pad_token", "unk_token", "cls_token", "sep_token", "mask_token"), SPECIAL, strict=True))
    return PreTrainedTokenizerFast(tokenizer_object=inner, model_max_length=longest, **names)


def save_vocabulary(vocabulary: dict[str, int], directory: Path) -> None:
    """Write the characters one a line, in the order of their ids."""
    directory.joinpath("vocabulary.txt").write_text("\n".join(vocabulary) + "\n", "utf-8")


def load_vocabulary(directory: Path) -> dict[str, int]:
    """Read what `save_vocabulary` wrote."""
    lines = directory.joinpath("vocabulary.txt").read_text("utf-8").split("\n")[:-1]
    return {token: index for index, token in enumerate(lines)}
