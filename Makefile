# The two commands to know: `make run` and `make test`. `make` alone lists the rest.

SHELL       := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

BUILD := build
BIN   := $(BUILD)/bin

# Tools are built once for each version and kept outside the work tree.
TOOLS         := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/myevents/tools
GOTESTSUM     := $(TOOLS)/gotestsum-v1.13.0/gotestsum
GOLANGCI_LINT := $(TOOLS)/golangci-lint-v2.15.0/golangci-lint

# Prometheus, Alertmanager and what checks their files, in the versions of the images. Where an image is
# built, that file is not there, and nobody asks for them.
-include images.env
PROMETHEUS   := $(TOOLS)/prometheus-$(lastword $(subst :, ,$(PROMETHEUS_IMAGE)))/prometheus
PROMTOOL     := $(dir $(PROMETHEUS))promtool
ALERTMANAGER := $(TOOLS)/alertmanager-$(lastword $(subst :, ,$(ALERTMANAGER_IMAGE)))/alertmanager
AMTOOL       := $(dir $(ALERTMANAGER))amtool

# What ships is the same bytes wherever a commit is built: its dependencies are those of the root module alone, and it
# carries the commit, but no path and no time. What is edited while make runs does not change the name of what it builds.
VERSION  ?= $(shell git describe --always --dirty --abbrev=12 --exclude='*')
VERSION  := $(VERSION)
GO_BUILD = GOWORK=off CGO_ENABLED=0 go build -trimpath -buildvcs=false \
	-ldflags '-s -w -X github.com/myevents/myevents/platform/process.version=$(VERSION)'

# Each program is an image, but for the one that writes the API documents.
SERVICES := $(filter-out contracts,$(notdir $(wildcard cmd/*)))

MODULES  := . features bench containers delivery platform/telemetry/zipkin
# What takes longest begins first: it would run alone in the end.
PACKAGES := ./features ./allinone/... ./... ./features/... ./bench/... ./platform/telemetry/zipkin/...

# SQLite is left out of the race detector: it is C in Go's clothes, with memory of its own, and would take four times as long.
# Nothing else can be: of a generic function the linker keeps any one copy, and that has to be a watched one. By default a
# program with the detector sleeps for a second before it ends; there is one for each package.
RACE := -race -gcflags=modernc.org/sqlite/lib=-race=false
test features-stress: export GORACE := atexit_sleep_ms=50

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' Makefile delivery/targets.mk

# The web page, of which the gateway's program has a copy. Without npm everything but the page is built: Go alone is enough.
NPM  := $(shell command -v npm)
PAGE := web/dist/page/index.html
$(PAGE): web/node_modules/.package-lock.json contracts/openapi/myevents.json $(shell git ls-files --cached --others --exclude-standard web ':!web/e2e' 2>/dev/null)
	cd web && npm run build

web/node_modules/.package-lock.json: web/package-lock.json
	cd web && npm ci --no-audit --no-fund

.PHONY: page
page: $(if $(NPM),$(PAGE)) ## Build the web page, where npm is there
	@$(if $(NPM),:,echo 'npm is not there: what is built now shows no web page')

.PHONY: run
run: page ## Build the platform and start it in one process with demo data (ARGS="--data DIR ...")
	@mkdir -p $(BIN)
	$(GO_BUILD) -o $(BIN)/myevents ./cmd/myevents
	$(BIN)/myevents --demo $(ARGS)

.PHONY: build
build: page programs ## Build the web page and all programs, into build/bin

.PHONY: programs
programs:
	@mkdir -p $(BIN)
	$(GO_BUILD) -o $(BIN)/ ./cmd/...

.PHONY: test
test: $(GOTESTSUM) $(PROMTOOL) $(ALERTMANAGER) $(if $(NPM),web/node_modules/.package-lock.json) ## Vet, then run all tests and features with the race detector; reports in build/
	@mkdir -p $(BUILD)
	@$(if $(NPM),cd web && npm run check && npm test,echo 'npm is not there: the tests of the web page are left out')
	$(PROMTOOL) test rules observability/prometheus/tests/*.yml
	go vet $(PACKAGES)
	ALERTMANAGER=$(ALERTMANAGER) CGO_ENABLED=1 $(GOTESTSUM) --format pkgname-and-test-fails --format-hide-empty-pkg --junitfile $(BUILD)/junit.xml -- \
	  -vet=off $(RACE) $(PACKAGES)

.PHONY: test-web
test-web: build ## Test the web page in Chromium against the whole platform; screenshots in build/screens (CHROMIUM=/path/to/one)
	@[ -n '$(CHROMIUM)' ] || command -v chromium-browser google-chrome >/dev/null || .ci/need chromium chromium fonts-dejavu-core
	cd web && MYEVENTS='$(CURDIR)/$(BIN)/myevents' npm run e2e

# Tests in containers wait more than they work: for servers that start, and for those that are away. What takes longest begins
# first.
.PHONY: test-containers
test-containers: $(GOTESTSUM) service-images ## Test against real brokers and stores in containers; needs a Docker engine and `make images`
	@mkdir -p $(BUILD)
	$(GOTESTSUM) --format pkgname-and-test-fails --format-hide-empty-pkg --junitfile $(BUILD)/junit-containers.xml -- \
	  -count 1 -p 3 -timeout 20m ./containers ./containers/stack ./containers/faults ./containers/...

.PHONY: lint
lint: $(GOLANGCI_LINT) $(PROMTOOL) $(AMTOOL) ## Check the rules of the house
	$(PROMTOOL) check config --lint=all --lint-fatal observability/prometheus/prometheus.yml
	$(PROMTOOL) check config --lint=all --lint-fatal observability/prometheus/kubernetes.yml
	$(AMTOOL) check-config observability/alertmanager/alertmanager.yml
	@for module in $(MODULES); do (cd $$module && $(GOLANGCI_LINT) run ./...); done

.PHONY: fmt
fmt: $(GOLANGCI_LINT) ## Format the code
	@for module in $(MODULES); do (cd $$module && $(GOLANGCI_LINT) fmt ./...); done

.PHONY: generate
generate: ## Write what is generated from the code: the OpenAPI documents, the list of sentences
	go run ./cmd/contracts contracts/openapi
	go generate $(PACKAGES)

.PHONY: features
features: $(if $(filter containers,$(WORLD)),service-images) ## Run the features; report in build/ (TAGS=@booking, WORLD=embedded|processes|containers|remote, URL=, SEED=)
ifeq ($(WORLD),containers)
	TAGS='$(TAGS)' BROKER='$(BROKER)' STORE='$(STORE)' SEARCH='$(SEARCH)' SEED='$(SEED)' go test -count 1 -run TestFeatures ./containers/stack
else
	TAGS='$(TAGS)' WORLD='$(or $(WORLD),embedded)' URL='$(URL)' SEED='$(SEED)' go test -count 1 -run 'TestFeatures|TestProcesses' ./features
endif

.PHONY: features-stress
features-stress: ## Run the features 20 times in random order, with the race detector (TAGS=)
	TAGS='$(TAGS)' WORLD=embedded CGO_ENABLED=1 go test $(RACE) -v -count 20 -timeout 60m -run TestFeatures ./features | grep -E 'SEED=|^ *--- FAIL|^(FAIL|ok|panic)'

.PHONY: drill
drill: build $(PROMETHEUS) $(ALERTMANAGER) ## Rehearse incidents with the real rules, faster than in life; report in build/drills.txt (NAME=broker-down)
	@status=0; NAME='$(NAME)' SERVICES='$(CURDIR)/$(BIN)' PROMETHEUS='$(PROMETHEUS)' ALERTMANAGER='$(ALERTMANAGER)' \
	  go test -count 1 -timeout 15m -run '$(if $(NAME),TestDrills,TestDrills|TestADrillFails)' ./features/drills || status=$$?; \
	  cat $(BUILD)/drills.txt; exit $$status

.PHONY: crash
crash: ## Kill the platform 20 times under load and prove that nothing was lost
	go test -count 1 -v -run TestKilledProcessLosesNothing ./cmd/myevents

.PHONY: bench
bench: ## Measure speed and memory; prints a table and writes build/bench.json (ARGS="-only selling -profiles build/profiles")
	@mkdir -p $(BIN)
	$(GO_BUILD) -o $(BIN)/myevents ./cmd/myevents
	go build -o $(BIN)/bench ./bench
	$(BIN)/bench $(ARGS)

.PHONY: bench-containers
bench-containers: service-images ## Measure bookings on each broker and store; prints tables and writes build/bench-containers.json (ARGS="-pairs nats-sqlite")
	@mkdir -p $(BIN)
	go build -o $(BIN)/bench-containers ./containers/bench
	$(BIN)/bench-containers $(ARGS)

.PHONY: images
images: ## Get the third-party images that images.env names; stand-ins of them where no image registry answers
	@airgap/images

.PHONY: docker-engine
docker-engine:
	@docker version >/dev/null 2>&1 || { echo 'no Docker engine answers; docs/containers.md says how to get one' >&2; exit 1; }

# What docker says is shown where it fails: without BuildKit it would say with each image that its builder is an old one.
.PHONY: service-images
service-images: docker-engine ## Build the images of the services, as myevents/NAME:latest and with the commit as tag
	@mkdir -p $(BUILD)
	@for service in $(SERVICES); do \
	  docker build --quiet --network host --tag myevents/$$service --tag myevents/$$service:$(VERSION) \
	    --build-arg SERVICE=$$service --build-arg VERSION=$(VERSION) --build-arg GOPROXY=$$(go env GOPROXY | sed 's/,direct$$//') \
	    --build-arg REVISION=$$(git rev-parse HEAD) --build-arg CREATED=$$(git log -1 --format=%cI) . \
	    >$(BUILD)/image.log 2>&1 || { cat $(BUILD)/image.log >&2; exit 1; }; \
	  printf 'myevents/%s:%s\n' $$service $(VERSION); \
	done

# What runs in containers is this commit, whatever else is built on the same engine.
test-containers features bench-containers: export VERSION := $(VERSION)

COMPOSE := airgap/compose --env-file images.env --env-file .env

.PHONY: up
up: service-images ## Start the platform with RabbitMQ, MongoDB, Zipkin and Prometheus in containers (ARGS="--profile observability")
	$(COMPOSE) $(ARGS) up --detach --wait

.PHONY: down
down: ## Remove what `make up` has started, data included
	$(COMPOSE) --profile '*' down --volumes --remove-orphans

.PHONY: clean
clean: ## Delete what was built
	rm -rf $(BUILD)

# Not there where an image is built.
-include delivery/targets.mk

$(GOTESTSUM):
	GOBIN=$(@D) go install gotest.tools/gotestsum@v1.13.0

$(GOLANGCI_LINT):
	GOBIN=$(@D) go install -p 1 github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

# Built as for the images; each pair comes from one build, into a folder of its own.
$(PROMETHEUS) $(ALERTMANAGER):
	rm -rf $(@D)
	mkdir -p $(@D)
	PROMETHEUS_IMAGE=$(PROMETHEUS_IMAGE) ALERTMANAGER_IMAGE=$(ALERTMANAGER_IMAGE) airgap/$(@F)/prepare $(@D)

$(PROMTOOL): $(PROMETHEUS)
$(AMTOOL): $(ALERTMANAGER)
