# make app      set up what is missing and start the app; PORT=8600 for another port
# make test     run the whole test suite on all cores; ARGS="-k lstm" to choose, ARGS="-n 0" for one
# make quick    run the tests of engine, figures and words: no browser, no page, under a minute
# make lowest   run it on the lowest supported dependencies; wants Python 3.11
# make lint     check style, formatting and types
# make bench    measure reaction, estimates of time and traces; the last need PyTorch
# make messages bring the catalogues of translations up to date; ARGS=de begins another language
# make gallery  draw the pictures of docs/gallery.md by its code; needs a Chromium
# make pictures draw the README's picture of the app; needs a Chromium
# make clean    remove the environment and everything generated
#
# PYTHON=python3.12 names the interpreter (3.11 or newer) that a new environment is made with.

PYTHON ?= python3
VENV := .venv/bin/python

.PHONY: help app test quick lowest lint bench messages gallery pictures clean
.NOTPARALLEL:
.DELETE_ON_ERROR:

help:
	@sed -n '/^#/!q; s/^# \{0,1\}//p' Makefile

app: .venv/.requirements
	$(VENV) -m lstm_viz app $(if $(PORT),--port $(PORT))

# A worker for each core, so that more threads would only wait; a file stays on one worker, whose
# browser and servers it shares, and the files keep their order, in which the longest begin early.
ON_ALL_CORES := --numprocesses auto --dist loadfile --no-loadscope-reorder
QUICK := tests/cells tests/analysis tests/figures tests/say tests/test_closed_forms.py tests/test_words.py

test: .venv/.requirements-dev
	OPENBLAS_NUM_THREADS=1 $(VENV) -m pytest $(ON_ALL_CORES) $(ARGS)

quick: .venv/.requirements-dev
	OPENBLAS_NUM_THREADS=1 $(VENV) -m pytest $(ON_ALL_CORES) -q $(QUICK) $(ARGS)

lowest:
	"$(PYTHON)" -m venv .venv-lowest
	.venv-lowest/bin/python -m pip install --disable-pip-version-check -r requirements-lowest.txt
	.venv-lowest/bin/python -m pytest $(ARGS)

lint: .venv/.requirements-dev
	$(VENV) -m ruff check .
	$(VENV) -m ruff format --check .
	$(VENV) -m basedpyright --pythonpath $(VENV)

bench: .venv/.requirements-dev
	$(VENV) benchmarks/reaction.py
	$(VENV) benchmarks/estimates.py
	$(VENV) benchmarks/trace.py

messages: .venv/.requirements-dev
	$(VENV) -m docs.messages $(ARGS)

gallery: .venv/.requirements-dev
	$(VENV) -m docs.pictures gallery

pictures: .venv/.requirements-dev
	$(VENV) -m docs.pictures home

clean:
	rm -rf .venv .venv-lowest build dist *.egg-info .pytest_cache .hypothesis .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp is as new as what was installed: a changed requirements file installs again.
.venv/.requirements: requirements.txt
.venv/.requirements-dev: requirements-dev.txt requirements.txt
.venv/.requirements .venv/.requirements-dev: .venv/.made
	$(VENV) -m pip install --disable-pip-version-check -r $(@:.venv/.%=%.txt)
	@touch $@

.venv/.made:
	@"$(PYTHON)" -c 'import sys; v = sys.version_info; \
	    v < (3, 11) and sys.exit("$(PYTHON) is Python %d.%d" % v[:2])' || { \
	    echo 'lstm_viz needs Python 3.11 or newer. Name one: make app PYTHON=python3.12' >&2; exit 1; }
	@"$(PYTHON)" -m venv .venv && $(VENV) -m pip --version >/dev/null || { \
	    echo 'No environment could be made in .venv. On Debian and Ubuntu this helps:' \
	        'sudo apt install python3-venv' >&2; exit 1; }
	@touch $@
