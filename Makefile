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

# The commit is stamped by the go command itself.
GO_BUILD := go build -trimpath -buildvcs=auto -ldflags '-s -w'

MODULES  := . features bench platform/telemetry/zipkin
PACKAGES := ./... ./features/... ./bench/... ./platform/telemetry/zipkin/...

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' Makefile

.PHONY: run
run: ## Build the platform and start it in one process with demo data (ARGS="--data DIR ...")
	@mkdir -p $(BIN)
	$(GO_BUILD) -o $(BIN)/myevents ./cmd/myevents
	$(BIN)/myevents --demo $(ARGS)

.PHONY: build
build: ## Build all programs into build/bin
	@mkdir -p $(BIN)
	$(GO_BUILD) -o $(BIN)/ ./cmd/...

.PHONY: test
test: $(GOTESTSUM) ## Vet, then run all tests and features with the race detector; reports in build/
	@mkdir -p $(BUILD)
	go vet $(PACKAGES)
	$(GOTESTSUM) --format pkgname-and-test-fails --format-hide-empty-pkg --junitfile $(BUILD)/junit.xml -- -race $(PACKAGES)

.PHONY: lint
lint: $(GOLANGCI_LINT) ## Check the rules of the house
	@for module in $(MODULES); do (cd $$module && $(GOLANGCI_LINT) run ./...); done

.PHONY: fmt
fmt: $(GOLANGCI_LINT) ## Format the code
	@for module in $(MODULES); do (cd $$module && $(GOLANGCI_LINT) fmt ./...); done

.PHONY: generate
generate: ## Write what is generated from the code: the OpenAPI documents, the list of sentences
	go run ./cmd/contracts contracts/openapi
	go generate $(PACKAGES)

.PHONY: features
features: ## Run the features; report in build/ (TAGS=@booking, WORLD=embedded|processes|remote, URL=, SEED=)
	TAGS='$(TAGS)' WORLD='$(or $(WORLD),embedded)' URL='$(URL)' SEED='$(SEED)' go test -count 1 -run 'TestFeatures|TestProcesses' ./features

.PHONY: features-stress
features-stress: ## Run the features 20 times in random order, with the race detector (TAGS=)
	TAGS='$(TAGS)' WORLD=embedded go test -race -v -count 20 -timeout 60m -run TestFeatures ./features | grep -E 'SEED=|^ *--- FAIL|^(FAIL|ok|panic)'

.PHONY: crash
crash: ## Kill the platform 20 times under load and prove that nothing was lost
	go test -count 1 -v -run TestKilledProcessLosesNothing ./cmd/myevents

.PHONY: bench
bench: ## Measure speed and memory; prints a table and writes build/bench.json (ARGS="-only selling -profiles build/profiles")
	@mkdir -p $(BIN)
	$(GO_BUILD) -o $(BIN)/myevents ./cmd/myevents
	$(GO_BUILD) -o $(BIN)/bench ./bench
	$(BIN)/bench $(ARGS)

.PHONY: clean
clean: ## Delete what was built
	rm -rf $(BUILD)

$(GOTESTSUM):
	GOBIN=$(@D) go install gotest.tools/gotestsum@v1.13.0

$(GOLANGCI_LINT):
	GOBIN=$(@D) go install -p 1 github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
