import pytest

from tests.bench.effects import main


def test_effects_are_measured_beside_a_plain_subtraction(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--sizes", "300"])
    printed = capsys.readouterr().out
    assert "| effects of 30 targets, from files | 300 |" in printed
    assert "| · JSON parse, rates subtracted | 300 |" in printed
