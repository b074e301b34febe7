"""Complaints and refund requests."""
