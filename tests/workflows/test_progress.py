"""What the bars on the screen are fed with: items, counted once each."""

from qa_service.cli.shared import steps
from qa_service.domain.conversation import Conversation, Speaker, Turn
from qa_service.store import Store
from qa_service.workflows.import_conversations import Intake, add_conversations
from qa_service.workflows.open_service import drain
from tests.keyword_analyzer import KeywordAnalyzer


def test_working_through_the_queue_counts_conversations_not_jobs(store: Store) -> None:
    intake = Intake(lambda conversation: conversation)
    turns = (Turn(Speaker.AGENT, "您好"), Turn(Speaker.CUSTOMER, "你好"))
    add_conversations(store, [Conversation(f"c-{number}", turns) for number in range(70)], intake=intake)
    done: list[int] = []
    drain(store, KeywordAnalyzer(), intake, advance=done.append)
    assert (sum(done), len(done)) == (70, 3)


def test_totals_so_far_become_steps() -> None:
    added: list[int] = []
    told = steps(added.append)
    for so_far in (200, 400, 450):
        told(so_far)
    assert added == [200, 200, 50]
