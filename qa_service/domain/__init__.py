"""Nouns of the trade as plain frozen data: standard library only, no input or output."""
