"""`python -m tests.bench.topics`: the topics of many statements, beside the plainest way to group them.

The plain way reduces n-grams of all statements by SVD and puts them into as many groups by mini-batch k-means: no
labels, no identity, no statement that fits nowhere.
"""

from collections.abc import Callable
from datetime import date
from pathlib import Path

from tests.bench.beside import Beside
from tests.bench.folder import Folder

GROUPS = 120


def topics(folder: Folder) -> Callable[[], None]:
    """The command, from files to a file."""
    from qa_service.workflows.group_needs import without_conversations
    from qa_service.workflows.read_judged import read_analyses
    from qa_service.workflows.write_topics import write_topics_of

    def work() -> None:
        judged = without_conversations(read_analyses([folder.results]))
        write_topics_of(judged, folder.scratch("topics"), as_of=date(2026, 9, 7))

    return work


def topics_plainly(folder: Folder) -> Callable[[], None]:
    """One pass of the libraries alone."""
    import json

    from sklearn.cluster import MiniBatchKMeans
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    def work() -> None:
        with folder.results.open("rb") as lines:
            texts = [need["text"] for line in lines for need in json.loads(line)["needs"]]
        rows = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), max_features=50_000).fit_transform(texts)
        points = TruncatedSVD(128, random_state=1).fit_transform(rows)
        MiniBatchKMeans(GROUPS, random_state=1, n_init=1).fit_predict(points)

    return work


def write_statements(path: Path, count: int, *, seed: int) -> None:
    """So many analyses with one need each."""
    import json

    from tests.validate.topic_weeks import Weeks

    with path.open("w", encoding="utf-8") as lines:
        for statement, _ in Weeks(seed, count).week(0):
            need = {"turn": 1, "start": 0, "end": len(statement.text), "kind": "question", "text": statement.text}
            body = {"conversation_id": statement.conversation_id, "sop": None, "sop_version": None, "score": None}
            needs = [need | {"confidence": 0.9, "handled": "answered", "response_turn": 2}]
            lines.write(json.dumps(body | {"versions": {"models": "m", "code": "c"}, "needs": needs}) + "\n")


def fill(folder: Folder, count: int, seed: int) -> tuple[int, int]:
    """So many statements; each is a conversation of one turn."""
    write_statements(folder.results, count, seed=seed)
    return count, count


BESIDE = Beside(
    name="topics",
    title="topics of statements, from files",
    plain="JSON parse, TF-IDF, SVD, k-means",
    step="topics",
    plain_step="topics-plainly",
    sizes="20000,200000",
    fill=fill,
)
main = BESIDE.main


if __name__ == "__main__":
    main()
