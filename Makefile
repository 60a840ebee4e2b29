# The two commands a newcomer needs: make bench, make test.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
RUN    := $(BIN)/upbench
OUT    ?= results/runs/bench
EXTRAS := onnx jax tensorflow vips av itk kornia
JOBS   ?=
SPEED  ?= 960x540
BOARD  ?= results/runs/leaderboard
SETS   ?= set5,set14,bsd100,urban100
INTERPOLATIONS := 'nearest,bilinear,bicubic,lanczos3,mitchell,hermite,area,opencv-*,pillow-*,torch-nearest*,torch-bi*,skimage-*,scipy-*'
PICTURED := cnn-transposed-conv-even,cnn-transposed-conv-9,cnn-subpixel-conv-icnr,upnet-slim,cnn-resize-conv-bilinear
LAYERS ?= transposed-conv-even,resize-conv-nearest,transposed-conv-uneven,subpixel-conv,subpixel-conv-icnr,resize-conv-bilinear,transposed-conv-5
DECODERS ?= transposed-conv-uneven,transposed-conv-even,transposed-conv-even-bilinear,resize-conv-nearest,resize-conv-bilinear,subpixel-conv,subpixel-conv-icnr
STUDIED ?= transposed-conv-uneven,transposed-conv-even,transposed-conv-even-bilinear,transposed-conv-zero-order-hold,zero-insertion-conv,subpixel-conv,subpixel-conv-icnr,resize-conv-nearest,resize-conv-nearest-7,resize-conv-bilinear,dysample
TASKS  ?= x2 x3 x4 x2-as-built
STEPS  ?=

# Without this, `python -m` from here would find our `datasets` folder as a top-level package.
export PYTHONSAFEPATH := 1

.DEFAULT_GOAL := help
.PHONY: help install bench bench-all leaderboard test test-extras lint layers types unit docs publish train study forms roles layer-study perf gpu simulate endure build clean

help: ## show these verbs
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(VENV)/installed ## set up .venv with the pinned dependencies and the upbench command

bench: $(VENV)/installed ## run every built-in method on the standard images, then tables and pictures
	$(RUN) run --datasets standard --scales 2,3,4 --protocol y-classic --speed $(SPEED) $(if $(JOBS),--jobs $(JOBS)) --out $(OUT)

bench-all: $(VENV)/installed-extras ## the same with every optional library that can be installed here
	$(RUN) run --methods all --datasets standard --scales 2,3,4 --protocol y-classic $(if $(JOBS),--jobs $(JOBS)) --out $(OUT)-all

test: lint layers types unit ## set up, then lint, layers, types and tests

lint: $(VENV)/installed-dev ## check style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

layers: $(VENV)/installed-dev ## check that each package imports only from lower layers
	$(BIN)/lint-imports

types: $(VENV)/installed-dev ## check types
	$(BIN)/mypy

test-extras: $(VENV)/installed-dev $(VENV)/installed-extras ## test the methods of every optional library, the large ones too
	$(BIN)/pytest -n 2 tests/methods tests/registry tests/theory/test_port_extras.py

unit: $(VENV)/installed-dev ## run the tests alone; print which lines they do not reach
	$(BIN)/pytest -n 2 --cov --cov-report=term-missing:skip-covered

docs: $(VENV)/installed-dev ## build the documentation site into build/docs; a warning is an error
	$(BIN)/python -m sphinx --quiet --fail-on-warning --keep-going --fresh-env --write-all docs build/docs
	@echo "Open build/docs/index.html in a browser."

leaderboard: $(VENV)/installed ## run the classic tables (an hour; resumes), publish them to results/leaderboard
	$(RUN) run --datasets $(SETS) --scales 2,3,4 --protocol y-classic $(if $(JOBS),--jobs $(JOBS)) --out $(BOARD)
	$(RUN) run --methods $(INTERPOLATIONS) --datasets $(SETS) --scales 2,3,4 --protocol rgb8 $(if $(JOBS),--jobs $(JOBS)) --out $(BOARD)
	$(BIN)/python results/publish.py leaderboard $(BOARD) --add
	$(RUN) run --methods $(PICTURED) --datasets urban100 --scales 4 --protocol y-classic --crop img_011_SRF_4_HR:100,820 --out $(BOARD)-picture
	cp $(BOARD)-picture/figures/strip-urban100-img_011_SRF_4_HR-x4-y-classic.png results/leaderboard/figures

publish: ## copy the tables of the last bench, and the pictures that pages show, to results/bench
	$(BIN)/python results/publish.py bench $(OUT)

train: $(VENV)/installed ## train the learned methods that have no weights yet
	$(RUN) train

study: $(VENV)/installed ## compare the trained heads: tables, figures and text in results/learned
	$(BIN)/python results/learned/head_study

forms: $(VENV)/installed ## measure a transposed convolution in five forms: results/forms
	$(BIN)/python results/forms/form_study --out results/forms --budget 1

roles: $(VENV)/installed ## train layers in their roles (hours on two cores; the same command resumes): results/roles
	$(RUN) layers --role generate --layers $(LAYERS) --data mnist $(if $(STEPS),--steps $(STEPS)) --out $(OUT)-roles
	$(RUN) layers --role reconstruct --layers $(LAYERS) $(if $(STEPS),--steps $(STEPS)) --out $(OUT)-roles
	$(RUN) layers --role segment --layers $(DECODERS) --data camvid $(if $(STEPS),--steps $(STEPS)) --out $(OUT)-roles
	$(BIN)/python results/roles/publish.py $(OUT)-roles
	$(BIN)/python results/roles/segment_page.py $(OUT)-roles

layer-study: $(VENV)/installed ## train layers after one trunk, 5 seeds each (many hours; resumes): results/layers
	for task in $(TASKS); do $(RUN) layers --role superresolution --layers $(STUDIED) --seeds 5 --data $$task $(if $(STEPS),--steps $(STEPS)) --out $(OUT)-layers-$$task || exit; done
	$(BIN)/python results/layers/layer_study $(TASKS:%=$(OUT)-layers-%)

perf: $(VENV)/installed-dev ## print the speed ratios against rivals, measured in one run
	$(BIN)/python results/perf/run.py

gpu: $(VENV)/installed-dev ## on CUDA: check learned methods against the CPU, time them: results/gpu
	$(BIN)/python results/perf/gpu.py

simulate: $(VENV)/installed-dev ## how often intervals and ranks are right, by simulation: results/perf/*.csv
	$(BIN)/python results/perf/coverage.py
	$(BIN)/python results/perf/ranks.py

endure: $(VENV)/installed-dev ## kill runs, damage images, plan 100,000 cells: print what the engine endures
	$(BIN)/python results/perf/endurance.py

build: $(VENV)/installed-dev ## build the wheel and the source archive into dist
	rm -rf build dist
	$(BIN)/python -m build

clean: ## remove the environment, caches and build products (results/runs stays)
	rm -rf $(VENV) build dist src/*.egg-info .coverage .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

$(VENV)/installed: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit("upbench needs Python 3.11 or newer, this is " + sys.version.split()[0] + "; choose one with: make PYTHON=python3.12 install" if sys.version_info < (3, 11) else 0)'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --constraint constraints.txt --editable ".[dask]"
	touch $@

$(VENV)/installed-dev: $(VENV)/installed
	$(BIN)/pip install --quiet --constraint constraints.txt --editable ".[dev]"
	touch $@

# A library that has no wheel for this machine is left out; its methods are not listed.
$(VENV)/installed-extras: $(VENV)/installed
	@for extra in $(EXTRAS); do \
	    echo "adding upbench[$$extra]"; \
	    $(BIN)/pip install --quiet --constraint constraints.txt --editable ".[$$extra]" \
	        || echo "upbench[$$extra] cannot be installed here: its methods are left out."; \
	done
	touch $@
