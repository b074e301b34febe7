"""What changed after a date, beside those for whom nothing changed: versions of an SOP, projects, and alarms."""
