# One command each. Every target makes .venv from the hash-pinned lock by itself.

BIN := .venv/bin
PYTHON := $(BIN)/python
STAMP := .venv/.made-from-lock
ARGS ?=
MUTANTS ?= 60

.DEFAULT_GOAL := help
.PHONY: help demo test check bench soak mutation docs

help:
	@echo 'make demo [ARGS=--exit]   sample agencies and a day of messages through a running gateway'
	@echo 'make test                 the tests, long forms left out'
	@echo 'make check                format, lint, types, walls'
	@echo 'make bench                benchmarks, ratios printed last'
	@echo 'make soak                 the long forms of the tests'
	@echo 'make mutation             weaken the law, line by line, and see a test fail (MUTANTS=60, 0 for all)'
	@echo 'make docs                 the pages of docs/law, from the laws and their cases'

demo: $(STAMP)
	@$(BIN)/crosswalk demo $(ARGS)

test: $(STAMP)
	@$(PYTHON) -m pytest -p tests.profiles --hypothesis-profile=steady -m 'not soak' -rs $(ARGS)

check: $(STAMP)
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m mypy
	@$(BIN)/lint-imports --no-logo
	@$(PYTHON) -m pytest -q tests/test_walls.py

bench: $(STAMP)
	@$(PYTHON) -m benchmarks $(ARGS)

soak: $(STAMP)
	@$(PYTHON) -m pytest -p tests.profiles --hypothesis-profile=soak -m soak -rs $(ARGS)
	@$(PYTHON) -m pytest -p tests.profiles --hypothesis-profile=soak -m 'not soak' -q tests/adapters tests/consent tests/mappings tests/gateway/auth tests/gateway/fhir $(ARGS)

mutation: $(STAMP)
	@$(PYTHON) tools/mutation.py --mutants $(MUTANTS) $(ARGS)

docs: $(STAMP)
	@$(PYTHON) -m tools.law_pages $(ARGS)

# The first Python of at least 3.11; the packages of the lock, hashes checked; this project on top, nothing downloaded.
$(STAMP): requirements-dev.lock pyproject.toml
	@fits='import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))'; \
	found=; \
	for each in python3.11 python3.12 python3.13 python3 python; do \
	    if $$each -c "$$fits" >/dev/null 2>&1; then found=$$each; break; fi; \
	done; \
	if $(PYTHON) -c "$$fits" >/dev/null 2>&1; then :; \
	elif [ -n "$$found" ]; then echo "making .venv with $$found"; $$found -m venv --clear .venv; \
	else echo 'make: no Python 3.11 or later with venv and ensurepip found on PATH.' \
	    'Install python3.11 (on Debian and Ubuntu python3.11-venv too) and call make again.' >&2; exit 1; fi
	@echo 'installing from requirements-dev.lock'
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --no-deps --no-index --no-build-isolation -e .
	@touch $(STAMP)
