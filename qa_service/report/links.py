"""Where the service shows what a report speaks of."""

from urllib.parse import quote


def conversation_url(base_url: str, conversation_id: str, turn: int | None = None) -> str:
    """The page of a conversation, at a turn if one is given."""
    place = f"#turn-{turn}" if turn is not None and turn >= 0 else ""
    return f"{base_url.rstrip('/')}/conversations/{quote(conversation_id, safe='')}{place}"
