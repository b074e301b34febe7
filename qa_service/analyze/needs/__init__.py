"""What customers want, what agents promise, which competitors are named."""
