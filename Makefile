# Every command a person runs. `make` alone lists them.

PYTHON ?= python3
PORT ?= 8000
NB ?=

# Commands of the environment come first, so that its node, npm, aws and jupyter are the ones found.
run := PATH="$(CURDIR)/.venv/bin:$$PATH" NO_MKDOCS_2_WARNING=1 .venv/bin/python

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup environment serve test lab site notebooks check bench clean

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install everything into .venv and node_modules (the other commands do it too, when it is due)
	@$(PYTHON) tools/setup.py

# Only the tests need a browser.
environment:
	@$(PYTHON) tools/setup.py --no-browser

serve: site ## build the site and serve it on http://127.0.0.1:8000 (PORT=…)
	@$(run) -m tools.serve --port $(PORT)

# In the order of their names modules that take minutes come first, and notebooks, which are short, fill up the end.
test: setup site ## run every check and every test
	@$(run) -m tools.check
	@$(run) -m tools.sam_wheel
	@$(run) -m pytest -n 2 --dist loadscope --no-loadscope-reorder

lab: environment ## open the notebooks in JupyterLab, with the lab started in each kernel
	@$(run) -m tools.lab

site: environment ## build the site into site/
	@$(run) -m tools.browser.bundle
	@$(run) -m mkdocs build --strict

notebooks: environment ## run the notebooks and store their outputs (NB=path for one)
	@$(run) -m tools.notebooks $(NB)

check: environment ## lint, types, facts, links: in under 30 seconds
	@$(run) -m tools.check

bench: environment ## measure what the course costs in time and memory
	@$(run) -m tools.bench

clean: ## delete what was built (.venv and node_modules stay)
	@rm -rf site build .pytest_cache .mypy_cache .ruff_cache
