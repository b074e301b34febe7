"""The encoder of our own: pre-trained on text, contrasted, and handed to the act matcher as fixed vectors."""
