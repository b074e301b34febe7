from qa_service.rulebook import dump_sop, parse_sop
from qa_service.suggest.patches import with_faq, with_order_reversed, with_red_line, with_step, without_step
from tests.judged_cases import SOP


def reread(document: object) -> object:
    return parse_sop(dump_sop(document), "patch.yaml")  # type: ignore[arg-type]


def test_every_patch_is_a_new_version_and_a_valid_sop() -> None:
    patches = [
        with_step(SOP.document, "needs", weight=45, required=True),
        without_step(SOP.document, "needs"),
        with_order_reversed(SOP.document, "greeting", "needs")[0],
        with_faq(SOP.document, "能开收据吗", "能开"),
        with_red_line(SOP.document, "refund_overpromise"),
        with_red_line(SOP.document, {"id": "promise_gift", "title": "承诺赠送", "examples": ["送您平板"]}),
    ]
    for patch in patches:
        assert reread(patch).version == SOP.version + 1  # type: ignore[attr-defined]


def test_the_old_document_stays_as_it_is() -> None:
    with_step(SOP.document, "needs", weight=45)
    assert SOP.document["steps"][1]["weight"] == 30


def test_dropping_a_step_drops_the_orders_that_name_it() -> None:
    document = without_step(SOP.document, "needs")
    assert document is not None
    assert [step["id"] for step in document["steps"]] == ["greeting", "pitch", "book"]
    assert document["order"] == []


def test_a_step_that_an_obligation_answers_with_is_not_dropped() -> None:
    document = dict(SOP.document) | {"obligations": [{"id": "o", "trigger": {}, "response": {"step": "needs"}}]}
    assert without_step(document, "needs") is None


def test_a_pair_is_turned_round_or_only_removed_where_turning_would_go_in_a_circle() -> None:
    document, turned = with_order_reversed(SOP.document, "greeting", "needs")
    assert turned and document["order"] == [["needs", "pitch"], ["needs", "greeting"]]
    circular = dict(SOP.document) | {"order": [["greeting", "needs"], ["needs", "pitch"], ["greeting", "pitch"]]}
    document, turned = with_order_reversed(circular, "greeting", "pitch")
    assert not turned and document["order"] == [["greeting", "needs"], ["needs", "pitch"]]
