PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: install demo serve test lint bench validate train clean

install: $(STAMP)  ## make .venv with the service, its tests and the command qa-service

$(STAMP): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable ".[dev]"
	touch $@

clean:  ## remove what the commands above made
	rm -rf $(VENV) out var .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info
