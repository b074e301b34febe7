"""Rows that lists and reports join: conversations and analyses. Rows never leave the store."""

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from qa_service.store.database import Base, Exact, JsonText, Moment, Number


class ConversationRow(Base):
    """One conversation, masked, as the contract's JSON beside the columns that are searched.

    `current` is the id of the analysis that counts; it moves, analyses never change.
    """

    __tablename__ = "conversation"
    __table_args__ = (
        Index("ix_conversation_listed", "listed_at", "number"),
        Index("ix_conversation_agent_started", "agent_id", "started_at"),
        Index("ix_conversation_org_started", "org", "started_at"),
    )

    number: Mapped[int] = mapped_column(Number, primary_key=True)
    id: Mapped[str] = mapped_column(Exact, unique=True)
    body: Mapped[Any] = mapped_column(JsonText)
    digest: Mapped[str] = mapped_column(String(64))
    channel: Mapped[str] = mapped_column(String(16))
    product: Mapped[str | None] = mapped_column(Text)
    stage: Mapped[str | None] = mapped_column(Text)
    sop: Mapped[str | None] = mapped_column(Text)
    agent_id: Mapped[str | None] = mapped_column(Exact)
    agent_name: Mapped[str | None] = mapped_column(Text)
    team: Mapped[str | None] = mapped_column(Text)
    org: Mapped[str] = mapped_column(Exact)
    customer_id: Mapped[str | None] = mapped_column(Exact, index=True)
    started_at: Mapped[datetime | None] = mapped_column(Moment, index=True)
    week: Mapped[str | None] = mapped_column(String(8), index=True)
    received_at: Mapped[datetime] = mapped_column(Moment)
    listed_at: Mapped[datetime] = mapped_column(Moment)
    turn_count: Mapped[int] = mapped_column(Integer)
    current: Mapped[int | None] = mapped_column(Number, index=True)
    deleted_at: Mapped[datetime | None] = mapped_column(Moment)


class AnalysisRow(Base):
    """One analysis, never changed: the contract's JSON beside the columns that are searched."""

    __tablename__ = "analysis"
    __table_args__ = (UniqueConstraint("conversation", "turns_digest", "sop_digest", "models", "code"),)

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    conversation: Mapped[int] = mapped_column(ForeignKey("conversation.number"))
    turns_digest: Mapped[str] = mapped_column(String(64))
    sop_digest: Mapped[str] = mapped_column(String(64))
    models: Mapped[str] = mapped_column(Text)
    code: Mapped[str] = mapped_column(Text)
    body: Mapped[Any] = mapped_column(JsonText)
    sop: Mapped[str | None] = mapped_column(Text)
    sop_version: Mapped[int | None] = mapped_column(Integer)
    score: Mapped[float | None]
    score_low: Mapped[float | None]
    score_high: Mapped[float | None]
    score_state: Mapped[str | None] = mapped_column(String(16))
    passed: Mapped[bool | None] = mapped_column(Boolean)
    veto: Mapped[str | None] = mapped_column(String(16))
    unsure: Mapped[bool] = mapped_column(Boolean)
    complaint: Mapped[bool] = mapped_column(Boolean)
    refund: Mapped[bool] = mapped_column(Boolean)
    analysed_at: Mapped[datetime] = mapped_column(Moment)


class AnalysisRedLineRow(Base):
    """Which red lines an analysis found, for searching."""

    __tablename__ = "analysis_red_line"

    analysis: Mapped[int] = mapped_column(ForeignKey("analysis.id"), primary_key=True)
    red_line: Mapped[str] = mapped_column(Exact, primary_key=True)


class AnalysisProblemRow(Base):
    """Why a conversation has no analysis of its present text, until it has one."""

    __tablename__ = "analysis_problem"

    conversation: Mapped[int] = mapped_column(ForeignKey("conversation.number"), primary_key=True)
    code: Mapped[str] = mapped_column(Text)
    detail: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Moment)


class RecheckRow(Base):
    """A conversation whose analysis that counts contradicts people's decisions: which, until a person has looked."""

    __tablename__ = "recheck"

    conversation: Mapped[int] = mapped_column(ForeignKey("conversation.number"), primary_key=True)
    analysis: Mapped[int] = mapped_column(Number)
    contradictions: Mapped[Any] = mapped_column(JsonText)
    at: Mapped[datetime] = mapped_column(Moment)


class TopicPlacedRow(Base):
    """The analysis of a conversation whose statements were placed in topics."""

    __tablename__ = "topic_placed"

    conversation: Mapped[int] = mapped_column(ForeignKey("conversation.number"), primary_key=True)
    analysis: Mapped[int] = mapped_column(Number)


class FrozenScoreRow(Base):
    """The final score of one conversation when its period was closed; never changed."""

    __tablename__ = "frozen_score"
    __table_args__ = (Index("ix_frozen_score_period_conversation", "period", "conversation"),)

    conversation: Mapped[int] = mapped_column(ForeignKey("conversation.number"), primary_key=True)
    period: Mapped[int] = mapped_column(ForeignKey("closed_period.id"))
    analysis: Mapped[int | None] = mapped_column(Number)
    sop: Mapped[str | None] = mapped_column(Text)
    sop_version: Mapped[int | None] = mapped_column(Integer)
    models: Mapped[str | None] = mapped_column(Text)
    code: Mapped[str | None] = mapped_column(Text)
    score: Mapped[float | None]
    score_low: Mapped[float | None]
    score_high: Mapped[float | None]
    score_state: Mapped[str | None] = mapped_column(String(16))
    passed: Mapped[bool | None] = mapped_column(Boolean)
    veto: Mapped[str | None] = mapped_column(String(16))
    agent_id: Mapped[str | None] = mapped_column(Exact)
    agent_name: Mapped[str | None] = mapped_column(Text)
    team: Mapped[str | None] = mapped_column(Text)
    org: Mapped[str] = mapped_column(Exact)
