"""Which SOP judges a conversation when its stage decides and is not given."""

import pytest

from qa_service.domain.conversation import Conversation
from qa_service.domain.doubt import NamedSop
from qa_service.domain.sop import Route, Sop, route
from qa_service.errors import AmbiguousSop
from qa_service.rulebook import parse_sop
from tests.written import written


def sop(name: str, applies_to: str = "{}") -> Sop:
    return parse_sop(f"sop: {name}\napplies_to: {applies_to}\nsteps: [{{id: hello}}]", f"{name}.yaml")


SELL, CARE = sop("sell", "{stage: [presale], product: [阅读]}"), sop("care", "{stage: [aftersale], product: [阅读]}")
ANY = sop("any", "{product: [阅读]}")


def unasked(conversation: Conversation) -> str | None:
    raise AssertionError("nobody should have to guess")


def routed(sops: list[Sop], guess: str | None, **fields: object) -> tuple[str | None, tuple[str, ...]]:
    found = route(written("A 您好", **{"product": "阅读"} | fields), sops, lambda _: guess)
    return found.sop.id if found.sop else None, found.doubts


def test_a_stage_that_is_guessed_chooses_the_sop_and_is_a_doubt() -> None:
    assert routed([SELL, CARE], "aftersale") == ("care", ("stage_guessed",))
    assert routed([SELL, CARE, ANY], "presale") == ("sell", ("stage_guessed",))


def test_without_a_clear_guess_no_sop_of_a_stage_is_taken() -> None:
    assert routed([SELL, CARE], None) == (None, ("stage_unknown",))
    assert routed([SELL, CARE, ANY], None) == ("any", ("stage_unknown",))


def test_an_sop_for_any_stage_chosen_beside_others_is_no_doubt() -> None:
    assert routed([CARE, ANY], "presale") == ("any", ())


def test_nothing_is_guessed_where_the_stage_decides_nothing() -> None:
    conversation = written("A 您好", product="阅读")
    for given, sops in (
        (written("A 您好", product="阅读", stage="presale"), [SELL, CARE]),
        (written("A 您好", product="阅读", sop="care"), [SELL, CARE]),
        (written("A 您好", product="英语"), [SELL, CARE]),
        (conversation, [ANY]),
    ):
        route(given, sops, unasked)
    assert route(written("A 您好", product="阅读", sop="care"), [SELL, CARE], unasked) == Route(CARE)


def test_an_sop_named_that_is_not_there_is_told_with_those_that_are_nearest() -> None:
    found = route(written("A 您好", product="阅读", sop="slel"), [ANY, CARE, SELL], lambda _: "presale")
    assert found.sop == SELL and found.doubts == ("sop_unknown", "stage_guessed")
    assert found.named == NamedSop("slel", ("sell", "care", "any"))
    none = route(written("A 您好", product="英语", sop="slel"), [SELL], lambda _: None)
    assert none == Route(None, ("sop_unknown",), NamedSop("slel", ("sell",)))


def test_where_there_is_no_sop_at_all_a_name_is_no_mistake() -> None:
    assert route(written("A 您好", sop="sell"), [], unasked) == Route(None)


def test_two_that_fit_equally_well_are_still_an_error() -> None:
    with pytest.raises(AmbiguousSop):
        routed([CARE, sop("care-2", "{stage: [aftersale], product: [阅读]}")], "aftersale")
    with pytest.raises(AmbiguousSop, match="`sop`, any-3, is none of these: any-2, any"):
        routed([ANY, sop("any-2", "{product: [阅读]}")], None, sop="any-3")
