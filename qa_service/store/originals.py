"""Unmasked conversations, for deployments that keep them: encrypted per customer, so that a lost key destroys them.

Each customer has a key of their own (AES-256-GCM), itself wrapped by the deployment's master key, which never
stands in the database.
"""

import json
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap
from sqlalchemy import ForeignKey, LargeBinary, select
from sqlalchemy.orm import Mapped, mapped_column

from qa_service.domain.conversation import Conversation
from qa_service.domain.conversation_json import conversation_from_json, conversation_to_json
from qa_service.errors import InvalidInput, NotFound
from qa_service.store.access import Access
from qa_service.store.database import Base, Exact, Number, dump_json
from qa_service.store.rows import ConversationRow

NONCE_BYTES = 12


class CustomerKeyRow(Base):
    """The wrapped key of one customer (or of one conversation without a customer id)."""

    __tablename__ = "customer_key"

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    owner: Mapped[str] = mapped_column(Exact, unique=True)
    wrapped: Mapped[bytes] = mapped_column(LargeBinary)


class OriginalRow(Base):
    """One conversation as received: nonce and ciphertext."""

    __tablename__ = "original"

    conversation: Mapped[int] = mapped_column(ForeignKey("conversation.number"), primary_key=True)
    customer_key: Mapped[int] = mapped_column(ForeignKey("customer_key.id"), index=True)
    secret: Mapped[bytes] = mapped_column(LargeBinary)


class Originals(Access):
    """Conversations as received."""

    master_key: bytes | None = None

    def put(self, number: int, original: Conversation) -> None:
        """Keep the unmasked conversation of that number; raises InvalidInput without a master key."""
        key_id, key = self._key_of(original)
        nonce = os.urandom(NONCE_BYTES)
        text = dump_json(conversation_to_json(original)).encode()
        secret = nonce + AESGCM(key).encrypt(nonce, text, str(number).encode())
        values = {"conversation": number, "customer_key": key_id, "secret": secret}
        self.session.execute(self.insert(OriginalRow).values(values).on_conflict_do_nothing())

    def get(self, conversation_id: str) -> Conversation:
        """The unmasked conversation; raises NotFound when it is not kept or was destroyed."""
        query = select(OriginalRow.conversation, OriginalRow.secret, CustomerKeyRow.wrapped)
        query = query.join(CustomerKeyRow, CustomerKeyRow.id == OriginalRow.customer_key)
        query = query.join(ConversationRow, ConversationRow.number == OriginalRow.conversation)
        row = self.session.execute(query.where(ConversationRow.id == conversation_id)).one_or_none()
        if row is None:
            raise NotFound(f"the original of conversation {conversation_id} is not kept")
        number, secret, wrapped = row
        try:
            cipher = AESGCM(self._unwrap(wrapped))
            text = cipher.decrypt(secret[:NONCE_BYTES], secret[NONCE_BYTES:], str(number).encode())
        except InvalidTag as error:
            raise NotFound(f"the original of conversation {conversation_id} is damaged and cannot be read") from error
        return conversation_from_json(json.loads(text), zone=self.zone)

    def _key_of(self, original: Conversation) -> tuple[int, bytes]:
        owner = f"customer/{original.customer.id}" if original.customer.id else f"conversation/{original.id}"
        values = {"owner": owner, "wrapped": aes_key_wrap(self._master(), AESGCM.generate_key(256))}
        self.session.execute(self.insert(CustomerKeyRow).values(values).on_conflict_do_nothing())
        query = select(CustomerKeyRow.id, CustomerKeyRow.wrapped).where(CustomerKeyRow.owner == owner)
        key_id, wrapped = self.session.execute(query).one()
        return key_id, self._unwrap(wrapped)

    def _unwrap(self, wrapped: bytes) -> bytes:
        try:
            return aes_key_unwrap(self._master(), wrapped)
        except InvalidUnwrap as error:
            raise InvalidInput("the master key is not the one that originals were kept with; set that one") from error

    def _master(self) -> bytes:
        if self.master_key is None:
            raise InvalidInput("originals are kept only with a master key; set QA_MASTER_KEY to 32 bytes in base64")
        return self.master_key
