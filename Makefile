# Two commands: `make demo` shows the product on a phantom, `make test` checks all of it.
# Both set up .venv first and are quick when nothing has changed.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
DEMO   := build/demo

# Files of tests are shared out over the cores; where torch has the choice it computes on one of them.
# Threads that wait for others sleep: there are more of them than cores, and spinning would keep one busy.
PYTEST := OMP_NUM_THREADS=1 OMP_WAIT_POLICY=passive $(BIN)/pytest --numprocesses auto --dist loadfile

LIBRARY := $(shell find CTPerfusionMaps/CTPerfusionLib Resources -type f -not -path '*/__pycache__/*')
PHANTOM := $(shell find CTPerfusionMaps/CTPerfusionLib/phantom -name '*.py')

.PHONY: setup demo test lint validate benchmark flow-readings file-lists clean

setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "$(PYTHON) is older than 3.11; install Python 3.11 or later, or name one: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || \
	  { echo "$(PYTHON) cannot make virtual environments; on Debian: apt-get install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[cohort,dicom,phantom,scene,test,training]'
	@touch $@

$(DEMO)/phantom/truth/truth.json: $(STAMP) $(PHANTOM)
	@mkdir -p $(DEMO)
	@rm -rf $(DEMO)/phantom
	$(BIN)/ctperfusion phantom head $(DEMO)/phantom

$(DEMO)/result/run.json: $(DEMO)/phantom/truth/truth.json $(LIBRARY)
	$(BIN)/ctperfusion run $(DEMO)/phantom/study --output $(DEMO)/result

demo: $(DEMO)/result/run.json
	@$(BIN)/python Testing/validation/compare_with_truth.py $(DEMO)/result $(DEMO)/phantom/truth

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: lint
	$(PYTEST)

validate: $(STAMP)
	$(PYTEST) --hypothesis-profile=searching
	$(BIN)/python Testing/validation/validate.py
	$(BIN)/python Testing/validation/validate_kinetics.py
	$(BIN)/python Testing/validation/validate_preprocessing.py
	$(BIN)/python Testing/validation/validate_segmentation.py
	$(BIN)/python Testing/validation/validate_networks.py
	$(BIN)/python Testing/validation/validate_core_volume.py
	$(BIN)/python Testing/validation/validate_cohort.py
	$(BIN)/python Testing/validation/validate_tuning.py
	$(BIN)/python Testing/validation/quality_rules.py

benchmark: $(STAMP)
	@mkdir -p build
	@for part in kinetics preprocessing pipeline unet; do \
	  $(BIN)/ctperfusion benchmark $$part --json build/benchmark-$$part.json || exit $$?; \
	done

flow-readings: $(STAMP)
	$(BIN)/python Testing/validation/calibrate_flow_reading.py

file-lists: $(STAMP)
	$(BIN)/python Testing/static/write_file_lists.py

docs/demo.png: $(DEMO)/result/run.json
	$(BIN)/python Testing/validation/demo_picture.py $(DEMO)/result $@

clean:
	rm -rf build dist $(VENV)
