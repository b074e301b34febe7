"""What became of the ids of a taxonomy, so that last quarter stays comparable."""

from datetime import date

from qa_service.domain.taxonomy import Fate, Taxonomy, TaxonomyChange, TaxonomyKind

KIND = TaxonomyKind.COMPLAINT


def change(day: str, fate: str, before: str, after: str) -> TaxonomyChange:
    return TaxonomyChange(date.fromisoformat(day), KIND, Fate(fate), tuple(before.split()), tuple(after.split()))


def taxonomy(*changes: TaxonomyChange) -> Taxonomy:
    return Taxonomy("t", 1, changes=changes)


def test_a_renamed_or_merged_id_counts_for_what_it_is_called_today() -> None:
    found = taxonomy(change("2026-07-01", "renamed", "a", "b"), change("2026-08-01", "merged", "b c", "d"))
    assert [found.counted_as(KIND, one) for one in "abcd"] == [("d",)] * 4
    assert found.counted_as(KIND, "e") == ("e",)
    assert found.counted_as(TaxonomyKind.REFUND, "a") == ("a",), "ids of refunds are others"


def test_an_id_may_swallow_another() -> None:
    assert taxonomy(change("2026-07-01", "merged", "a b", "a")).counted_as(KIND, "b") == ("a",)


def test_the_parts_of_a_split_count_for_the_whole_too() -> None:
    found = taxonomy(change("2026-07-01", "split", "a", "b c"), change("2026-08-01", "split", "b", "d e"))
    assert found.counted_as(KIND, "a") == ("a",)
    assert found.counted_as(KIND, "c") == ("c", "a")
    assert found.counted_as(KIND, "d") == ("d", "b", "a")


def test_a_part_is_comparable_from_the_day_of_its_split() -> None:
    found = taxonomy(change("2026-07-01", "split", "a", "b c"), change("2026-08-01", "renamed", "b", "f"))
    assert found.comparable_from(KIND, "f") == date(2026, 7, 1)
    assert found.comparable_from(KIND, "a") is None
