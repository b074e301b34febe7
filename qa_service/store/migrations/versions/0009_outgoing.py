"""What goes out by itself (recipients, deliveries, urgent things, schedules), and tickets handed to departments."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
EXACT = sa.String().with_variant(sa.String(collation="C"), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables."""
    for create in (_recipient, _delivery, _urgent, _schedule, _ticket, _ticket_event, _ticket_place):
        create()


def _key(table: str) -> tuple[sa.Column[int], sa.PrimaryKeyConstraint]:
    return sa.Column("id", NUMBER, nullable=False), sa.PrimaryKeyConstraint("id", name=f"pk_{table}")


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [to], name=f"fk_{table}_{column}")


def _recipient() -> None:
    op.create_table(
        "recipient",
        *_key("recipient"),
        sa.Column("mark", sa.String(length=32), nullable=False),
        *_texts("name", "shown", "org", "department", "urgent", "by"),
        sa.Column("format", sa.String(length=16), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("refund_from", sa.Double(), nullable=True),
        sa.Column("quiet", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("deleted_at", MOMENT, nullable=True),
    )


def _delivery() -> None:
    op.create_table(
        "delivery",
        *_key("delivery"),
        sa.Column("recipient", NUMBER, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("key", EXACT, nullable=False),
        *_texts("about", "reason"),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        _refers("delivery", "recipient", "recipient.id"),
        sa.UniqueConstraint("key", name="uq_delivery_key"),
    )
    op.create_index("ix_delivery_recipient", "delivery", ["recipient"])
    op.create_index("ix_delivery_state", "delivery", ["state"])


def _urgent() -> None:
    op.create_table(
        "urgent",
        *_key("urgent"),
        sa.Column("recipient", NUMBER, nullable=False),
        sa.Column("conversation", NUMBER, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=True),
        *_texts("detail"),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("delivery", NUMBER, nullable=True),
        _refers("urgent", "recipient", "recipient.id"),
        _refers("urgent", "conversation", "conversation.number"),
        _refers("urgent", "delivery", "delivery.id"),
        sa.UniqueConstraint("recipient", "conversation", "kind", name="uq_urgent_recipient_conversation_kind"),
    )
    op.create_index("ix_urgent_recipient_delivery_due_at", "urgent", ["recipient", "delivery", "due_at"])
    op.create_index("ix_urgent_conversation", "urgent", ["conversation"])
    op.create_index("ix_urgent_delivery", "urgent", ["delivery"])


def _schedule() -> None:
    op.create_table(
        "schedule",
        *_key("schedule"),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        *_texts("zone", "org", "recipients", "by"),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("next_at", MOMENT, nullable=True),
        sa.Column("last_week", sa.String(length=8), nullable=True),
        sa.Column("at", MOMENT, nullable=False),
    )


def _ticket() -> None:
    op.create_table(
        "ticket",
        *_key("ticket"),
        *_texts("title", "about_id", "department", "owner", "org", "reply", "by"),
        sa.Column("about", sa.String(length=32), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
    )
    op.create_index("ix_ticket_state", "ticket", ["state"])


def _ticket_event() -> None:
    op.create_table(
        "ticket_event",
        *_key("ticket_event"),
        sa.Column("ticket", NUMBER, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        *_texts("text", "by"),
        sa.Column("at", MOMENT, nullable=False),
        _refers("ticket_event", "ticket", "ticket.id"),
    )
    op.create_index("ix_ticket_event_ticket", "ticket_event", ["ticket"])


def _ticket_place() -> None:
    op.create_table(
        "ticket_place",
        *_key("ticket_place"),
        sa.Column("ticket", NUMBER, nullable=False),
        sa.Column("conversation", NUMBER, nullable=False),
        sa.Column("turn", sa.Integer(), nullable=True),
        _refers("ticket_place", "ticket", "ticket.id"),
        _refers("ticket_place", "conversation", "conversation.number"),
        sa.UniqueConstraint("ticket", "conversation", "turn", name="uq_ticket_place_ticket_conversation_turn"),
    )
    op.create_index("ix_ticket_place_conversation", "ticket_place", ["conversation"])
