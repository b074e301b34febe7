PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: help install demo serve test fix bench validate train fine-tune diversity clean

help:  ## what there is to type
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

install: $(STAMP)  ## make .venv with the service, its tests and the command qa-service

$(STAMP): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("qa-service needs Python 3.11 or newer; set PYTHON=python3.11") if sys.version_info < (3, 11) else None'
	@echo "Installing Python packages into $(VENV); the first time this takes a minute or more."
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	@# setuptools warns of folders beside a flat layout; import-linter and the layout test watch ours.
	PYTHONWARNINGS="ignore:Editable installation" $(BIN)/python -m pip install --quiet --editable ".[dev]"
	touch $@

demo: install  ## load the demo set, analyse it, write reports under out/
	$(BIN)/qa-service demo --out out

serve: install  ## open the service on http://127.0.0.1:8000/
	$(BIN)/qa-service serve

test: install  ## every test: types, style, layout, behaviour
	$(BIN)/python -m pytest

fix: install  ## format, and mend what can be mended by machine
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

train: install  ## train the models anew from datasets/; ENCODER=DIR: with a tuned encoder; DATASETS: other folders
	$(BIN)/python -m training.train $(if $(ENCODER),--encoder $(ENCODER)) $(if $(DATASETS),--datasets $(DATASETS))

fine-tune: install  ## DATA=DIR OUT=DIR [ENCODER=…]: a release that learnt your labelled conversations; refused unless better
	$(BIN)/python -m training.fine_tune $(DATA) --out $(OUT) $(if $(ENCODER),--encoder $(ENCODER))

diversity: install  ## how varied the data are, and what evaluation shares with training
	$(BIN)/python -m training.diversity $(wildcard datasets/conversations datasets/turns datasets/acts) --against datasets/eval/eval.jsonl

bench: install  ## how fast conversations are judged, imported, reported on, and peak memory, beside baselines
	$(BIN)/python -m tests.bench.run
	$(BIN)/python -m tests.bench.effects
	$(BIN)/python -m tests.bench.topics
	$(BIN)/python -m tests.bench.weekly

validate: install  ## the slow checks: fuzzing, masking, evaluation, robustness
	$(BIN)/python -m tests.validate.fuzz_readers --seconds 60
	$(BIN)/qa-service masking
	$(BIN)/qa-service evaluate datasets/eval/eval.jsonl $(addprefix --sop ,$(wildcard datasets/eval/sops/*.yaml))
	$(BIN)/qa-service evaluate datasets/eval_hard/eval_hard.jsonl $(addprefix --sop ,$(wildcard datasets/eval_hard/sops/*.yaml))
	$(BIN)/python -m tests.validate.robustness datasets/eval/eval.jsonl $(addprefix --sop ,$(wildcard datasets/eval/sops/*.yaml))
	$(BIN)/python -m tests.validate.topics
	$(BIN)/python -m tests.validate.effects
	$(BIN)/python -m tests.validate.emergence
	$(BIN)/python -m tests.validate.before_after
	$(BIN)/python -m tests.validate.alarms
	$(BIN)/python -m tests.validate.suggestions --runs 40 --large 5

clean:  ## remove what the commands above made: .venv, caches, reports in out/, the database in var/
	rm -rf $(VENV) out var .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info
