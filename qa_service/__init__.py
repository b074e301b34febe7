"""Quality assurance for sales conversations."""
