import pytest

from qa_service.normalize.checksums import is_bank_card, is_identity_number, is_landline, is_mobile


@pytest.mark.parametrize("digits", ["110105198803121279", "44190020100917027X", "370102680915143"])
def test_identity_numbers_with_date_and_checksum_are_believed(digits: str) -> None:
    assert is_identity_number(digits)


@pytest.mark.parametrize(
    "digits", ["110105198803121278", "110105198813121279", "990105198803121279", "370102681315143", "1101051988031212"]
)
def test_a_wrong_checksum_date_province_or_length_is_not_believed(digits: str) -> None:
    assert not is_identity_number(digits)


def test_bank_cards_pass_luhn_and_begin_like_cards() -> None:
    assert is_bank_card("6217003810002451873")
    assert not is_bank_card("6217003810002451874")
    assert not is_bank_card("9217003810002451870")


def test_mobiles_and_landlines_have_their_prefixes_and_lengths() -> None:
    assert is_mobile("8613866421703")
    assert not is_mobile("12866421703")
    assert is_landline("01068452277")
    assert not is_landline("0101234567")
