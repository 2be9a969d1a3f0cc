# `make help` lists what can be done. Everything sets itself up: .venv/run holds Copier alone, .venv/dev
# what the tests need besides, .venv/audit the security scan, .venv/docs the site's generator. Works with
# GNU make 3.81, which macOS has.

PYTHON ?= python3
DEST ?=
ARGS ?=

DEV := .venv/dev/bin
RUN := .venv/run/bin

# The shell leaves the ~ in DEST=~/shop alone where it does not begin a word.
destination = $(patsubst ~/%,$(HOME)/%,$(DEST))

.PHONY: help
help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /make \1	/p' Makefile | expand -t 18

.PHONY: new
new: safe-destination not-rendered .venv/run/.ready ## DEST=../shop: ask the questions and render; ARGS go to Copier
	@$(RUN)/copier copy --trust --vcs-ref HEAD $(ARGS) "$(CURDIR)" "$(destination)"

.PHONY: update
update: safe-destination .venv/run/.ready ## DEST=../shop: bring what was rendered to this template's newest release
	@cd "$(destination)" && "$(CURDIR)/$(RUN)/copier" update --trust $(ARGS)

# A fifth of it waits, for screens and for polls: four processes fill two processors.
.PHONY: check
check: .venv/dev/.ready .venv/run/.ready .venv/docs/.ready ## the quick tests: no container engine, no Terraform, no updates
	$(DEV)/ruff check .
	$(DEV)/ruff format --check .
	$(DEV)/mypy
	$(DEV)/yamllint --strict .
	$(DEV)/shellcheck .ci/run
	$(DEV)/pytest -m "not browser and not engine and not infra and not update" --numprocesses 4 --dist loadgroup

# Updates keep the processors busy, containers mostly wait for each other: at once they take two minutes less.
.PHONY: test
test: check browser ## every test
	@$(MAKE) --no-print-directory --jobs 2 updates engine
	@$(MAKE) --no-print-directory infra

.PHONY: updates
updates: .venv/dev/.ready .venv/run/.ready ## the tests of copier update
	$(DEV)/pytest -m update --numprocesses auto

.PHONY: browser
browser: .venv/dev/.ready ## the tests that draw in a headless Chromium; on Debian, root gets it installed
	$(DEV)/pytest -m browser

# Containers that wait for each other, mostly: two at a time lose nothing.
.PHONY: engine
engine: .venv/dev/.ready .venv/run/.ready ## the tests of the image; starts a container engine where none runs
	$(DEV)/pytest -m engine --verbose --capture no --numprocesses 2 --dist loadfile

# Most of it is waiting for what AWS would be doing, so there are more processes than processors.
.PHONY: infra
infra: .venv/dev/.ready .venv/run/.ready .venv/audit/.ready ## the tests of the infrastructure, on an emulator of AWS
	$(DEV)/pytest -m infra --verbose --capture no --numprocesses 6 --dist loadgroup tests/infra

.PHONY: demo
demo: .venv/dev/.ready ## the whole first deploy of a fresh rendering, on an emulator of AWS
	$(DEV)/python -m tests.infra.demo

.PHONY: campaign
campaign: .venv/dev/.ready .venv/run/.ready ## a deeper search: every triple of answers, and ten times the faults
	$(DEV)/pytest -m "not engine and not infra" --numprocesses auto --dist loadgroup --campaign tests/plan tests/rendered
	$(DEV)/pytest -m update --campaign --verbose --numprocesses auto tests/update
	$(DEV)/pytest -m engine --campaign --verbose --capture tee-sys tests/image/test_schedule.py \
		tests/image/test_schedule_simulation.py tests/faults

.PHONY: bench
bench: .venv/dev/.ready ## measure against baselines; ARGS="tick web" only those
	$(DEV)/python -m benchmarks $(ARGS)

.PHONY: example
example: .venv/dev/.ready ## render examples/shop anew, from examples/answers.yml
	$(DEV)/python -m tests.example

.PHONY: pictures
pictures: .venv/dev/.ready ## the screens of the questions and the diagram in docs/pictures, anew
	$(DEV)/python -m tests.questions.screens
	$(DEV)/python -m tests.pictures.browser

.PHONY: docs
docs: .venv/docs/.ready ## build the site of docs/ in .cache/site; a broken link is an error
	@.venv/docs/bin/sphinx-build --quiet --fresh-env --fail-on-warning --keep-going --nitpicky \
		--doctree-dir .cache/doctrees docs .cache/site
	@echo "Open $(CURDIR)/.cache/site/index.html"

.PHONY: prices
prices: .venv/dev/.ready ## what the price file lacks; ARGS="compare eu-west-1" asks AWS whether it still holds
	@PYTHONPATH=extensions $(DEV)/python -m tests.prices $(ARGS)

.PHONY: lock
lock: .venv/dev/.ready ## write requirements/*.txt anew, with the newest versions that requirements/*.in allow
	cd requirements && for name in run dev audit awscli docs; do \
		"$(CURDIR)/$(DEV)/uv" pip compile --quiet --upgrade --universal --python-version 3.11 \
			--generate-hashes --no-header --output-file $$name.txt $$name.in || exit 1; \
	done

.PHONY: clean
clean: ## remove what the other targets made here
	rm -rf .venv .cache .hypothesis
	find extensions tests -name __pycache__ -exec rm -rf {} +

# ── What the targets stand on ────────────────────────────────────────────────────────────────────

# Before anything is installed or written: git can only give back what was committed.
.PHONY: safe-destination
safe-destination:
	@test -n "$(DEST)" || { echo >&2 "error: where to? For example: make $(MAKECMDGOALS) DEST=../shop"; exit 1; }
	@test -z "$$(git -C "$(destination)" status --porcelain -- . 2>/dev/null)" || { echo >&2 \
		"error: $(DEST) has uncommitted changes; commit or stash them, then git can undo what is rendered."; exit 1; }
	@test ! -e "$(destination)/artisan" || git -C "$(destination)" rev-parse --quiet --verify HEAD >/dev/null 2>&1 || \
		{ echo >&2 "error: $(DEST) is in no git repository: git init and commit first, then git can undo what is rendered."; exit 1; }

.PHONY: not-rendered
not-rendered:
	@test ! -e "$(destination)/.copier-answers.yml" || { echo >&2 \
		"error: $(DEST) has been rendered already: make update DEST=$(DEST) brings it up to date."; exit 1; }

# .ready comes last, so that an installation that broke off is begun anew.
.venv/%/.ready: requirements/%.txt
	@command -v "$(PYTHON)" >/dev/null || { echo >&2 \
		"error: $(PYTHON) is not here; install Python 3.11 or newer, or name one: make PYTHON=python3.13 ..."; exit 1; }
	@"$(PYTHON)" -c "import sys; sys.exit(sys.version_info < (3, 11))" || { echo >&2 \
		"error: $(PYTHON) is older than Python 3.11; name a newer one: make PYTHON=python3.13 ..."; exit 1; }
	@"$(PYTHON)" -c "import ensurepip, venv" 2>/dev/null || $(install-venv)
	@echo "Setting up .venv/$* ..."
	@rm -rf .venv/$*
	@"$(PYTHON)" -m venv .venv/$*
	@.venv/$*/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $<
	@touch $@

# Debian keeps Python's venv in a package of its own.
install-venv = if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	apt-get update --quiet=2 && apt-get install --quiet=2 --no-install-recommends python3-venv; \
	else echo >&2 "error: Python's venv is missing; type: sudo apt-get install python3-venv"; exit 1; fi
