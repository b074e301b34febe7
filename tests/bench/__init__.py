"""Conversations per second and peak memory of each stage, beside a plain baseline."""
