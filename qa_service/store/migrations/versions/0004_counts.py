"""What is counted of each conversation, so that reports need not read analyses."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
EXACT = sa.String().with_variant(sa.String(collation="C"), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables, and have every analysed conversation counted before the next report."""
    for create in (_stratum, _counted, _occurrence, _recount):
        create()
    op.execute(
        """
        INSERT INTO recount (conversation)
        SELECT number FROM conversation WHERE current IS NOT NULL AND deleted_at IS NULL
        """
    )


def _stratum() -> None:
    names = ("org", "agent", "team", "product", "channel", "version")
    op.create_table(
        "stratum",
        sa.Column("id", NUMBER, nullable=False),
        *(sa.Column(name, EXACT, nullable=False) for name in names),
        sa.PrimaryKeyConstraint("id", name="pk_stratum"),
        sa.UniqueConstraint(*names, name="uq_stratum_org_agent_team_product_channel_version"),
    )


def _counted() -> None:
    op.create_table(
        "counted",
        sa.Column("conversation", NUMBER, nullable=False),
        sa.Column("week", sa.String(length=8), nullable=False),
        sa.Column("stratum", NUMBER, nullable=False),
        sa.Column("customer", EXACT, nullable=False),
        *(sa.Column(name, sa.Boolean(), nullable=False) for name in ("misheard", "settled", "asked")),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("bought", sa.Boolean(), nullable=True),
        sa.Column("refunded", sa.Boolean(), nullable=True),
        sa.Column("spread", sa.BigInteger(), nullable=False),
        sa.Column("basis", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["conversation"], ["conversation.number"], name="fk_counted_conversation"),
        sa.ForeignKeyConstraint(["stratum"], ["stratum.id"], name="fk_counted_stratum"),
        sa.PrimaryKeyConstraint("conversation", name="pk_counted"),
    )
    indexes = {
        "ix_counted_week_basis": ["week", "stratum", "misheard", "settled", "asked", "basis"],
        "ix_counted_week_spread": ["week", "spread"],
        "ix_counted_customer": ["customer"],
        "ix_counted_bought": ["bought", "customer"],
    }
    for name, columns in indexes.items():
        op.create_index(name, "counted", columns)


def _occurrence() -> None:
    op.create_table(
        "occurrence",
        sa.Column("week", sa.String(length=8), nullable=False),
        sa.Column("what", EXACT, nullable=False),
        sa.Column("stratum", NUMBER, nullable=False),
        sa.Column("conversation", NUMBER, nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("week", "what", "stratum", "conversation", name="pk_occurrence"),
        sqlite_with_rowid=False,
    )


def _recount() -> None:
    op.create_table(
        "recount",
        sa.Column("conversation", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["conversation"], ["conversation.number"], name="fk_recount_conversation"),
        sa.PrimaryKeyConstraint("conversation", name="pk_recount"),
    )
