import pytest

from tests.bench.topics import main


def test_topics_are_measured_beside_plain_clusters(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--sizes", "500"])
    printed = capsys.readouterr().out
    assert "| topics of statements, from files | 500 |" in printed
    assert "| · JSON parse, TF-IDF, SVD, k-means | 500 |" in printed
