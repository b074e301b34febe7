"""Quality assurance for sales conversations."""

__version__ = "0.1.0"
