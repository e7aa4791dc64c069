# Everything a newcomer, a developer and the build machine run. `make demo` and `make test` install
# what they need; a second run starts in seconds.

PYTHON ?= python3
PORT ?= 5000
BIN := .venv/bin
RUNTIME_LIBRARIES := libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0
TEST_PROGRAMS := chromium-headless-shell poppler-utils
INDEPENDENT := tests/independent/node_modules/.installed

# Tests wait for PostgreSQL or a browser as much as they work, so there is one more of them than there
# are cores.
WAITING := $(shell echo $$(( $$(getconf _NPROCESSORS_ONLN) + 1 )))

# What Python compiles once is kept, also in a container that says otherwise: many tests start
# commands and servers of their own.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test types tests check bench pictures words requirements serve clean

demo: .venv/installed  ## Serve a filled example installation at http://127.0.0.1:$(PORT)
	@sh packaging/system-packages.sh $(RUNTIME_LIBRARIES)
	@$(BIN)/accolade demo --port $(PORT)

test: .venv/installed-for-tests $(INDEPENDENT)  ## Lint, types, and every test
	@sh packaging/system-packages.sh $(RUNTIME_LIBRARIES) $(TEST_PROGRAMS)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@$(MAKE) --no-print-directory -j2 types tests

# mypy has work for one core, so the tests begin beside it.
types: .venv/installed-for-tests
	$(BIN)/mypy

tests: .venv/installed-for-tests $(INDEPENDENT)
	$(BIN)/pytest -n $(WAITING) --dist loadgroup --ignore tests/browser
	$(BIN)/pytest -n $(WAITING) --dist loadgroup tests/browser

check: .venv/installed-for-tests $(INDEPENDENT)  ## The quick part of `make test`: no browser
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest -n $(WAITING) --dist loadgroup --ignore tests/browser

bench: .venv/installed-for-tests  ## The figures in the README
	@sh packaging/system-packages.sh $(RUNTIME_LIBRARIES)
	$(BIN)/python -m benchmarks

pictures: .venv/installed-for-tests  ## Take the README's pictures anew
	@sh packaging/system-packages.sh $(RUNTIME_LIBRARIES) $(TEST_PROGRAMS)
	ACCOLADE_PICTURES=docs/pictures $(BIN)/pytest tests/browser/test_pictures.py -p no:xdist

words: .venv/installed-for-tests  ## Bring the catalogues of engine/locales up to date
	$(BIN)/python -m tests.extracting

requirements: .venv/installed-for-tests  ## Write docs/requirements.md: row, document, test
	$(BIN)/python -m tests.requirements

serve: .venv/installed  ## Serve this installation for real
	@sh packaging/system-packages.sh $(RUNTIME_LIBRARIES)
	$(BIN)/accolade serve --port $(PORT)

clean:  ## Forget the virtual environment and every cache; instance/ stays
	rm -rf .venv tests/independent/node_modules .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist *.egg-info

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("Accolade needs Python 3.11 or newer." if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || sh packaging/system-packages.sh python3-venv
	@$(PYTHON) -m venv .venv

.venv/installed: .venv/bin/python pyproject.toml constraints.txt
	@echo 'Installing Accolade into .venv: once, and two or three minutes on a slow machine.'
	@$(BIN)/python -m pip install --quiet --upgrade pip --constraint constraints.txt
	@$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable .
	@touch $@

.venv/installed-for-tests: .venv/installed
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --group dev
	@touch $@

# What badges are verified with that is not ours: packages for node, by their hashes, whose scripts are
# not run.
$(INDEPENDENT): tests/independent/package-lock.json
	@command -v node >/dev/null && command -v npm >/dev/null || sh packaging/system-packages.sh nodejs npm
	@cd tests/independent && npm ci --silent
	@touch $@
