"""A second of the fuzz for each reader; `make validate` gives it a minute."""

import pytest

from qa_service.ingest import READERS
from tests.validate.fuzz_grammars import GRAMMARS
from tests.validate.fuzz_readers import fuzz


@pytest.mark.parametrize("name", [reader.name for reader in READERS])
def test_no_reader_raises_or_loses_a_sound_part(name: str) -> None:
    done = fuzz(name, seconds=1.0, seed=20260301)
    assert done.failures == []
    assert done.files > 10
    assert done.conversations > 0
    assert done.defects > 0


def test_every_reader_has_a_grammar() -> None:
    assert set(GRAMMARS) == {reader.name for reader in READERS}
