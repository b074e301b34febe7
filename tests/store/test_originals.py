"""Originals: encrypted per customer, unreadable without the master key."""

import pytest

from qa_service.errors import InvalidInput, NotFound
from qa_service.store import Store

SECRET = "我的手机号是13812345678"


def test_an_original_comes_back_and_stands_nowhere_in_the_clear(store: Store, conversation):
    given = conversation("c-1", "您好", SECRET, customer={"id": "U1"})
    with store.unit_of_work() as work:
        number = work.conversations.add(conversation("c-1", "您好", "●" * len(SECRET), customer={"id": "U1"})).number
        work.originals.put(number, given)
        work.originals.put(number, given)
    with store.reading() as work:
        assert work.originals.get("c-1") == given
        with pytest.raises(NotFound):
            work.originals.get("c-2")
    for path in store.files():
        assert not path.exists() or b"13812345678" not in path.read_bytes()


def test_without_the_right_master_key_nothing_is_kept_or_read(sqlite_url, conversation):
    given = conversation("c-1", "您好", SECRET)
    with Store.open(sqlite_url, master_key=b"a" * 32) as store, store.unit_of_work() as work:
        work.originals.put(work.conversations.add(conversation("c-1")).number, given)
    wrong = Store.open(sqlite_url, master_key=b"b" * 32)
    with wrong as store, store.reading() as work, pytest.raises(InvalidInput, match="master key"):
        work.originals.get("c-1")
    with (
        Store.open(sqlite_url) as store,
        store.unit_of_work() as work,
        pytest.raises(InvalidInput, match="QA_MASTER_KEY"),
    ):
        work.originals.put(1, given)
