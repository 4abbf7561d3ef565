# Two commands do everything on a fresh machine with Python 3.11 or newer:
#   make run     the flagship scenario, with its tables, pictures and web page
#   make test    style, types, layers and tests (types are checked while the first tests run)

PYTHON ?= python3
unexport PYTHONDONTWRITEBYTECODE # where it is set, each of the tests' hundreds of processes would compile the package anew
BIN := .venv/bin
RUN_STAMP := .venv/.run-ready
TEST_STAMP := .venv/.test-ready

.PHONY: run test types quick-tests test-long attacks fuzz mutate validation bench clean

run: $(RUN_STAMP)
	$(BIN)/sim run scenarios/chang-e-4.toml --output out/chang-e-4
	@echo "Open out/chang-e-4/report.html in a browser: all of it on one page, with masks to move."

test: $(TEST_STAMP)
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(MAKE) --no-print-directory --jobs 2 types quick-tests

types: $(TEST_STAMP)
	$(BIN)/mypy

# A file's tests run in one process, so that they share their results; the heaviest files come first (tests/conftest.py).
# One thread of OpenBLAS, as `sim` itself uses (sim/cli): two workers keep two cores busy, and matrices are small.
quick-tests: $(TEST_STAMP)
	OPENBLAS_NUM_THREADS=1 $(BIN)/pytest -m "not long" -n 2 --dist loadfile --no-loadscope-reorder

test-long: $(TEST_STAMP)
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder --hypothesis-profile=searching

$(RUN_STAMP): pyproject.toml
	$(PYTHON) -c 'import sys; assert sys.version_info >= (3, 11), "Python 3.11 or newer is needed"'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

# The list of docs/attacks.md in its small cases; make test-long has the large ones.
attacks: $(TEST_STAMP)
	$(BIN)/pytest -m "not long" tests/fuzz tests/faults/test_hostile.py tests/faults/test_hostile_values.py \
	  tests/faults/test_result_folders.py tests/faults/test_records.py tests/faults/test_downloads.py \
	  tests/faults/test_whole_or_not.py tests/faults/test_sweep_folder.py tests/faults/test_together.py \
	  tests/stories/test_phases_at_random.py tests/stories/test_steps.py

SECONDS ?= 240
fuzz: $(TEST_STAMP) # so long a reader: an hour in all; what is found stays in tests/fuzz/found
	$(BIN)/python -m pip install --quiet --group fuzz
	nice -n 19 $(BIN)/python -m tests.fuzz --seconds $(SECONDS) --corpus .fuzz

mutate: $(TEST_STAMP) # an hour or so; run it again to try only those mutants that survived
	$(BIN)/python -m pip install --quiet --group mutate
	nice -n 19 $(BIN)/python -m tests.mutation

# The readers are attacked for some seconds too where atheris has a wheel; without it that test is skipped.
$(TEST_STAMP): $(RUN_STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "pip>=25.1"
	$(BIN)/python -m pip install --quiet --group test
	-$(BIN)/python -m pip install --quiet --only-binary atheris --group fuzz
	touch $@

validation: $(TEST_STAMP)
	$(BIN)/pytest -m "not long" tests/authorities tests/laws/test_coverage.py tests/stories/test_chang_e_4.py \
	  tests/stories/test_claims.py tests/stories/test_coverage.py tests/stories/test_crosscheck.py \
	  tests/stories/test_element_set_files.py tests/stories/test_export.py --figures docs/validation.md

bench: $(RUN_STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "pip>=25.1"
	$(BIN)/python -m pip install --quiet --group bench
	$(BIN)/python -m tests.bench --rounds 3 --write docs/benchmarks.md

clean:
	rm -rf .venv out .fuzz mutants .pytest_cache .mypy_cache .ruff_cache .hypothesis
