# Everything one does with this repository. Needs Python 3.11 or newer and make; `make` alone lists the targets.

# Where Python keeps nothing of what it compiled, each of the hundreds of processes that the tests start compiles the service's sources
# anew, for a second.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo serve warm test fuzz check format openapi theme generated bench parity numba platforms generators browser screenshots environments release lock digests clean

PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
READY := .venv/installed
PARITY_READY := .venv-parity/installed
PLATFORMS_READY := .venv-platforms/installed
NUMBA_READY := .venv-numba/installed
GENERATORS_READY := .venv-generators/installed
BROWSER_READY := .venv-browser/installed

# Tests that wait for a time, a process or an answer leave their core to others: one worker more than there are cores.
WORKERS ?= $(shell $(PYTHON) -c 'import os; print(min(8, 1 + (os.cpu_count() or 1)))')

# What the fuzzer is told. Continuous integration runs it beside others that take ARGS too.
FUZZ ?= $(ARGS)

# The oldest numba that the service allows.
OLDEST_NUMBA := $(shell sed -n 's/.*"numba>=\([0-9.]*\),.*/\1/p' service/pyproject.toml)

# The tests that run every kernel in every loop. What the rest of the engine's tests hold does not depend on the numba that compiles it.
COMPILED := tests/parity --ignore=tests/parity/test_nulls.py \
	$(patsubst %,tests/engine/test_%.py,cache chains compiled compiled_rooms data expressions) \
	$(patsubst %,tests/engine/test_trajectory.py::test_%_to_the_last_bit,a_batch_is_its_runs_one_by_one a_run_cut_in_two_with_its_state_is_the_whole)

# Where images are named, each with its digest.
WITH_IMAGES := service/Dockerfile docker-compose.yml docker-compose.override.yml \
	deploy/kubernetes/base/gateway.yaml deploy/kubernetes/base/redis.yaml

# The CPU build of torch; the one without this index brings gigabytes of CUDA.
TORCH_INDEX ?= https://download.pytorch.org/whl/cpu

# A lock has one version of a package for every Python and system, but where NEWEST_NUMBA says so, and the hashes of its files. Each
# package has to have a wheel: a source archive would run code at its installation, and would download what builds it.
LOCK = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest --generate-hashes --only-binary :all: \
	--no-emit-package stepgrade --no-emit-package stepgrade-service --custom-compile-command "make lock" $(ARGS)

# What every lock is made for: both distributions, and what builds them.
OURS := ./client "./service[otel,redis]" setuptools

# The newest llvmlite has no wheel for a Mac with an Intel processor, so it gets an older numba.
NEWEST_NUMBA := "numba<0.63; sys_platform == 'darwin' and platform_machine == 'x86_64'" \
	"numba>=0.63; sys_platform != 'darwin' or platform_machine != 'x86_64'"

# $(call environment,directory): a virtual environment there that works.
define environment
@command -v $(PYTHON) >/dev/null || { echo "There is no $(PYTHON). Install Python 3.11 or newer, or name one: make PYTHON=/path/to/python3 ..." >&2; exit 1; }
@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	|| { echo "Stepgrade needs Python 3.11 or newer, and $(PYTHON) is $$($(PYTHON) --version 2>&1). Name another: make PYTHON=python3.13 ..." >&2; exit 1; }
@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
	|| { echo "$(PYTHON) has no venv. On Debian or Ubuntu: apt-get install python3-venv" >&2; exit 1; }
@echo "Installing into $(1) (a minute or two, once)"
@$(1)/bin/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(1)
endef

# How packages are installed into .venv, and into a further environment: by the uv that .venv has, which needs a seventh of the time;
# by pip where uv finds none, as behind a mirror that pip alone is told of.
PIP = -m pip install -qq --disable-pip-version-check
UV = $(BIN)/uv pip install --quiet --python

# $(call locked,directory,lock): what the lock names, and both distributions, built by the setuptools of the lock.
define locked
@$(1)/bin/python $(PIP) --require-hashes --only-binary :all: -r $(2)
@$(1)/bin/python $(PIP) --no-deps --no-build-isolation -e client -e service
endef

# $(call quickly,directory,lock): the same by uv.
define quickly
@$(UV) $(1)/bin/python --require-hashes --only-binary :all: -r $(2) 2>/dev/null \
	|| $(1)/bin/python $(PIP) --require-hashes --only-binary :all: -r $(2)
@$(1)/bin/python $(PIP) --no-deps --no-build-isolation -e client -e service
endef

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@echo
	@echo "  PORT=8001 for another port, ARGS=\"-k gateway\" for pytest, PYTHON=python3.13 for another Python"

demo: $(READY) ## what the service is for, in a minute, on your screen
	@$(BIN)/python demo/demo.py

serve: $(READY) ## the service, at http://127.0.0.1:8000, for this computer (Ctrl-C ends it)
	@exec env STEPGRADE_SERVER_PORT=$(PORT) $(BIN)/python -m stepgrade_service serve

test: $(READY) ## all tests but those of the page in a browser
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal --ignore=tests/browser $(ARGS)

warm: $(READY) ## compile every kernel into the cache: once, a minute or more
	$(BIN)/python -m stepgrade_service warm

fuzz: $(READY) ## odd requests by the thousand, a few minutes of them; ARGS="--seconds 60"
	$(BIN)/python -m fuzz $(FUZZ)

check: $(READY) ## linter, format, types, and openapi.yaml against the code
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m stepgrade_service openapi --check

format: $(READY) ## format the code and mend what the linter can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

openapi: $(READY) ## write openapi.yaml from the code
	$(BIN)/python -m stepgrade_service openapi > .venv/openapi.yaml
	mv .venv/openapi.yaml openapi.yaml

theme: $(READY) ## write the colours of the page from those of the pictures
	$(BIN)/python -m stepgrade_service.pictures.stylesheet > .venv/theme.css
	mv .venv/theme.css service/stepgrade_service/playground/theme.css

generated: $(READY) $(PARITY_READY) ## all that is made from the code: openapi.yaml, goldens of new cases, tables and pages of docs/
	.venv-parity/bin/python tests/parity/make_goldens.py
	.venv-parity/bin/python tests/parity/make_objective_goldens.py
	.venv-parity/bin/python tests/parity/make_schedule_goldens.py
	.venv-parity/bin/python tests/parity/make_null_goldens.py
	.venv-parity/bin/python tests/parity/make_lists.py
	$(BIN)/python tests/grading/test_confusion.py
	$(BIN)/python -m tests.students.catalogue.collection
	$(MAKE) -s openapi theme
	$(BIN)/python docs/make_tables.py
	$(BIN)/python docs/make_optimizers.py
	$(BIN)/python docs/make_mistakes.py
	$(BIN)/python docs/make_verdicts.py

bench: $(READY) $(PARITY_READY) $(BROWSER_READY) ## how fast it is, beside torch and optax, and in a browser
	$(BIN)/python bench/run.py
	.venv-browser/bin/python bench/page.py

parity: $(PARITY_READY) ## make the golden numbers anew with torch, keras, optax and mpmath, and compare
	.venv-parity/bin/python tests/parity/make_goldens.py --check
	.venv-parity/bin/python tests/parity/make_objective_goldens.py --check
	.venv-parity/bin/python tests/parity/make_schedule_goldens.py --check
	.venv-parity/bin/python tests/parity/make_null_goldens.py --check
	.venv-parity/bin/python tests/parity/make_network_goldens.py --check
	.venv-parity/bin/python tests/parity/make_expressions.py --check
	.venv-parity/bin/python tests/parity/make_lists.py --check
	.venv-parity/bin/python tests/parity/optimizers/run.py

platforms: $(PLATFORMS_READY) ## the graders' examples, as their platforms run them
	.venv-platforms/bin/python -m pytest -n 2 --dist loadfile -p no:cg_pytest_reporter tests/platforms $(ARGS)

generators: $(GENERATORS_READY) ## generated clients in Python and TypeScript, what lints openapi.yaml, and the types of the examples
	.venv-generators/bin/python -m pytest -p no:cacheprovider tests/generators $(ARGS)

browser: $(BROWSER_READY) ## the page in Chromium, which `apt-get install chromium fonts-dejavu-core` has
	.venv-browser/bin/python -m pytest -p no:cacheprovider tests/browser $(ARGS)

screenshots: $(BROWSER_READY) ## each example of the page as a picture: light, dark, phone, projector; into screenshots/
	.venv-browser/bin/python -m tests.browser.screenshots $(ARGS)

numba: $(NUMBA_READY) ## every kernel with the oldest numba that is allowed
	.venv-numba/bin/python -m pytest -n auto --maxprocesses 8 --dist worksteal $(COMPILED) $(ARGS)

environments: $(READY) $(PLATFORMS_READY) $(GENERATORS_READY) $(BROWSER_READY) $(NUMBA_READY) ## install everything that the checks need

release: $(READY) ## build both wheels into dist/, install them into an empty environment, and test them there
	rm -rf dist build client/build service/build
	$(BIN)/python -m pip wheel -qq --disable-pip-version-check --no-deps --no-build-isolation -w dist ./client ./service
	$(PYTHON) -m venv --clear build/release
	build/release/bin/python $(PIP) --require-hashes --only-binary :all: -r service/requirements.lock
	build/release/bin/python $(PIP) --no-deps --no-index dist/*.whl
	cd build/release && env -u PYTHONPATH bin/python -I $(CURDIR)/tests/release.py
	@ls -l dist

lock: $(READY) ## write the lock files; ARGS=--upgrade for the newest versions
	printf '%s\n' $(OURS) $(NEWEST_NUMBA) | $(LOCK) - -o service/requirements.lock
	printf '%s\n' $(OURS) $(NEWEST_NUMBA) | $(LOCK) - requirements-dev.txt -c service/requirements.lock -o requirements-dev.lock
	printf '%s\n' $(OURS) $(NEWEST_NUMBA) | $(LOCK) - tests/platforms/requirements.txt -o tests/platforms/requirements.lock
	printf '%s\n' $(OURS) $(NEWEST_NUMBA) | $(LOCK) - tests/generators/requirements.txt -o tests/generators/requirements.lock
	printf '%s\n' $(OURS) $(NEWEST_NUMBA) | $(LOCK) - tests/browser/requirements.txt -o tests/browser/requirements.lock
	printf '%s\n' $(OURS) "numba==$(OLDEST_NUMBA).*" hypothesis pytest pytest-xdist \
		| $(LOCK) - -c requirements-dev.txt -o tests/oldest-numba.lock

digests: ## ask the registry for the current digests of the base images, and write them
	@grep -oh '[a-z/]*:[^ @]*@sha256:[0-9a-f]*' $(WITH_IMAGES) | sort -u | while IFS=@ read -r image old; do \
		new=$$(docker buildx imagetools inspect --format '{{.Manifest.Digest}}' $$image) || exit; \
		for file in $(WITH_IMAGES); do sed "s|$$image@$$old|$$image@$$new|" $$file > $$file.new && mv $$file.new $$file; done; \
		echo "$$image@$$new"; \
	done

clean: ## remove the environments, the caches and what was built
	rm -rf .venv .venv-parity .venv-platforms .venv-generators .venv-browser .venv-numba .fuzz screenshots .pytest_cache .mypy_cache .ruff_cache .hypothesis .numba-cache build dist
	rm -rf service/build service/*.egg-info client/build client/*.egg-info
	find service client tests bench demo fuzz -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true

$(READY): requirements-dev.lock client/pyproject.toml service/pyproject.toml
	$(call environment,.venv)
	$(call locked,.venv,$<)
	@touch $@

# The CPU build of torch is in no lock: its index is not PyPI, which has another file of the same version.
$(PARITY_READY): tests/parity/requirements.txt
	$(call environment,.venv-parity)
	@.venv-parity/bin/python -m pip install -qq --retries 1 --extra-index-url $(TORCH_INDEX) -r $< -e client -e service
	@touch $@

$(PLATFORMS_READY): tests/platforms/requirements.lock client/pyproject.toml service/pyproject.toml | $(READY)
	$(call environment,.venv-platforms)
	$(call quickly,.venv-platforms,$<)
	@touch $@

$(GENERATORS_READY): tests/generators/requirements.lock client/pyproject.toml service/pyproject.toml | $(READY)
	$(call environment,.venv-generators)
	$(call quickly,.venv-generators,$<)
	@touch $@

$(BROWSER_READY): tests/browser/requirements.lock client/pyproject.toml service/pyproject.toml | $(READY)
	$(call environment,.venv-browser)
	$(call quickly,.venv-browser,$<)
	@touch $@

$(NUMBA_READY): tests/oldest-numba.lock client/pyproject.toml service/pyproject.toml | $(READY)
	$(call environment,.venv-numba)
	$(call quickly,.venv-numba,$<)
	@touch $@
