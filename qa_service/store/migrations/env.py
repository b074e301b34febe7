"""Runs migrations on the connection that `qa_service.store.migrate` hands over."""

from alembic import context

from qa_service.store import Store as _  # noqa: F401  (every row is known once the store is imported)
from qa_service.store.database import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)
context.run_migrations()
