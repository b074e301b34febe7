"""Teach an encoder which turns perform which acts: once on all SOPs, and once without each third of them.

python -m training.encoder.tune --out DIR [--encoder PATH-OR-NAME] [--passes N] [--datasets DIR...]

The three without a third give the act matcher features for SOPs that its encoder has never seen. A run cut off goes on
with the first one missing. Ours (`models/pretrained`) is tuned unless `--encoder` or `QA_ENCODER` names
another one: any of Hugging Face's will do.
"""

import argparse
import json
import logging
import math
import os
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from transformers import AutoModel, AutoTokenizer

from training.data import Data, load
from training.encoder.lessons import Lesson, batches, lessons, plan
from training.encoder.matching import Batch, Matching
from training.encoder.task_batches import FOLDS, TaskBatch, TaskRow, rows_of, task_batches
from training.encoder.text_modules import EncoderTexts
from training.encoder.texts import Spoil
from training.homophones import homophones_of
from training.noise import Noise, noisy_text

log = logging.getLogger("training.encoder.tune")

RATE, HEAD_RATE, WEIGHT_DECAY, WARM_UP = 4e-4, 2e-3, 0.01, 0.1
TURNS, SOPS = 120, 3
# The part that sees everything, and the file that tells what each part was taught.
ALL, TAUGHT = "all", "taught.json"
OURS = str(Path(__file__).parents[2] / "models" / "pretrained")
# A row's loss is a sum over labels and ten times that of a pair.
TASK_WEIGHT = 0.1
SPOILT_TEXTS, SPOILT_CHARACTERS = 0.2, 0.1


@dataclass(frozen=True)
class Taught:
    """What is taught: the acts of SOPs, and rows of the tasks; `spoil` makes texts such as a recogniser writes."""

    lessons: Mapping[str, Lesson]
    rows: Sequence[TaskRow]
    spoil: Spoil


def teach(texts: nn.Module, taught: Taught, *, passes: int, seed: int) -> Matching:
    """A matching learnt on top of what makes vectors of texts, in so many passes over all there is to teach."""
    torch.manual_seed(seed)
    model = Matching(texts)
    optimizer = torch.optim.AdamW(_groups(model), weight_decay=WEIGHT_DECAY, fused=True)
    count = sum(1 for _ in plan(taught.lessons, random.Random(seed), turns=TURNS, sops=SOPS))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _rate(step / (passes * count)))
    for number in range(passes):
        acts = batches(taught.lessons, taught.spoil, turns=TURNS, sops=SOPS, seed=seed + number)
        tasks = task_batches(taught.rows, taught.spoil, count=count, seed=seed + number)
        losses = []
        for batch, rows in zip(acts, tasks, strict=False):
            act_loss, task_loss = _losses(model, batch, rows)
            (act_loss + TASK_WEIGHT * task_loss).backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            schedule.step()
            losses.append((act_loss.item(), task_loss.item()))
        act_mean, task_mean = (sum(part) / len(losses) for part in zip(*losses, strict=True))
        log.info("pass %d: acts %.4f, tasks %.4f", number, act_mean, task_mean)
    model.eval()
    return model


def _losses(model: Matching, batch: Batch, rows: TaskBatch) -> tuple[Tensor, Tensor]:
    """Cross-entropy of a pair, and of all labels of a row together."""
    cross_entropy = nn.functional.binary_cross_entropy_with_logits
    wrong = cross_entropy(model.label(rows), rows.holds, reduction="none") * rows.known
    return cross_entropy(model(batch), batch.holds), wrong.sum() / len(rows.known)


def thirds(data: Data) -> list[set[str]]:
    """The SOPs that have labelled conversations, in `FOLDS` parts."""
    names = sorted({conversation.sop for conversation in data.conversations})
    return [set(names[fold::FOLDS]) for fold in range(FOLDS)]


def keep(model: Matching, folder: Path) -> None:
    """Write encoder, tokenizer and, last, the layers on top: where they stand the rest is whole."""
    model.texts.encoder.save_pretrained(folder)
    model.texts.tokenizer.save_pretrained(folder)
    heads = {name: value for name, value in model.state_dict().items() if not name.startswith("texts.")}
    torch.save(heads, folder / "heads.pt.new")
    (folder / "heads.pt.new").replace(folder / "heads.pt")


def read(folder: Path) -> Matching:
    """What `keep` wrote."""
    model = Matching(load_pretrained(str(folder)))
    model.load_state_dict(torch.load(folder / "heads.pt"), strict=False)
    model.eval()
    return model


def load_pretrained(name: str) -> EncoderTexts:
    """An encoder by path or by its name on the hub."""
    encoder = AutoModel.from_pretrained(name, attn_implementation="sdpa", dtype=torch.float32)
    return EncoderTexts(encoder, AutoTokenizer.from_pretrained(name))


def spoiler(data: Data) -> Spoil:
    """Spoils a share of the texts with the homophones of these data."""
    turns = (turn.text for conversation in data.conversations for turn in conversation.turns)
    noise = Noise(SPOILT_CHARACTERS, homophones_of(turns))

    def spoil(text: str, draw: random.Random) -> str:
        return noisy_text(text, noise, draw).text if draw.random() < SPOILT_TEXTS else text

    return spoil


def _groups(model: Matching) -> Sequence[Mapping[str, object]]:
    """What was pre-trained learns slowly, what begins at random fast."""
    slow = [value for name, value in model.named_parameters() if ".encoder." in name]
    fast = [value for name, value in model.named_parameters() if ".encoder." not in name]
    return [{"params": slow, "lr": RATE}, {"params": fast, "lr": HEAD_RATE}][not slow :]


def _rate(done: float) -> float:
    return done / WARM_UP if done < WARM_UP else 0.5 * (1 + math.cos(math.pi * (done - WARM_UP) / (1 - WARM_UP)))


def main(arguments: Sequence[str] | None = None) -> None:
    """Tune on every part that is not there yet."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    parser = argparse.ArgumentParser(description=__doc__)
    default = os.environ.get("QA_ENCODER", OURS)
    parser.add_argument("--encoder", default=default, help="path or hub name of an encoder")
    parser.add_argument("--datasets", type=Path, nargs="+", default=[Path("datasets")])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--passes", type=int, default=3)
    parser.add_argument("--only", nargs="*", help="parts to tune in this run: without-0, without-1, without-2, all")
    options = parser.parse_args(arguments)
    data = load(*options.datasets)
    spoil = spoiler(data)
    parts = {f"without-{fold}": names for fold, names in enumerate(thirds(data))} | {ALL: set[str]()}
    options.out.mkdir(parents=True, exist_ok=True)
    taught_sops = {part: sorted(set(data.sops) - without) for part, without in parts.items()}
    (options.out / TAUGHT).write_text(json.dumps(taught_sops, indent=1), "utf-8")
    for third, (part, without) in enumerate(parts.items()):
        folder = options.out / part
        if (folder / "heads.pt").exists() or (options.only and part not in options.only):
            continue
        log.info("%s: %d SOPs held out", part, len(without))
        rows = rows_of(data, without, third=third if without else None)
        taught = Taught(lessons(data, sorted(set(data.sops) - without)), rows, spoil)
        keep(teach(load_pretrained(options.encoder), taught, passes=options.passes, seed=0), folder)


if __name__ == "__main__":
    main()
