import pytest

from qa_service.domain.metrics import rate


def test_the_interval_is_wilsons() -> None:
    found = rate(81, 263)
    assert (found.low, found.high) == pytest.approx((0.2553, 0.3662), abs=5e-4)


def test_of_nothing_nothing_is_known() -> None:
    found = rate(0, 0)
    assert (found.value, found.low, found.high) == (None, 0.0, 1.0)


@pytest.mark.parametrize(("k", "n"), [(0, 5), (5, 5), (1, 1000)])
def test_the_interval_holds_the_share_and_stays_within_bounds(k: int, n: int) -> None:
    found = rate(k, n)
    assert found.value is not None
    assert 0.0 <= found.low <= found.value <= found.high <= 1.0
