"""The workbench: server-rendered pages on the same workflows as the API."""
