"""The only place that speaks HTTP: thin routes onto workflows."""
