"""Analyses of one customer's conversations -> JourneyAnalysis."""
