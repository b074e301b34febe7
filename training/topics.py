"""Teach an encoder what statements are about: those of one topic lie close, others far (supervised contrast).

python -m training.topics [--out DIR] [--steps N] [--encoder PATH] [--datasets DIR]

What is one topic: needs that share a topic in labelled conversations and single turns, and turns that perform the same
act of an SOP. A pair of different topics counts only within one file, since another one may name the same thing in
another way (Khosla et al. 2020, "Supervised contrastive learning"). Half an hour on one core.
"""

import argparse
import json
import logging
import random
import shutil
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from models.topics import FORMAT, TOPICS, plain
from training.data import read_lines
from training.encoder.export import export_onnx
from training.encoder.tune import OURS, load_pretrained

log = logging.getLogger("training.topics")

ROOT = Path(__file__).parents[1]
NGRAMS = ROOT / "models" / "artifacts" / "default" / "ngrams.npz"
SEED, STEPS, RATE, WEIGHT_DECAY, WARM_UP, LAST_RATE = 20261008, 1000, 4e-4, 0.01, 0.1, 0.02
SHARPNESS = 0.08
# Statements of needs from one file, sometimes from a second one, and turns of one SOP, in each step.
NEEDS, MORE_NEEDS, TURNS = 96, 48, 64
FROM_A_TOPIC = (2, 3, 4, 6)
# So many texts lose their beginning and end: a part of a statement is about the same.
CUT_SHARE, SHORTEST_CUT = 0.2, 7
# As many are wrapped in words that are about nothing.
WRAPPED_SHARE = 0.35
BEFORE = (
    *(
        "那个",
        "就是",
        "我想问下",
        "我想问一下",
        "老师",
        "你好",
        "您好",
        "对了",
        "还有",
        "我就想知道",
        "我想了解一下",
        "嗯",
    ),
    *(
        "不好意思",
        "那我问一下",
        "然后",
        "另外",
        "哎",
        "麻烦问下",
        "我再问一个",
        "顺便问一句",
        "主要是",
        "其实",
        "说实话",
        "我看",
    ),
)
AFTER = (
    *(
        "啊",
        "呢",
        "呀",
        "老师",
        "麻烦说一下",
        "你给我说说",
        "哦",
        "谢谢",
        "跟我讲讲",
        "帮我看看",
        "行吗",
        "对吧",
        "是不是",
    ),
    *("这样子", "你说呢", "我不太清楚", "我不太懂", "您回复我一下", "什么情况", "好吧", "嘛"),
)


@dataclass(frozen=True)
class Shelf:
    """Topics of one file, each with its texts; `needs` tells whether its names mean the same in other files."""

    name: str
    needs: bool
    topics: Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Drawn:
    """One text of a step, with the shelf and the topic it was drawn from."""

    shelf: Shelf
    topic: str
    text: str

    def same(self, other: "Drawn") -> bool:
        """Whether both are about the same."""
        return self.topic == other.topic and (self.shelf is other.shelf or (self.shelf.needs and other.shelf.needs))

    def comparable(self, other: "Drawn") -> bool:
        """Whether it is known if both are about the same."""
        return self.shelf is other.shelf or self.shelf.needs != other.shelf.needs or self.same(other)


def shelves(datasets: Path) -> list[Shelf]:
    """All that is known of topics, file by file."""
    found = [Shelf(path.name, True, _topics(_conversation_needs(path))) for path in _files(datasets / "conversations")]
    found += [Shelf(path.name, True, _topics(_turn_needs(path))) for path in _files(datasets / "turns")]
    for path in _files(datasets / "acts"):
        for speaker in ("agent", "customer"):
            found.append(Shelf(f"{path.name}/{speaker}", False, _topics(_acts(path, speaker))))
    return [shelf for shelf in found if len(shelf.topics) > (1 if shelf.needs else 2)]


def teach(encoder: nn.Module, known: Sequence[Shelf], *, steps: int, seed: int) -> None:
    """Teach an encoder of texts in place."""
    torch.manual_seed(seed)
    draw = random.Random(seed)
    optimizer = torch.optim.AdamW(encoder.parameters(), lr=RATE, weight_decay=WEIGHT_DECAY)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _rate(step / steps))
    encoder.train()
    for step in range(steps):
        loss = _loss(encoder, _drawn(known, draw), draw)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(encoder.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        if step % 100 == 0:
            log.info("step %d of %d: loss %.3f", step, steps, loss.item())
    encoder.eval()


def contrast(vectors: Tensor, same: Tensor, comparable: Tensor) -> Tensor:
    """Mean log-odds of finding one of the same topic among all that can be compared (Khosla et al. 2020, eq. 2)."""
    others = ~torch.eye(len(vectors), dtype=torch.bool)
    same, comparable = same & others, comparable & others
    similar = vectors @ vectors.T / SHARPNESS
    total = torch.logsumexp(similar.masked_fill(~comparable, -1e4), dim=1, keepdim=True)
    counts = same.sum(1)
    known = counts > 0
    found: Tensor = -((similar - total) * same).sum(1)[known] / counts[known]
    return found.mean()


def _loss(encoder: nn.Module, drawn: Sequence[Drawn], draw: random.Random) -> Tensor:
    vectors = nn.functional.normalize(encoder([_changed(one.text, draw) for one in drawn]), dim=1)
    same = torch.tensor([[one.same(other) for other in drawn] for one in drawn])
    comparable = torch.tensor([[one.comparable(other) for other in drawn] for one in drawn])
    return contrast(vectors, same, comparable)


def _drawn(known: Sequence[Shelf], draw: random.Random) -> list[Drawn]:
    needs, acts = [one for one in known if one.needs], [one for one in known if not one.needs]
    found = list(_from(draw.choice(needs), NEEDS, draw))
    if draw.random() < 0.5:
        found += _from(draw.choice(needs), MORE_NEEDS, draw)
    if acts:
        found += _from(draw.choice(acts), TURNS, draw)
    return found


def _from(shelf: Shelf, count: int, draw: random.Random) -> list[Drawn]:
    topics = sorted(shelf.topics)
    draw.shuffle(topics)
    found: list[Drawn] = []
    for topic in topics:
        texts = shelf.topics[topic]
        some = draw.sample(texts, min(len(texts), draw.choice(FROM_A_TOPIC)))
        found += [Drawn(shelf, topic, text) for text in some]
        if len(found) >= count:
            break
    return found[:count]


def _changed(text: str, draw: random.Random) -> str:
    """The text itself, a part of it, or with words around it that are about nothing."""
    chance = draw.random()
    if chance < WRAPPED_SHARE:
        return draw.choice(("", *BEFORE)) + text + draw.choice(("", *AFTER))
    if len(text) < SHORTEST_CUT or chance >= WRAPPED_SHARE + CUT_SHARE:
        return text
    return text[draw.randrange(len(text) // 3) : len(text) - draw.randrange(len(text) // 4 + 1)]


def _rate(progress: float) -> float:
    return min(1.0, (progress + 1e-3) / WARM_UP) * max(LAST_RATE, 1 - progress)


def _topics(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    texts: dict[str, set[str]] = defaultdict(set)
    for topic, text in pairs:
        # `other` is whatever is left: its statements have nothing in common.
        if topic and topic != "other" and plain(text):
            texts[topic].add(plain(text))
    return {topic: sorted(found) for topic, found in sorted(texts.items())}


def _conversation_needs(path: Path) -> Iterator[tuple[str, str]]:
    for body in read_lines(path):
        for need in body["gold"].get("needs", []):
            yield need.get("topic") or "", need["text"]


def _turn_needs(path: Path) -> Iterator[tuple[str, str]]:
    for body in read_lines(path):
        for need in body["labels"].get("needs") or []:
            yield need.get("topic") or "", need["quote"]


def _acts(path: Path, speaker: str) -> Iterator[tuple[str, str]]:
    for body in read_lines(path):
        if body["speaker"] == speaker and len(body["acts"]) == 1:
            yield body["acts"][0], body["text"]


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.jsonl"))


def main() -> None:
    """Teach, and write what `models.topics` loads."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=TOPICS)
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--encoder", default=OURS)
    parser.add_argument("--datasets", type=Path, default=ROOT / "datasets")
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    texts = load_pretrained(given.encoder)
    teach(texts, shelves(given.datasets), steps=given.steps, seed=SEED)
    given.out.mkdir(parents=True, exist_ok=True)
    export_onnx(texts.encoder, texts.tokenizer, given.out)
    shutil.copyfile(NGRAMS, given.out / "ngrams.npz")
    manifest = {"format": FORMAT, "name": "topics", "steps": given.steps}
    (given.out / "manifest.json").write_text(json.dumps(manifest) + "\n", "utf-8")


if __name__ == "__main__":
    main()
