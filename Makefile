# Two commands do everything: `make demo` shows the main job, `make test` runs the tests. Both set up what they need.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready

.PHONY: servers demo test check format bench bench-watch bench-class bench-nbgrader faults fuzz recording record audit walls clean help

help:  ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

$(READY): pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@

walls:  ## install what the full isolation needs (bubblewrap, libseccomp), where apt and root allow it
	@if ! command -v bwrap >/dev/null && command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
		apt-get update -qq && apt-get install -y -qq bubblewrap libseccomp2 >/dev/null; fi
	@command -v bwrap >/dev/null || echo "bubblewrap is missing: submissions run behind fewer walls (chapter10 doctor tells)."

# What the tests drive beside the walls: a browser, a database server. Tests of what is missing say so and are skipped.
servers:
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		command -v chromium >/dev/null && ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 \
		|| { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium postgresql >/dev/null; }; fi

demo: $(READY) walls  ## a learner's first minutes: the stub, a classic mistake, the reference
	@BIN="$(CURDIR)/$(BIN)" sh docs/demo.sh

test: $(READY) walls servers  ## run all tests, on all cores
	$(BIN)/python -m pytest -n auto --dist loadgroup

check: $(READY)  ## formatter, linter and type checker
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(READY)  ## format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

recording: $(READY)  ## make the README's recording from a real session
	$(BIN)/python docs/record.py

audit: $(READY) walls  ## prove every grader suite
	$(BIN)/chapter10 audit

record: $(READY)  ## write the recordings anew
	$(BIN)/chapter10 record

bench: $(READY) walls  ## measure the figures of the README, side by side in one run
	$(BIN)/python tests/bench/bench.py

bench-watch: $(READY) walls  ## from a save to the verdict on the screen of `chapter10 watch`
	$(BIN)/python tests/bench/bench_watch.py

bench-class: $(READY) walls  ## grade 300 generated submissions: per second, per core, against nbgrader, plain pytest and Dask
	$(BIN)/python tests/bench/bench_class.py

bench-nbgrader: $(READY) walls  ## nbgrader's autograde with our preprocessor and with its own
	$(BIN)/python tests/bench/bench_nbgrader.py

faults: $(READY) walls  ## kill children, zygotes and graders 500 times at random moments
	CHAPTER10_FAULTS=500 $(BIN)/python -m pytest tests/sandbox/test_faults.py --timeout 7200

fuzz: $(READY)  ## fuzz what a child may send, for MINUTES=10
	$(BIN)/pip install --quiet --disable-pip-version-check atheris
	$(BIN)/python tests/fuzz/fuzz_replies.py -max_total_time=$$((60 * $${MINUTES:-10}))

clean:  ## remove what was made here
	rm -rf $(VENV) demo build dist *.egg-info
