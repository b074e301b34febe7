"""Pre-train the encoder: guess masked words. One command, resumable, on a GPU or on processor cores.

python -m training.encoder.pretrain --corpus DIR --out DIR --minutes 100
"""

import argparse
import json
import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from training.encoder.corpus import WORD_START, Packed, pack
from training.encoder.network import LONGEST, SIZES, MaskedCharacters, new_encoder
from training.encoder.tokens import END, MASK, SPECIAL, make_tokenizer

log = logging.getLogger("training.encoder.pretrain")

MASKED_SHARE = 0.2
RATE, WARM_UP, WEIGHT_DECAY = 1.5e-3, 0.03, 0.01
KEEP_EVERY_S, LOG_EVERY = 300, 200
HELD_OUT_BLOCKS = 256


@dataclass(frozen=True)
class Run:
    """How long, how large, where."""

    directory: Path
    minutes: float
    batch: int
    device: torch.device
    seed: int


def mask_words(blocks: NDArray[np.uint16], draw: np.random.Generator, characters: int) -> tuple[Tensor, Tensor, Tensor]:
    """Tokens with masked words, where they are, and what stood there.

    Whole words are masked, since a character is easily guessed from the rest of its word; of the masked characters
    one in ten is left as it is and one in ten replaced by a random one (BERT's recipe).
    """
    starts, tokens = blocks >= WORD_START, (blocks & (WORD_START - 1)).astype(np.int64)
    word = np.cumsum(starts, axis=1)
    chosen = draw.random((len(blocks), blocks.shape[1] + 1)) < MASKED_SHARE
    masked = np.take_along_axis(chosen, word.astype(np.int64), axis=1) & (tokens != END)
    kind = draw.random(tokens.shape)
    shown = np.where(masked & (kind < 0.8), MASK, tokens)
    random_tokens = draw.integers(len(SPECIAL), characters, tokens.shape)
    shown = np.where(masked & (kind >= 0.9), random_tokens, shown)
    return torch.from_numpy(shown), torch.from_numpy(masked), torch.from_numpy(tokens[masked])


class Pretraining:
    """Model, optimiser and progress; everything needed to go on is in one checkpoint."""

    def __init__(self, packed: Packed, run: Run, size: str) -> None:
        torch.manual_seed(run.seed)
        self.run, self.size = run, size
        self.characters = len(packed.vocabulary)
        self.held_out, self.blocks = packed.blocks[:HELD_OUT_BLOCKS], packed.blocks[HELD_OUT_BLOCKS:]
        self.model = MaskedCharacters(new_encoder(SIZES[size], self.characters)).to(run.device)
        self.optimizer = torch.optim.AdamW(
            self.model.parameters(), lr=RATE, weight_decay=WEIGHT_DECAY, betas=(0.9, 0.98), fused=True
        )
        self.step, self.spent_s = 0, 0.0
        self._resume()

    def _resume(self) -> None:
        path = self.run.directory / "checkpoint.pt"
        if path.exists():
            kept = torch.load(path, map_location=self.run.device)
            self.model.load_state_dict(kept["model"])
            self.optimizer.load_state_dict(kept["optimizer"])
            self.step, self.spent_s = kept["step"], kept["spent_s"]
            log.info("resumed at step %d, %.0f min", self.step, self.spent_s / 60)

    def keep(self) -> None:
        """Write the checkpoint beside the old one, then change places: a machine dying here loses nothing."""
        state = {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "spent_s": self.spent_s,
        }
        fresh = self.run.directory / "checkpoint.pt.new"
        torch.save(state, fresh)
        fresh.replace(self.run.directory / "checkpoint.pt")

    def train(self) -> None:
        """Go on until the minutes are spent."""
        guess = torch.compile(self.model) if self.run.device.type == "cuda" else self.model
        kept_at, began = time.monotonic(), time.monotonic() - self.spent_s
        losses: list[float] = []
        for batch in self._batches():
            losses.append(self._learn(guess, batch))
            self.spent_s = time.monotonic() - began
            if self.step % LOG_EVERY == 0:
                self._report(float(np.mean(losses)))
                losses.clear()
            if time.monotonic() - kept_at > KEEP_EVERY_S:
                self.keep()
                kept_at = time.monotonic()
            if self.spent_s >= self.run.minutes * 60:
                return

    def _batches(self) -> Iterator[NDArray[np.uint16]]:
        per_epoch = len(self.blocks) // self.run.batch
        while True:
            epoch, place = divmod(self.step, per_epoch)
            order = np.random.default_rng([self.run.seed, epoch]).permutation(len(self.blocks))
            for start in range(place, per_epoch):
                yield self.blocks[np.sort(order[start * self.run.batch : (start + 1) * self.run.batch])]

    def _learn(self, guess: nn.Module, batch: NDArray[np.uint16]) -> float:
        for group in self.optimizer.param_groups:
            group["lr"] = RATE * self._rate()
        loss = self._loss(guess, batch, seed=self.step)
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.step += 1
        return float(loss.item())

    def _rate(self) -> float:
        """Warm up, then fall in a line to nothing at the end of the time given."""
        done = min(1.0, self.spent_s / (self.run.minutes * 60))
        return min(done / WARM_UP + 0.01, (1 - done) / (1 - WARM_UP))

    def _loss(self, guess: nn.Module, batch: NDArray[np.uint16], *, seed: int) -> Tensor:
        masked = mask_words(batch, np.random.default_rng([self.run.seed, seed]), self.characters)
        shown, places, truth = (part.to(self.run.device) for part in masked)
        with torch.autocast(self.run.device.type, torch.bfloat16):
            logits = guess(shown, places)
        return nn.functional.cross_entropy(logits.float(), truth)

    def _report(self, loss: float) -> None:
        with torch.no_grad():
            held_out = self._loss(self.model, self.held_out, seed=1 << 40).item()
        line = {
            "step": self.step,
            "minutes": round(self.spent_s / 60, 2),
            "characters": self.step * self.run.batch * self.blocks.shape[1],
            "loss": round(loss, 4),
            "held_out_loss": round(held_out, 4),
        }
        log.info("%s", line)
        with (self.run.directory / "log.jsonl").open("a") as file:
            file.write(json.dumps(line) + "\n")

    def save(self, vocabulary: dict[str, int]) -> None:
        """Write the encoder as any Hugging Face encoder is kept."""
        target = self.run.directory / "encoder"
        self.model.encoder.save_pretrained(target)
        make_tokenizer(vocabulary, longest=LONGEST).save_pretrained(target)


def main() -> None:
    """Pack, pre-train, save."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    options = _options()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    packed = pack(options.corpus, options.datasets, options.out / "packed", seed=options.seed)
    log.info("%d blocks, %d characters known", len(packed.blocks), len(packed.vocabulary))
    run = Run(options.out, options.minutes, options.batch, device, options.seed)
    training = Pretraining(packed, run, options.size)
    training.train()
    training.keep()
    training.save(packed.vocabulary)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True, help="folder of *.txt.xz")
    parser.add_argument("--datasets", type=Path, default=Path("datasets"))
    parser.add_argument("--out", type=Path, required=True, help="checkpoints, log and the encoder")
    parser.add_argument("--minutes", type=float, default=100.0, help="time to train, over all runs together")
    parser.add_argument("--size", choices=sorted(SIZES), default="small")
    parser.add_argument("--batch", type=int, default=32, help="blocks of 128 characters a step")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


if __name__ == "__main__":
    main()
