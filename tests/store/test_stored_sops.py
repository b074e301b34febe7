"""SOP versions: drafts are edited, published ones never change."""

import pytest

from qa_service.domain.sop_version import SopState, SopVersion
from qa_service.errors import Conflict, NotFound
from qa_service.store import Store


def draft(clock, version: int = 1, text: str = "sop: trial", slug: str = "trial") -> SopVersion:
    return SopVersion(slug, version, text, f"digest of {text}", SopState.DRAFT, "林晓", clock(), reason="首版")


def test_a_draft_is_edited_until_it_is_published(store: Store, clock):
    with store.unit_of_work() as work:
        work.sops.save_draft(draft(clock))
        work.sops.save_draft(draft(clock, text="sop: trial # 改"))
        assert work.sops.get("trial", 1).yaml == "sop: trial # 改"
        assert work.sops.published() == []
        published = work.sops.publish("trial", 1, by="王主管", reason="评审通过")
    assert (published.state, published.published_by, published.published_at) == (SopState.PUBLISHED, "王主管", clock())
    with pytest.raises(Conflict, match="write version 2"), store.unit_of_work() as work:
        work.sops.save_draft(draft(clock, text="sop: other"))


def test_publishing_a_version_retires_the_one_before_and_can_be_undone(store: Store, clock):
    with store.unit_of_work() as work:
        work.sops.save_draft(draft(clock, slug="other"))
        work.sops.publish("other", 1, by="a")
        for version in (1, 2):
            work.sops.save_draft(draft(clock, version))
            work.sops.publish("trial", version, by="a")
        assert [(one.slug, one.version) for one in work.sops.published()] == [("other", 1), ("trial", 2)]
        assert [one.state.value for one in work.sops.versions("trial")] == ["retired", "published"]
        work.sops.publish("trial", 1, by="b", reason="回退")
        assert [one.state.value for one in work.sops.versions("trial")] == ["published", "retired"]
        work.sops.retire("trial", 1)
        assert [one.slug for one in work.sops.published()] == ["other"]
        assert work.sops.next_version("trial") == 3
        assert work.sops.next_version("unheard") == 1
        assert len(work.sops.versions()) == 3


def test_an_unknown_version_is_not_found(store: Store):
    with store.unit_of_work() as work, pytest.raises(NotFound, match="trial"):
        work.sops.publish("trial", 7, by="a")
