"""One verb-first function per use case: the only place that joins stages."""
