"""Text as received made comparable and free of personal data, with every place traceable to the original."""
