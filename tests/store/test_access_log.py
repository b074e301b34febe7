"""Keys, and who did what."""

import pytest

from qa_service.domain.role import AccessEntry, ApiKey, Role
from qa_service.errors import NotFound
from qa_service.store import Store


def test_a_key_is_found_by_its_digest_and_ends_once(store: Store, clock):
    key = ApiKey("k-1", "abc", "林晓", Role.TEAM_LEAD, clock(), org=("总部", "一组"), agent_id="A1")
    with store.unit_of_work() as work:
        work.api_keys.add(key)
    with store.unit_of_work() as work:
        assert work.api_keys.by_digest("abc") == key == work.api_keys.get("k-1")
        assert work.api_keys.by_digest("abd") is None
        ended = work.api_keys.revoke("k-1").revoked_at
        assert ended == clock()
        clock.step(5)
        assert work.api_keys.revoke("k-1").revoked_at == ended
        assert [one.revoked_at for one in work.api_keys.all()] == [ended]
        with pytest.raises(NotFound):
            work.api_keys.revoke("k-2")


def test_the_access_log_is_read_newest_first(store: Store, clock):
    with store.unit_of_work() as work:
        for number in range(5):
            work.access_log.add(AccessEntry(clock(), f"who-{number % 2}", "read", f"conversation/c-{number}", "复核"))
            clock.step(number % 2)
    with store.reading() as work:
        first = work.access_log.page(limit=3)
        rest = work.access_log.page(limit=3, cursor=first.next_cursor)
        assert [one.target[-1] for one in (*first.items, *rest.items)] == ["4", "3", "2", "1", "0"]
        assert rest.next_cursor is None
        assert [one.target[-1] for one in work.access_log.page(caller="who-1").items] == ["3", "1"]
        assert work.access_log.page(target="conversation/c-2").items[0].reason == "复核"
