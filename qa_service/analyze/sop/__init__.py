"""Steps, their order, and obligations."""
