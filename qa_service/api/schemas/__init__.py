"""Request and response bodies, one file a noun."""
