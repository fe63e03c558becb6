# Needs Python 3.11 or newer, pip and make; everything else goes into .venv. `make help` lists what there is.

PYTHON ?= python3
CONSTRAINTS := .ci/constraints.txt
CORPUS ?= bench-corpus
RUN := .venv/bin/python -m
PIP := $(RUN) pip --disable-pip-version-check --quiet install --constraint $(CONSTRAINTS)
DEV := import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["dependency-groups"]["dev"], sep="\n")

.DEFAULT_GOAL := help
.PHONY: help demo check docs fuzz postgres chromium resume same bench tables gx-parity leakage clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1	\2/p' Makefile

demo: .venv/.installed ## audit the leaky sample: a verdict here, a report in demo-report.html
	@$(RUN) auditor scan sample_data/leaky --label queue -o text -o html:demo-report.html; status=$$?; \
	if [ $$status -eq 1 ]; then \
		echo; echo "The audit ended with exit code 1, as it must for this sample. The report is in demo-report.html."; \
	else \
		echo "The audit ended with exit code $$status; for this sample it must be 1." >&2; exit 1; \
	fi

check: .venv/.installed-dev ## what a change must pass: ruff, mypy, pytest
	$(RUN) ruff check .
	$(RUN) mypy
	$(RUN) pytest -n 2

docs: .venv/.installed-dev ## write the generated pages of docs/
	AUDITOR_UPDATE_GOLDEN=1 $(RUN) pytest tests/test_rules.py tests/test_docs.py tests/test_frameworks.py tests/test_costs.py

fuzz: .venv/.installed-dev ## a million broken files and texts for every reader and parser (half an hour)
	$(RUN) tests.fuzz

postgres: ## install a PostgreSQL server for the tests that need one (Debian)
	apt-get update --quiet=2
	apt-get install --quiet=2 --yes --no-install-recommends postgresql

chromium: ## install a browser for the tests of the HTML report (Debian)
	apt-get update --quiet=2
	apt-get install --quiet=2 --yes --no-install-recommends chromium

resume: .venv/.installed-dev ## kill 200 audits at random moments and let them go on (a quarter of an hour)
	.venv/bin/python bench/resume.py

same: .venv/.installed-dev ## one report under hash seeds, workers, locales, time zones and orders of files
	.venv/bin/python bench/same.py

bench: .venv/.installed-dev ## what is claimed about speed and memory (needs 11 GB of disk)
	.venv/bin/python bench/start_up.py
	.venv/bin/python bench/supervision.py
	.venv/bin/python bench/again.py
	.venv/bin/python bench/memory.py

tables: .venv/.installed-dev ## schema rules measured against every peer, and verdicts of many workers (10 minutes, 2 GB of disk)
	.venv/bin/python bench/schema.py bench-tables --write
	.venv/bin/python bench/verdicts.py

gx-parity: .venv/.installed-dev ## the expectation tests of Great Expectations, judged by the fast engine (writes docs/gx_parity.md)
	.venv/bin/python bench/gx_parity.py

leakage: .venv/.installed-dev $(CORPUS)/truth-words.parquet ## leakage measured against every peer (half an hour, 8 GB of disk, Debian 12)
	.venv/bin/python bench/leakage.py $(CORPUS) --write

$(CORPUS)/truth-words.parquet: | .venv/.installed-dev
	.venv/bin/python bench/corpus.py $(CORPUS)

clean: ## remove what these targets made
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis dist bench-corpus bench-tables demo-report.html

# An environment is kept if its Python is new enough and has pip, whoever made it; else it is made afresh.
.venv/.installed: pyproject.toml $(CONSTRAINTS)
	@.venv/bin/python -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11 ...")' && \
		$(PYTHON) -m venv --clear .venv; }
	@echo "Installing into .venv (about a minute)"
	@$(PIP) --editable .
	@touch $@

.venv/.installed-dev: .venv/.installed
	@.venv/bin/python -c '$(DEV)' | $(PIP) --requirement /dev/stdin
	@touch $@
