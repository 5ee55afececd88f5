# From a commit to a deployment: what the pipelines call, and what works the same on a laptop. docs/delivery.md shows the way.

# What renders the manifests and what checks them.
KUSTOMIZE   := $(TOOLS)/kustomize-v5.7.1/kustomize
KUBECONFORM := $(TOOLS)/kubeconform-v0.8.0/kubeconform
KUBE_SCORE  := $(TOOLS)/kube-score-v1.20.0/kube-score

.PHONY: manifests
manifests: $(KUSTOMIZE) ## Print k8s/ into build/k8s (ENV=local|staging|production|logs, REGISTRY=registry.example)
	@mkdir -p $(BUILD)/k8s
	KUSTOMIZE=$(KUSTOMIZE) ci/render $(or $(ENV),local) $(VERSION) $(REGISTRY) >$(BUILD)/k8s/$(or $(ENV),local).yaml

.PHONY: test-manifests
test-manifests: $(KUSTOMIZE) $(KUBECONFORM) $(KUBE_SCORE) ## Check the manifests of all environments; needs no cluster
	PATH="$(dir $(KUSTOMIZE)):$(dir $(KUBECONFORM)):$(dir $(KUBE_SCORE)):$$PATH" go test -count 1 ./delivery/manifests/...

# The kinds in k8s/, as apiVersion/kind. Another release of Kubernetes is another line in delivery/manifests/schemas.
KINDS := v1/ConfigMap v1/Namespace v1/PersistentVolumeClaim v1/Service v1/ServiceAccount \
	apps/v1/DaemonSet apps/v1/Deployment apps/v1/StatefulSet batch/v1/CronJob \
	autoscaling/v2/HorizontalPodAutoscaler policy/v1/PodDisruptionBudget \
	networking.k8s.io/v1/Ingress networking.k8s.io/v1/NetworkPolicy \
	rbac.authorization.k8s.io/v1/Role rbac.authorization.k8s.io/v1/RoleBinding

.PHONY: schemas
schemas: ## Write the JSON schemas of the kinds in k8s/ anew, from what the API server says of itself
	cd delivery && go run ./manifests/schemas ../k8s/schemas $(KINDS)

$(KUSTOMIZE):
	$(BUILD_KUBERNETES) -o $@ sigs.k8s.io/kustomize/kustomize/v5

$(KUBECONFORM):
	GOBIN=$(@D) go install github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0

$(KUBE_SCORE):
	GOBIN=$(@D) go install github.com/zegl/kube-score/cmd/kube-score@v1.20.0

# A program with source in airgap/kubernetes has another path once that or its modules have changed.
own = $(TOOLS)/$(1)-$(shell cat airgap/kubernetes/go.sum airgap/kubernetes/$(1)/* | sha256sum | cut -c 1-12)/$(1)

# The test cluster, what talks to any cluster, and what deploys to it.
KUBECTL        := $(TOOLS)/kubectl-v1.34.4/kubectl
KUBE           := $(TOOLS)/kubernetes-v1.34.4/kube
PAUSE          := $(TOOLS)/kubernetes-v1.34.4/pause
POLICIES       := $(call own,policies)
COREDNS        := $(call own,coredns)
METRICS_SERVER := $(call own,metrics-server)
TOFU           ?= $(TOOLS)/tofu-v1.12.6/tofu
PROVIDERS      := $(TOOLS)/terraform-provider-kubectl-v1.19.0-kubernetes-v1.34.4
PROVIDER       := $(PROVIDERS)/registry.terraform.io

DEPLOYING = KUSTOMIZE='$(KUSTOMIZE)' KUBECTL='$(KUBECTL)' TOFU='$(TOFU)' PROVIDERS='$(PROVIDERS)' KUBECONFIG="$${KUBECONFIG:-$(CURDIR)/$(BUILD)/cluster/kubeconfig}"

.PHONY: cluster
cluster: $(KUBECTL) ## Start a Kubernetes on this machine: by kind, or from packages (export KUBECONFIG=build/cluster/kubeconfig)
	@KUBECTL='$(KUBECTL)' ci/cluster up

.PHONY: airgap-cluster
airgap-cluster: $(KUBE) $(PAUSE) $(POLICIES) $(COREDNS) $(METRICS_SERVER) $(KUBECTL)
	@KUBE='$(KUBE)' PAUSE='$(PAUSE)' POLICIES='$(POLICIES)' COREDNS='$(COREDNS)' METRICS_SERVER='$(METRICS_SERVER)' KUBECTL='$(KUBECTL)' \
	  airgap/kubernetes/up $(BUILD)/cluster

.PHONY: cluster-down
cluster-down: ## Remove what `make cluster` has started
	@ci/cluster down

.PHONY: deploy
deploy: $(if $(filter local,$(or $(ENV),local)),service-images) $(KUSTOMIZE) $(KUBECTL) $(TOFU) $(PROVIDER) ## Roll out and wait until it is ready; the release before comes back where it fails (ENV=local|staging|production)
	@$(DEPLOYING) ci/deploy $(or $(ENV),local) $(VERSION) $(REGISTRY)

.PHONY: rollback
rollback: $(KUBECTL) $(TOFU) $(PROVIDER) ## Return to the release before (ENV=); a pipeline takes back its own only
	@$(DEPLOYING) ci/rollback $(or $(ENV),local) previous $(if $(CI),$(VERSION))

.PHONY: undeploy
undeploy: $(TOFU) $(PROVIDER) ## Remove the platform from the cluster, data included (ENV=)
	@$(DEPLOYING) ci/undeploy $(or $(ENV),local)

.PHONY: smoke
smoke: $(KUBECTL) ## Run the smoke features against what is deployed (ENV=, URL=)
	@$(DEPLOYING) ci/smoke $(or $(ENV),local)

.PHONY: terraform
terraform: $(TOFU) $(PROVIDER) ## Check terraform/: format, validity, tests; needs no cluster
	@TOFU='$(TOFU)' PROVIDERS='$(PROVIDERS)' ci/terraform

.PHONY: test-delivery
test-delivery: terraform test-manifests test-pipelines test-cluster ## Test the way from a commit to a deployment; needs a Docker engine and root

.PHONY: test-cluster
test-cluster: service-images $(KUSTOMIZE) $(KUBECTL) $(TOFU) $(PROVIDER) ## Test deployments on a real cluster, its own where none is there
	cd delivery && $(DEPLOYING) VERSION='$(VERSION)' go test -count 1 -v -timeout 15m ./cluster

# Where the source of a module lies.
module-dir = $$(go mod download -json $(1) | awk -F'"' '$$2 == "Dir" { print $$4 }')

# All that is made of Kubernetes comes from one module, with the same flags: what several have in common is compiled once.
BUILD_KUBERNETES = cd airgap/kubernetes && GOWORK=off CGO_ENABLED=0 go build -trimpath -ldflags '-s -w $(KUBE_STAMP)'

# The servers compare their versions with each other's.
KUBE_STAMP := -X k8s.io/component-base/version.gitVersion=v1.34.4 -X k8s.io/component-base/version.gitMajor=1 \
  -X k8s.io/component-base/version.gitMinor=34 -X k8s.io/client-go/pkg/version.gitVersion=v1.34.4

$(KUBECTL) $(KUBE) $(PAUSE) $(POLICIES) $(COREDNS) $(METRICS_SERVER):
	$(BUILD_KUBERNETES) -o $@ ./$(@F)

# Its module replaces another, which go install does not allow: built where it lies.
$(TOOLS)/tofu-v1.12.6/tofu:
	cd "$(call module-dir,github.com/opentofu/opentofu@v1.12.6)" && GOWORK=off CGO_ENABLED=0 go build -trimpath -o $@ \
	  -ldflags '-s -w -X github.com/opentofu/opentofu/version.dev=no' ./cmd/tofu

# The provider, where OpenTofu and Terraform look for it. They ask no registry then.
$(PROVIDER): platform = gavinbunney/kubectl/1.19.0/$(shell go env GOOS)_$(shell go env GOARCH)
$(PROVIDER): binary = registry.opentofu.org/$(platform)/terraform-provider-kubectl_v1.19.0
$(PROVIDER):
	$(BUILD_KUBERNETES) -o $(@D)/$(binary) github.com/gavinbunney/terraform-provider-kubectl
	cp -lR $(@D)/registry.opentofu.org $@

# What the pipelines measure, scan, publish and release. Other databases and mirrors: GOVULNDB, REGISTRY, PROMETHEUS_URL.
GOVULNCHECK     := $(TOOLS)/govulncheck-v1.8.0/govulncheck
GITLEAKS        := $(TOOLS)/gitleaks-v8.30.1/gitleaks
CYCLONEDX_GOMOD := $(TOOLS)/cyclonedx-gomod-v1.7.0/cyclonedx-gomod
COBERTURA       := $(TOOLS)/gocover-cobertura-v1.5.0/gocover-cobertura
DISTRIBUTION    := $(TOOLS)/distribution-v3.0.0/registry
BENCHSTAT       := $(TOOLS)/benchstat-20260908/benchstat
GITLAB_CI_LOCAL := $(TOOLS)/gitlab-ci-local-$(shell sha256sum delivery/pipelines/node/package-lock.json | cut -c 1-12)

# Where programs run that are released, but not in a container.
PLATFORMS := linux-amd64 linux-arm64 darwin-amd64 darwin-arm64

# Small, and the same at each run: what is measured from outside is the work of `make bench`.
BENCH_PACKAGES := ./contracts ./platform/cloudevent ./platform/telemetry/zipkin ./platform/pagecache

.PHONY: coverage
coverage: $(COBERTURA) ## Run tests and features without the race detector; which lines they run is in build/coverage.{out,txt,xml}
	@mkdir -p $(BUILD)
	go test -coverprofile $(BUILD)/coverage.out ./...
	go test -coverprofile $(BUILD)/coverage-features.out -coverpkg github.com/myevents/myevents/... -run TestFeatures ./features
	@sed 1d $(BUILD)/coverage-features.out >>$(BUILD)/coverage.out
	go tool cover -func $(BUILD)/coverage.out >$(BUILD)/coverage.txt
	$(COBERTURA) <$(BUILD)/coverage.out >$(BUILD)/coverage.xml
	@tail -n 1 $(BUILD)/coverage.txt

.PHONY: bench-compare
bench-compare: $(BENCHSTAT) ## Compare small benchmarks with those of another commit; fails over a loss of 20 % (BASE=HEAD~1)
	BENCHSTAT=$(BENCHSTAT) ci/bench-compare '$(or $(BASE),HEAD~1)' $(BENCH_PACKAGES)

.PHONY: cross
cross: page ## Build all programs for each of PLATFORMS into build/cross
	@for platform in $(PLATFORMS); do \
	  mkdir -p $(BUILD)/cross/$$platform; \
	  GOOS=$${platform%-*} GOARCH=$${platform#*-} $(GO_BUILD) -o $(BUILD)/cross/$$platform/ $(SERVICES:%=./cmd/%); \
	done

.PHONY: image-archives
image-archives: docker-engine ## Save the images of the services as build/images/NAME.tar, for a job that has another engine
	@mkdir -p $(BUILD)/images
	@for service in $(SERVICES); do docker save --output $(BUILD)/images/$$service.tar myevents/$$service:$(VERSION); done

.PHONY: publish
publish: docker-engine ## Push the images of the services to REGISTRY, as NAME:VERSION (REGISTRY=registry.example, TAG=v1.2.3)
	@REGISTRY='$(REGISTRY)' VERSION=$(VERSION) TAG='$(TAG)' ci/publish $(SERVICES)

.PHONY: verify
verify: $(PROMTOOL) $(KUBECTL) ## Ask Prometheus whether what was deployed keeps its promises; takes VERIFY_SECONDS, 300 (PROMETHEUS_URL=)
	@$(DEPLOYING) PROMTOOL=$(PROMTOOL) VERSION=$(VERSION) ci/verify

.PHONY: release
release: cross sbom ## Put archives of the programs, bill of materials, changes and checksums into build/release (VERSION=v1.2.3)
	ci/release $(VERSION)

.PHONY: sbom
sbom: $(CYCLONEDX_GOMOD) ## Write the bill of materials of what ships, CycloneDX with licences, to build/sbom.json
	@mkdir -p $(BUILD)
	GOWORK=off $(CYCLONEDX_GOMOD) mod -json -std -licenses -assert-licenses -output $(BUILD)/sbom.json .

.PHONY: secrets
secrets: $(GITLEAKS) ## Look for secrets in all of the history
	$(GITLEAKS) git --config ci/gitleaks.toml --no-banner --no-color --redact --verbose .

.PHONY: scan
scan: secrets sbom ## Look for secrets, and hold licences and Dockerfiles against the rules; needs no network (golangci-lint has gosec)
	go run ./delivery/scan licences $(BUILD)/sbom.json
	go run ./delivery/scan dockerfiles images.env Dockerfile $(wildcard airgap/*/Dockerfile)

.PHONY: vulnerabilities
vulnerabilities: $(GOVULNCHECK) ## Look for known vulnerabilities that our code can reach, in the database at GOVULNDB
	GOWORK=off $(GOVULNCHECK) $(if $(GOVULNDB),-db $(GOVULNDB)) ./...

.PHONY: test-pipelines
test-pipelines: $(GITLAB_CI_LOCAL) $(BENCHSTAT) $(PROMTOOL) ## Hold both pipeline files together, run their quick jobs
	GITLAB_CI_LOCAL=$(GITLAB_CI_LOCAL) BENCHSTAT=$(BENCHSTAT) PROMTOOL=$(PROMTOOL) \
	  go test -count 1 -timeout 10m ./delivery/pipelines ./delivery/scan

.PHONY: test-gates
test-gates: $(GITLAB_CI_LOCAL) $(DISTRIBUTION) $(KUSTOMIZE) $(KUBECTL) $(TOFU) $(PROVIDER) ## Take a commit through the pipelines to the cluster of `make cluster`, and break one for each gate; takes two hours (GATE=TestEach.*/a_secret)
	$(DEPLOYING) GATES=1 GITLAB_CI_LOCAL=$(GITLAB_CI_LOCAL) DISTRIBUTION=$(DISTRIBUTION) \
	  go test -count 1 -v -timeout 4h -run '$(or $(GATE),.)' ./delivery/gates

$(GOVULNCHECK):
	GOBIN=$(@D) go install golang.org/x/vuln/cmd/govulncheck@v1.8.0

$(GITLEAKS):
	GOBIN=$(@D) go install -p 2 github.com/zricethezav/gitleaks/v8@v8.30.1

$(CYCLONEDX_GOMOD):
	cd delivery/scan/cyclonedx-gomod && GOWORK=off go build -p 2 -o $@ github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod

$(COBERTURA):
	GOBIN=$(@D) go install github.com/boumenot/gocover-cobertura@v1.5.0

# A registry of images, as pipelines have one.
$(DISTRIBUTION):
	GOBIN=$(@D) CGO_ENABLED=0 go install -trimpath github.com/distribution/distribution/v3/cmd/registry@v3.0.0

$(BENCHSTAT):
	GOBIN=$(@D) go install golang.org/x/perf/cmd/benchstat@v0.0.0-20260908200009-22c9c6c9d4da

# A folder, made whole or not at all: it holds Node too, in the version that gitlab-ci-local needs.
$(GITLAB_CI_LOCAL):
	.ci/need npm npm
	rm -rf $@ $@.part
	mkdir -p $@.part
	cp delivery/pipelines/node/package.json delivery/pipelines/node/package-lock.json $@.part
	cd $@.part && npm ci --no-audit --no-fund
	mv $@.part $@
