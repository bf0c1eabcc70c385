# Everything is done in .venv, made here. PYTHON names the interpreter to make it with (3.11 to 3.13).
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: demo test check prove bench docs lock clean

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v < (3, 14) else "Instep needs Python 3.11, 3.12 or 3.13; this is %d.%d. Name one with: make PYTHON=python3.12" % v)'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: $(STAMP) ## a brand that trades, the whole pipeline on it, and the UI; ONCE=1 ends by itself; ARGS="--ui-port 3001" and the like
	@$(BIN)/instep demo $(if $(ONCE),--once,) $(ARGS)

# Many tests start processes, which need not compile the product anew each time.
test: export PYTHONDONTWRITEBYTECODE =
test: $(STAMP) ## every test
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m "not prove and not bench"

check: $(STAMP) ## format, lint, types, dead links
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/python -m tests.links

prove: $(STAMP) ## the slow proofs
	@$(BIN)/python -m pytest -m prove --timeout 3600

bench: $(STAMP) ## the benchmarks, as ratios against a floor measured in the same run
	@$(BIN)/python -m tests.bench

docs: $(STAMP) ## rebuild what the docs generate from code
	@$(BIN)/python -m integration_assets.contracts.dictionary docs/data_dictionary.md
	@$(BIN)/python -m resources.operating_model_parts.docs docs/operating_model.md
	@$(BIN)/instep manual --model operating_model.toml --to docs/manual

lock: $(STAMP) ## compile requirements.lock again (needs uv)
	@uv pip compile pyproject.toml --extra dev --extra sqs --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-emit-find-links --no-header --no-annotate --constraint constraints.txt \
		--quiet --output-file requirements.lock

clean:
	@rm -rf $(VENV) data .mypy_cache .ruff_cache .hypothesis
