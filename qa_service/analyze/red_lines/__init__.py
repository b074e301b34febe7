"""What an agent must never say."""
