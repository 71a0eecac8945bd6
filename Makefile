# make run    sets everything up and opens the window (without a display: takes the tour instead)
# make test   sets everything up and runs every check
# make slow   minutes of kills, crashes, damaged files and soaking
# make venv   only sets up
# make lint   linter, formatter, types and import contracts alone
# make bench  measures speed and responsiveness

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.ready

export OMP_WAIT_POLICY ?= PASSIVE

.PHONY: run test slow venv lint bench tour clean

run: venv
	@./setup/run.sh

test: venv
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest -q

slow: venv
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest -q -s -m slow

venv: $(STAMP)
	@./setup/system.sh

$(STAMP): pyproject.toml setup/venv.sh
	@./setup/venv.sh "$(PYTHON)" "$(VENV)"
	@touch $@

lint: venv
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports

bench: venv
	$(BIN)/python -m bench

tour: venv
	QT_QPA_PLATFORM=offscreen $(BIN)/python main.py tour --out tour

clean:
	rm -rf $(VENV) tour build
