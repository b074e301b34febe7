"""One stage in a process of its own: `python -m tests.bench.stages NAME FOLDER` does it and tells seconds and memory.

A stage first prepares (modules, models, an open database, one conversation to warm up), then works; only the work is
timed, while the peak memory is that of the whole process.
"""

import json
import resource
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import islice
from pathlib import Path
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Any

import numpy as np

from tests.bench.baselines import insert_plainly, one_turn_at_a_time, parse_files, parse_stored
from tests.bench.effects import effects, effects_plainly
from tests.bench.folder import Folder
from tests.bench.many_checks import with_checks
from tests.bench.topics import topics, topics_plainly
from tests.bench.weekly import report

if TYPE_CHECKING:
    from qa_service.domain.analysis import Analysis
    from qa_service.domain.conversation import Conversation
    from qa_service.domain.judged import JudgedConversation
    from qa_service.domain.sop import Sop
    from qa_service.store import Store

# What a stage does; what it returns is told beside seconds and memory.
Work = Callable[[], Mapping[str, Any] | None]
WEEK, AGENT = "2026-W39", "A01"
KEPT_AT_ONCE = 200


def import_conversations(folder: Folder) -> Work:
    """The file into the store, masked; analyses are queued, not made."""
    from qa_service.normalize.masking import mask
    from qa_service.workflows.import_conversations import Intake, import_file
    from qa_service.workflows.open_service import publish_default_sops

    store = _store(folder)
    publish_default_sops(store)
    mask(_first(folder.conversations))

    def work() -> None:
        import_file(store, folder.conversations, by="bench", intake=Intake(mask))

    return work


def analyze(folder: Folder, *, threads: int = 1, out: str | None = None, plainly: bool = False) -> Work:
    """The file into a file of analyses, under the SOPs that ship and their models without the encoder."""
    given = folder.first_conversations if plainly else folder.conversations
    written = folder.scratch(out) if out else folder.results
    return _analyze(given, written, threads=threads, fast=True, plainly=plainly)


def judge(
    folder: Folder, *, half: int | None = None, threads: int = 1, fast: bool = False, plainly: bool = False
) -> Work:
    """Conversations of equal length, or one half of them, into a file that nobody reads."""
    given = folder.first_judged if plainly else folder.judged if half is None else folder.half_judged(half)
    written = folder.scratch(f"judged-{half}.jsonl")
    return _analyze(given, written, threads=threads, fast=fast, plainly=plainly)


def _analyze(given: Path, written: Path, *, threads: int, fast: bool, plainly: bool) -> Work:
    from models.artifacts import load
    from qa_service.rulebook import default_sops
    from qa_service.workflows.analyze_conversations import Analyzer
    from qa_service.workflows.analyze_files import FileOptions, analyze_file

    taken: list[float] = []

    class Clocked(Analyzer):
        """Notes how long each conversation takes."""

        def analyze_under(self, conversation: "Conversation", sop: "Sop | None") -> "Analysis":
            started = perf_counter()
            analysis = super().analyze_under(conversation, sop)
            taken.append(1000 * (perf_counter() - started))
            return analysis

    models = load(fast=fast)
    analyzer = Clocked(one_turn_at_a_time(models) if plainly else models)
    for sop in default_sops():
        analyzer.analyze_under(_first(given), sop)
    taken.clear()

    def work() -> dict[str, float]:
        analyze_file(analyzer, given, default_sops(), written, FileOptions(threads=threads))
        return {"p95_ms": float(np.quantile(taken, 0.95))}

    return work


def judge_under_checks(folder: Folder, *, fast: bool = False) -> Work:
    """Conversations of equal length under SOPs with few checks and with many, a block of them under each in turn."""
    from models.artifacts import load
    from qa_service.domain.analysis_json import analysis_to_line
    from qa_service.ingest import read_conversations
    from qa_service.rulebook import default_sops
    from qa_service.workflows.analyze_conversations import Analyzer
    from tests.bench.checking import BLOCK, FEW, MANY

    # Models of their own, so that neither finds a text read by the other.
    analyzers = [Analyzer(load(fast=fast)) for _ in range(2)]
    sops = [[with_checks(sop, *size, seed=1) for sop in default_sops()] for size in (FEW, MANY)]
    for analyzer, some in zip(analyzers, sops, strict=True):
        for sop in some:
            analysis_to_line(analyzer.analyze_under(_first(folder.judged), sop))

    def work() -> dict[str, Any]:
        taken: tuple[list[float], list[float]] = [], []
        found = [0, 0]
        conversations = read_conversations(folder.judged)
        number = 0
        while block := list(islice(conversations, BLOCK)):
            for way in (0, 1) if number % 2 else (1, 0):
                used = process_time()
                analyses = [analyzers[way].analyze(one, sops[way]) for one in block]
                for analysis in analyses:
                    analysis_to_line(analysis)
                taken[way].append(1000 * (process_time() - used))
                found[way] += sum(bool(check.places) for analysis in analyses for check in analysis.checks)
            number += 1
        return {"few_ms": taken[0], "many_ms": taken[1], "few_found": found[0], "many_found": found[1]}

    return work


def keep_analyses(folder: Folder) -> Work:
    """The file of analyses into the store that holds their conversations."""
    from qa_service.rulebook import default_sops
    from qa_service.workflows.read_judged import read_analyses

    digests = {(sop.id, sop.version): sop.digest for sop in default_sops()}

    def keep(store: "Store", analyses: "Iterator[Analysis]") -> None:
        while some := list(islice(analyses, KEPT_AT_ONCE)):
            with store.unit_of_work() as work:
                for one in some:
                    kept = work.conversations.numbered(one.conversation_id)
                    sop = digests.get((one.sop or "", one.sop_version or 0))
                    work.analyses.add(one, number=kept.number, turns_digest=kept.digest, sop_digest=sop)

    return partial(keep, _store(folder), read_analyses([folder.results]))


def hear(folder: Folder, *, stored: bool) -> Work:
    """The voice-of-customer report of the last week."""
    from qa_service.rulebook import default_sops
    from qa_service.workflows.write_voice_of_customer import prepare_voice_of_customer, write_voice_of_customer

    def report() -> None:
        judged = _stored(folder) if stored else _in_files(folder)
        document = prepare_voice_of_customer(judged, WEEK, sops=default_sops())
        write_voice_of_customer(document, folder.reports)

    return report


def coach(folder: Folder, *, stored: bool) -> Work:
    """The coaching report of one agent over all weeks."""
    from qa_service.rulebook import default_sops
    from qa_service.workflows.write_coaching import coach_agent, write_coaching

    def report() -> None:
        judged = _stored(folder) if stored else _in_files(folder)
        write_coaching(coach_agent(judged, AGENT, sops=default_sops()), folder.reports)

    return report


def insert_conversations_plainly(folder: Folder) -> Work:
    return partial(insert_plainly, folder.conversations, folder.scratch("conversations.db"), "id")


def insert_analyses_plainly(folder: Folder) -> Work:
    return partial(insert_plainly, folder.results, folder.scratch("analyses.db"), "conversation_id")


def parse_files_plainly(folder: Folder) -> Work:
    return partial(parse_files, [folder.conversations, folder.results])


def parse_stored_plainly(folder: Folder) -> Work:
    return partial(parse_stored, folder.database)


STAGES: Mapping[str, Callable[[Folder], Work]] = {
    "import": import_conversations,
    "import-plainly": insert_conversations_plainly,
    "analyse-1": analyze,
    "analyse-2": partial(analyze, threads=2, out="results-2.jsonl"),
    "analyse-plainly": partial(analyze, out="results-plainly.jsonl", plainly=True),
    "judge-1": judge,
    "judge-2-threads": partial(judge, threads=2),
    "judge-half-0": partial(judge, half=0),
    "judge-half-1": partial(judge, half=1),
    "judge-plainly": partial(judge, plainly=True),
    "fast-1": partial(judge, fast=True),
    "fast-half-0": partial(judge, half=0, fast=True),
    "fast-half-1": partial(judge, half=1, fast=True),
    "fast-plainly": partial(judge, fast=True, plainly=True),
    "checks": judge_under_checks,
    "checks-fast": partial(judge_under_checks, fast=True),
    "keep": keep_analyses,
    "keep-plainly": insert_analyses_plainly,
    "voc-files": partial(hear, stored=False),
    "coach-files": partial(coach, stored=False),
    "files-plainly": parse_files_plainly,
    "voc-store": partial(hear, stored=True),
    "coach-store": partial(coach, stored=True),
    "store-plainly": parse_stored_plainly,
    "voc-counted": report,
    "effects": effects,
    "effects-plainly": effects_plainly,
    "topics": topics,
    "topics-plainly": topics_plainly,
}


def peak_mib() -> float:
    """The most memory that this process ever held."""
    try:
        # Unlike ru_maxrss, this does not begin with what the parent process held when it started this one.
        lines = Path("/proc/self/status").read_text("ascii").splitlines()
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))
    except (OSError, StopIteration):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak / (1 << 20 if sys.platform == "darwin" else 1024)


def main(name: str, folder: str) -> None:
    """Do one stage and tell how it went."""
    work = STAGES[name](Folder(Path(folder)))
    started, used = perf_counter(), process_time()
    found = work()
    told = {"seconds": perf_counter() - started, "cpu_seconds": process_time() - used, "peak_mib": peak_mib()}
    told |= found or {}
    sys.stdout.write(json.dumps(told) + "\n")


def _store(folder: Folder) -> "Store":
    from qa_service.store import Store

    store = Store.open(f"sqlite:///{folder.database}")
    store.migrate()
    return store


def _first(path: Path) -> "Conversation":
    from qa_service.domain.conversation import Conversation
    from qa_service.ingest import read_conversations

    first = next(iter(read_conversations(path)))
    assert isinstance(first, Conversation)
    return first


def _in_files(folder: Folder) -> Iterable["JudgedConversation"]:
    from qa_service.workflows.read_judged import JudgedFiles

    return JudgedFiles([folder.results], [folder.conversations])


def _stored(folder: Folder) -> Iterable["JudgedConversation"]:
    from qa_service.store import ConversationFilter
    from qa_service.workflows.read_stored import StoredVerdicts

    return StoredVerdicts(_store(folder), ConversationFilter())


if __name__ == "__main__":
    main(*sys.argv[1:])
