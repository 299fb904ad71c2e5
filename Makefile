# The guide's commands. `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help

# Nothing that Rasa or its libraries might send leaves this machine, and nothing is fetched at run time.
export RASA_TELEMETRY_ENABLED := false
export TF_CPP_MIN_LOG_LEVEL := 3
export HF_HUB_OFFLINE := 1
export TRANSFORMERS_OFFLINE := 1
export PYTHONWARNINGS := ignore::DeprecationWarning

UV := $(shell command -v uv 2>/dev/null || echo .uv/bin/uv)
PYTHON := .venv/bin/python
MODEL := models/guide.tar.gz
TRAINED_FROM := $(shell find data -name '*.yml') $(wildcard rashguide/understanding/*.py rashguide/content/*.py) \
	rashguide/dialogue/policy.py config.yml domain.yml encoder/encoder.onnx

.PHONY: help run test unit mutants try channels channels-check soak fuzz chaos flat train encoder calibrate chat bench safety review sign picture screenshots listen first-visit states lint format \
	clean load insights sbom advisories \
	forget expire handover-test handover-log handover-kills

help: ## Show this list.
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

run: .venv/ready $(MODEL) ## Set up and train if needed, start the guide, print its address. PORT=5006 make run
	@$(PYTHON) -m rashguide

test: .venv/tests programs lint unit $(MODEL) ## Set up and train if needed, then run all checks and tests.
	@$(PYTHON) -m pytest -m "not unit"

unit: .venv/tests ## Test the pure logic, without any server: under a minute, branch coverage printed, with a floor.
	@$(PYTHON) -m pytest --cov --cov-report=term:skip-covered \
		$$(grep -rlx 'pytestmark = pytest.mark.unit' tests --include='*.py')

mutants: .venv/tests ## Break the guide in one place after another and say which test noticed. ONLY=advice make mutants
	@$(PYTHON) -m tests.mutants

channels: .venv/ready ## Show which messaging platforms are on, what is missing, and what each can show.
	@$(PYTHON) -m rashguide.channels

channels-check: .venv/ready ## Walk through a platform's first real message: PLATFORM=telegram ADDRESS=(where it calls)
	@$(PYTHON) -m rashguide.channels.check $(PLATFORM) --address "$(ADDRESS)" --wait $(or $(WAIT),0)

soak: .venv/tests $(MODEL) ## Write to all platforms for MINUTES=30, with faults thrown in, and count the replies.
	@$(PYTHON) -m bench.soak

fuzz: .venv/tests $(MODEL) ## Send COUNT=100000 odd requests; write the table in docs/production/faults.md.
	@$(PYTHON) -m bench.fuzz

chaos: .venv/tests programs $(MODEL) ## Let everything go wrong amid conversations, KILLS=20 kills; write faults.md's tables.
	@$(PYTHON) -m bench.chaos

flat: .venv/tests $(MODEL) ## Memory over MESSAGES=100000 of new words, the cost of TURNS=1000; write faults.md's table.
	@$(PYTHON) -m bench.flat

train: .venv/ready ## Train the model on data/ with Rasa, then tell which kept-out messages now lead elsewhere.
	@$(PYTHON) -m rashguide.train
	@$(PYTHON) -W ignore -m calibration.changes 2>/dev/null

encoder: .venv/encoder ## Fine-tune the sentence encoder on data/ (about twenty minutes on two cores).
	@TF_ENABLE_ONEDNN_OPTS=1 $(PYTHON) -m encoder.make

calibrate: .venv/tests $(MODEL) ## Choose the thresholds on the batches in calibration/, write docs/calibration.md.
	@$(PYTHON) -W ignore -m calibration.choose

try: .venv/ready $(MODEL) ## Show how a message is understood, and why. make try Q="why is my face red" [AFTER=skin_care]
	@$(PYTHON) -W ignore -m rashguide.understanding "$(Q)" 2>/dev/null

chat: .venv/ready $(MODEL) ## Talk to the guide in the terminal (Rasa's own shell).
	@.venv/bin/rasa run actions >/dev/null 2>&1 & trap "kill $$!" EXIT; \
		.venv/bin/rasa shell --model $(MODEL) --interface 127.0.0.1 --port 5105

bench: .venv/tests $(MODEL) ## Measure speed, memory and accuracy; write docs/benchmarks.md.
	@$(PYTHON) -m bench

safety: .venv/tests $(MODEL) ## Measure who is met too low or too high; write docs/safety-report.md and the safety case.
	@$(PYTHON) -W ignore -m bench.safety 2>/dev/null

review: .venv/tests ## Write the clinician's review sheet, review/sheet.html and .pdf, and review/safety-case.pdf.
	@$(PYTHON) -W ignore -m review.sheet

sign: .venv/tests ## Record a sign-off: make sign ITEM="id@version ..." BY="Name, role". Without ITEM: what is open.
	@$(PYTHON) -W ignore -m review.sign $(ITEM) $(if $(BY),--by "$(BY)") $(if $(ON),--on $(ON))

picture: .venv/tests $(MODEL) ## Draw README's picture anew, from what the guide really says.
	@$(PYTHON) -m bench.pictures

screenshots: .venv/tests programs $(MODEL) ## Draw the widget's twelve states in five looks into docs/widget/.
	@$(PYTHON) -W ignore -m bench.screens

listen: .venv/tests programs $(MODEL) ## Write what a screen reader (Orca) says of the chat into docs/widget/heard.md.
	@$(PYTHON) -W ignore -m bench.listening

first-visit: .venv/tests programs $(MODEL) ## Measure a first visit on slow 3G, beside DEEP_CHAT=deepChat.bundle.js.
	@$(PYTHON) -W ignore -m bench.first_visit

states: .venv/tests ## Draw docs/states.svg: what stands after an alarm, and what each next message then gets.
	@$(PYTHON) -m review.states

insights: .venv/tests ## Write insights/report.html and insights/unanswered.csv from the stored conversations.
	@$(PYTHON) -m insights.report

forget: .venv/ready ## Delete one conversation for good. ID=rest:me make forget
	@test -n "$(ID)" || { echo "Say which: make forget ID=rest:me"; exit 1; }
	@$(PYTHON) -m rashguide.stores.retention "$(ID)"

expire: .venv/ready ## Delete what is older than RETENTION_DAYS (a running server does so by itself).
	@$(PYTHON) -m rashguide.stores.retention

handover-test: .venv/ready ## Send one test message to the clinic, the way that HANDOVER sets up.
	@$(PYTHON) -W ignore -m rashguide.handover test

handover-log: .venv/ready ## Show when messages went to the clinic, which way, and what came of each.
	@$(PYTHON) -W ignore -m rashguide.handover log

handover-kills: .venv/tests ## Kill KILLS=1000 servers between a yes and the delivery; count what is lost or doubled.
	@$(PYTHON) -W ignore -m bench.handover

load: .venv/tests programs $(MODEL) ## Measure under load, USERS=50 MINUTES=10; write docs/production/capacity.md.
	@$(PYTHON) -m bench.load

sbom: | uv ## Write sbom.json: every package that the guide runs on, with versions and digests (CycloneDX 1.5).
	@$(UV) export --quiet --frozen --no-dev --format cyclonedx1.5 --output-file sbom.json >/dev/null && echo "Wrote sbom.json"

advisories: .venv/tests ## Write which stored advisories affect the versions locked: the table in docs/production/security.md.
	@$(PYTHON) -W ignore -m review.advisories

lint: .venv/tests ## Check style, types and files.
	@.venv/bin/ruff check . && .venv/bin/ruff format --check . && .venv/bin/yamllint --strict . && .venv/bin/mypy

format: .venv/tests ## Put the code into the project's format.
	@.venv/bin/ruff check --fix . ; .venv/bin/ruff format .

clean: ## Remove what was installed and trained.
	rm -rf .venv .uv models .rasa .cache

# --- set-up -------------------------------------------------------------------------------------

$(MODEL): .venv/ready $(TRAINED_FROM)
	@$(PYTHON) -m rashguide.train && touch $@

.venv/ready: pyproject.toml uv.lock .python-version | uv
	@echo "Installing what the guide needs (a few minutes the first time) ..."
	@$(UV) sync --frozen --inexact --no-dev
	@# `rasa test` takes every test_*.yml below the project for a test of ours, one of Rasa's own in here included.
	@rm -f .venv/lib/python3.10/site-packages/rasa/cli/initial_project/tests/test_stories.yml
	@touch $@

.venv/tests: .venv/ready
	@$(UV) sync --frozen --inexact --group dev
	@touch $@

.venv/encoder: .venv/ready
	@$(UV) sync --frozen --inexact --group encoder
	@touch $@

.PHONY: programs
programs:
	@bash tests/programs.sh

.PHONY: uv
uv:
	@command -v $(UV) >/dev/null 2>&1 || { \
		command -v python3 >/dev/null 2>&1 || { echo "Please install Python 3 first: python3 was not found."; exit 1; }; \
		echo "Fetching uv, which brings Python 3.10 and the locked packages ..."; \
		python3 -m venv .uv && .uv/bin/python -m pip install --quiet --disable-pip-version-check uv || { \
			echo "uv could not be installed. Install it yourself (see the README), then run make again."; exit 1; }; }
