"""Delete a customer: key, text and names go everywhere, counts and scores stay.

Exports go first, while the store still knows which words to look for; then the key, the texts in batches, the
mentions, and at last the free space of the database. Cut short at any point, it is taken up by `resume_deletions`
or by running it again.
"""

from pathlib import Path

from qa_service.domain.analysis import Analysis
from qa_service.domain.conversation import Conversation, Speaker
from qa_service.domain.finding import CompetitorFinding, PromiseFinding, RedLineFinding
from qa_service.errors import Conflict, NotFound
from qa_service.store import Deletion, Store
from qa_service.workflows.scrub_exports import Needles, scrub_exports

DELETE_CUSTOMER = "delete_customer"
# Shorter sentences ("好的谢谢") stand in every export; what an agent says is shared by many conversations.
SHORTEST_CUSTOMER_WORDS = 6
SHORTEST_AGENT_WORDS = 20


def delete_customer(store: Store, customer_id: str, *, by: str, out_dir: Path | None = None) -> Deletion:
    """Destroy everything that is known of a customer and return the counts; raises NotFound for an unknown one."""
    deletion = begin_deletion(store, customer_id, by=by)
    try:
        return finish_deletion(store, deletion, out_dir=out_dir)
    except Conflict:
        # Somebody reads the database for long, so its free space waits for the worker; `ended_at` stays None.
        with store.unit_of_work() as work:
            work.jobs.enqueue(DELETE_CUSTOMER, {"deletion": deletion.id})
            return work.deletions.get(deletion.id)


def begin_deletion(store: Store, customer_id: str, *, by: str, queued: bool = False) -> Deletion:
    """Note that a customer is to be deleted; `queued` lets a worker do it. Raises NotFound for an unknown one."""
    with store.unit_of_work() as work:
        if not work.deletions.known(customer_id):
            raise NotFound("nothing is stored about that customer; check the id")
        deletion = work.deletions.begin(customer_id, by=by)
        if queued:
            # The number of the deletion, never the customer's id: jobs are kept.
            work.jobs.enqueue(DELETE_CUSTOMER, {"deletion": deletion.id})
        return deletion


def finish_deletion(store: Store, deletion: Deletion, *, out_dir: Path | None = None) -> Deletion:
    """Do what is left of a deletion."""
    if deletion.customer_id is not None:
        _destroy(store, deletion, deletion.customer_id, out_dir)
    store.wipe_free_space()
    with store.unit_of_work() as work:
        return work.deletions.end(deletion.id)


def resume_deletions(store: Store, *, out_dir: Path | None = None) -> int:
    """Finish deletions that were cut short, and say how many; for the start of a service."""
    with store.reading() as work:
        running = work.deletions.running()
    for deletion in running:
        finish_deletion(store, deletion, out_dir=out_dir)
    return len(running)


def _destroy(store: Store, deletion: Deletion, customer_id: str, out_dir: Path | None) -> None:
    if out_dir is not None:
        with store.reading() as work:
            texts = work.deletions.texts(customer_id)
        scrub_exports(out_dir, needles(customer_id, texts), spared=store.files())
    with store.unit_of_work() as work:
        work.deletions.destroy_key(customer_id)
    while _empty_some(store, deletion):
        pass
    with store.unit_of_work() as work:
        work.deletions.empty_outcomes(deletion)
        work.deletions.forget(deletion)


def _empty_some(store: Store, deletion: Deletion) -> int:
    with store.unit_of_work() as work:
        return work.deletions.empty_conversations(deletion)


def needles(customer_id: str, texts: list[tuple[Conversation, list[Analysis]]]) -> Needles:
    """What to look for in exports: ids as whole words, and everything that was said or quoted."""
    words: set[str] = set()
    for conversation, analyses in texts:
        for turn in conversation.turns:
            shortest = SHORTEST_AGENT_WORDS if turn.speaker is Speaker.AGENT else SHORTEST_CUSTOMER_WORDS
            words |= {turn.text} if len(turn.text) >= shortest else set()
        for analysis in analyses:
            words |= {quote for quote in _quotes(analysis) if len(quote) >= SHORTEST_CUSTOMER_WORDS}
    return Needles(ids=frozenset({customer_id, *(one.id for one, _ in texts)}), words=frozenset(words))


def _quotes(analysis: Analysis) -> list[str]:
    quoted: tuple[RedLineFinding | PromiseFinding | CompetitorFinding, ...] = (
        *analysis.red_lines,
        *analysis.promises,
        *analysis.competitors,
    )
    shown = [place.quote for check in analysis.checks for place in check.places]
    return [one.quote for one in quoted] + [need.text for need in analysis.needs] + shown
