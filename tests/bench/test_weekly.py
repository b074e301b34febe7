import pytest

from tests.bench.weekly import main


def test_the_weekly_report_is_measured_beside_reading_everything(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--sizes", "400"])
    printed = capsys.readouterr().out
    assert "| voc, from counts of the store | 400 |" in printed
    assert "| · SELECT, JSON parse | 400 |" in printed
