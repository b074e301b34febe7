"""What a card says beside its verdict."""

from qa_service.domain.finding import LANGUAGE_MODEL, StepFinding, StepStatus
from qa_service.review.sheet import SheetRow
from qa_service.web.finding_cards import CardMaker
from qa_service.web.texts import translator


def test_a_finding_that_the_language_model_decided_says_so() -> None:
    cards = CardMaker(None, translator("zh"))
    for by, notes in ((None, ()), (LANGUAGE_MODEL, ("由语言模型判定",))):
        step = StepFinding("greeting", StepStatus.DONE, (0,), 0.6, 0.6, decided_by=by)
        row = SheetRow(step.key, "step", step, step, step, ())
        assert cards.card(row, [], contestable=False).notes == notes
