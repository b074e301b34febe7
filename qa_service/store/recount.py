"""Which conversations are to be counted anew: marked in the transaction that changes what is counted of them."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from qa_service.store.access import Access
from qa_service.store.database import Base


class RecountRow(Base):
    """A conversation to be counted anew, by its number."""

    __tablename__ = "recount"

    conversation: Mapped[int] = mapped_column(ForeignKey("conversation.number"), primary_key=True)


def mark_recount(access: Access, number: int) -> None:
    """Have a conversation counted anew before the next report."""
    access.session.execute(access.insert(RecountRow).values(conversation=number).on_conflict_do_nothing())
