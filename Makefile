# The six commands. Each makes .venv when it is missing or its requirements changed.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: install run test slow weights pictures
# What a service needs before it starts the bot or a worker by itself.
install: .venv/run.stamp

run: .venv/run.stamp
	@$(BIN)/python -m bot

test: .venv/test.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -m "not slow"

# The tests that take longer: browsers, training, several processes.
slow: .venv/test.stamp
	$(BIN)/python -m pytest -m slow

# Trains the built-in model anew; training/README.md says how long that takes.
weights: .venv/run.stamp
	$(BIN)/python -m training

# Makes the pictures of the README and the guides again: the local page, the contact sheet, cards.
pictures: .venv/test.stamp
	$(BIN)/python -m training.sheet
	PICTURES=docs/pictures $(BIN)/python -m pytest tests/test_browser.py tests/bot/test_looks.py

.venv/test.stamp: requirements-dev.txt .venv/run.stamp
	$(BIN)/python -m pip install -r requirements-dev.txt
	@touch $@

.venv/run.stamp: requirements.txt | .venv/made.stamp
	$(BIN)/python -m pip install -r requirements.txt
	@touch $@

.venv/made.stamp:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Five Squares needs Python 3.11 or newer: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv .venv
	@touch $@
