from datetime import UTC, datetime, timedelta

import pytest

from qa_service.web.cookies import LIFE, Signer

NOW = datetime(2026, 10, 8, 9, tzinfo=UTC)
SIGNER = Signer(b"s" * 32)


def test_a_cookie_names_its_key_until_it_is_too_old() -> None:
    cookie = SIGNER.cookie("key-1", now=NOW)
    assert SIGNER.key_id(cookie, now=NOW + LIFE - timedelta(seconds=1)) == "key-1"
    assert SIGNER.key_id(cookie, now=NOW + LIFE) is None


@pytest.mark.parametrize(
    "forged", ["", ".", "x.y", "{payload}.", "{payload}.{signature}0", "a{payload}.{signature}", "\udcff.\udcff"]
)
def test_a_forged_cookie_names_nobody(forged: str) -> None:
    payload, _, signature = SIGNER.cookie("key-1", now=NOW).partition(".")
    cookie = forged.replace("{payload}", payload).replace("{signature}", signature)
    assert SIGNER.key_id(cookie, now=NOW) is None


def test_another_secret_and_another_use_sign_differently() -> None:
    cookie = SIGNER.cookie("key-1", now=NOW)
    assert Signer(b"t" * 32).key_id(cookie, now=NOW) is None
    payload = cookie.partition(".")[0]
    assert SIGNER.key_id(f"{payload}.{SIGNER.token(payload)}", now=NOW) is None


def test_a_form_token_fits_its_cookie_alone() -> None:
    one, two = SIGNER.cookie("key-1", now=NOW), SIGNER.cookie("key-2", now=NOW)
    assert SIGNER.token_fits(SIGNER.token(one), one)
    assert not SIGNER.token_fits(SIGNER.token(one), two)
    assert not SIGNER.token_fits("", one)
