"""Open what a deployment runs on: its store, its intake of conversations, the SOPs it starts with."""

import base64
import binascii
from collections.abc import Callable
from pathlib import Path

from qa_service.config import Settings
from qa_service.domain.role import Caller, Role
from qa_service.errors import InvalidInput
from qa_service.jobs import Lease, Worker
from qa_service.normalize.masking import mask
from qa_service.rulebook import default_sops, dump_sop
from qa_service.store import Store
from qa_service.workflows.analyze_conversations import Analyzer
from qa_service.workflows.import_conversations import ANALYZE, Intake
from qa_service.workflows.job_handlers import build_handlers
from qa_service.workflows.manage_sops import publish, save_draft

OPERATOR = Caller("system", Role.QA_LEAD)


def open_store(settings: Settings) -> Store:
    """Open and migrate the database of the settings; the folder of an SQLite file is made."""
    if settings.database_url.startswith("sqlite:///"):
        Path(settings.database_url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    store = Store.open(settings.database_url, zone=settings.zone, master_key=_master_key(settings))
    store.migrate()
    return store


def open_intake(settings: Settings) -> Intake:
    """How conversations are taken in: always masked, originals kept only where the settings say so."""
    if settings.keep_originals and settings.master_key is None:
        raise InvalidInput(
            "QA_KEEP_ORIGINALS needs QA_MASTER_KEY: 32 random bytes in base64, kept outside the database"
        )
    return Intake(mask, settings.keep_originals)


def publish_default_sops(store: Store) -> list[str]:
    """Publish the shipped SOPs into a store that has none; returns their names."""
    with store.reading() as work:
        if work.sops.versions():
            return []
    for sop in default_sops():
        save_draft(store, OPERATOR, dump_sop(sop.document), reason="shipped with the product")
        publish(store, OPERATOR, sop.id, sop.version, reason="shipped with the product")
    return [sop.id for sop in default_sops()]


def drain(store: Store, analyzer: Analyzer, intake: Intake, *, advance: Callable[[int], None]) -> None:
    """Work through the queue in this process until nothing is due; `advance` hears how many conversations are done."""
    handlers = build_handlers(store, analyzer, intake=intake)
    analyze = handlers[ANALYZE]

    def told(lease: Lease) -> None:
        analyze(lease)
        advance(len(lease.job.payload["numbers"]))

    Worker(store, handlers | {ANALYZE: told}, at_once=1).run_until_idle()


def _master_key(settings: Settings) -> bytes | None:
    if settings.master_key is None:
        return None
    try:
        key = base64.b64decode(settings.master_key.get_secret_value(), validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidInput("QA_MASTER_KEY is not base64; make one with `openssl rand -base64 32`") from error
    if len(key) != 32:
        raise InvalidInput(f"QA_MASTER_KEY holds {len(key)} bytes; make one of 32 with `openssl rand -base64 32`")
    return key
