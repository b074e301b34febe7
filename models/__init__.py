"""NLP models: protocols, tasks, loading of artifacts."""
