# Each target does all of its own set-up. A fresh machine needs Python 3.11 to 3.13, make and a network.
.DEFAULT_GOAL := help
.PHONY: help setup run review test check docs tutorial bench soak sbom lock train notebooks pictures clean

BIN := .venv/bin

help: ## say what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: ## make the environment alone (.venv/)
	@scripts/setup run

run: setup ## crawl the sample board, score it, fill the review queue
	@$(BIN)/lurewatch demo

review: setup ## open the review page on this machine
	@$(BIN)/lurewatch review

# Each of the workers imports every test; where compiled modules may not be kept, it would compile them all as well.
test: export PYTHONDONTWRITEBYTECODE =
test: ## run the tests
	@scripts/setup dev
	@scripts/browser
	@$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder -q

check: ## lint, types, import contracts, taxonomy, docs
	@scripts/setup dev
	@scripts/check

docs: ## build the documentation site into build/docs
	@scripts/setup dev
	@$(BIN)/python scripts/reference
	@$(BIN)/zensical build --strict
	@echo "open build/docs/index.html"

tutorial: ## follow docs/tutorial.md, command by command, in a fresh copy
	@scripts/setup dev
	@$(BIN)/python scripts/tutorial --environment .venv

bench: ## measure speed against named references
	@scripts/setup dev
	@$(BIN)/python -m tests.bench

train: setup ## retrain the shipped model from data/datasets.toml
	@$(BIN)/lurewatch train --output data/models --put-in-service

notebooks: ## run the notebooks; they lie in data/local/notebooks with their pictures
	@scripts/setup notebooks
	@mkdir -p data/local/notebooks
	@for each in notebooks/*.py; do $(BIN)/python -m jupytext --quiet --to ipynb --execute --set-kernel python3 \
	    --output "data/local/$${each%.py}.ipynb" "$$each" || exit 1; echo "data/local/$${each%.py}.ipynb"; done

soak: ## sixty simulated nights with failures at random; takes minutes
	@scripts/setup dev
	@$(BIN)/python -m tests.bench soak

sbom: setup ## write the bill of materials (CycloneDX) from the lock into build/sbom.cdx.json
	@$(BIN)/python scripts/sbom build/sbom.cdx.json
	@echo build/sbom.cdx.json

lock: ## resolve the dependencies anew
	@scripts/lock

pictures: ## take the pictures in the docs anew
	@scripts/setup dev
	@scripts/browser
	@scripts/fonts
	@$(BIN)/python tests/support/review/pictures.py

clean: ## remove the environment and caches; data/local stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
