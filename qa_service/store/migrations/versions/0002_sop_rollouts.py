"""Rollouts of SOP versions. What was published before is in force as it was: the first version since ever."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
EXACT = sa.String().with_variant(sa.String(collation="C"), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the table, and give every version that was ever published its rollout."""
    op.create_table(
        "sop_rollout",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("slug", EXACT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("org", sa.Text(), nullable=False),
        sa.Column("products", sa.Text(), nullable=False),
        sa.Column("replaces", sa.Boolean(), nullable=False),
        sa.Column("starts_at", MOMENT, nullable=True),
        sa.Column("ends_at", MOMENT, nullable=True),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["slug", "version"], ["sop_version.slug", "sop_version.version"], name="fk_sop_rollout_slug"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_sop_rollout"),
    )
    op.create_index("ix_sop_rollout_slug", "sop_rollout", ["slug"])
    # Each time a version is published it takes the place of the one before; only the first had none before it.
    op.execute(
        """
        INSERT INTO sop_rollout
            (slug, version, kind, org, products, replaces, starts_at, ends_at, by, at, reason, ended_by, end_reason)
        SELECT slug, version, 'publication', '[]', '[]', FALSE,
            CASE WHEN published_at = (
                SELECT min(first.published_at) FROM sop_version AS first WHERE first.slug = sop_version.slug
            ) THEN NULL ELSE published_at END,
            retired_at, coalesce(published_by, written_by), published_at, reason, NULL, ''
        FROM sop_version WHERE published_at IS NOT NULL ORDER BY sop_version.published_at, sop_version.version
        """
    )
