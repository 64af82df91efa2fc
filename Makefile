# The two commands a newcomer needs: `make demo` and `make test`.

GO ?= go
PKGS ?= ./...
FUZZTIME ?= 20s
# SQLite's own code, which is translated from C, is left out of the race
# detector: it takes three times as long with it, and its races are not ours. No
# other package may be: the linker keeps one copy of each generic function, such
# as those of sync.Map, and it has to be one that the detector sees.
RACE = -race -gcflags='modernc.org/sqlite/lib=-race=false'

# Everything compiles in two ways at most, since with an empty build cache that
# takes longer than the tests: that of the race tests, whose packages vet and
# staticcheck read too, and that of the daemon.
PLAIN = CGO_ENABLED=0 GOFLAGS=-trimpath

# The model check and the simulation do one thing at a time, by design, so there
# is nothing for the race detector, which would take three times as long.
ALONE = /campaign/(protocol|simulation)$$

.PHONY: help demo test servers lint build cross openapi bench fuzz mutants torture clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: ## run the demo campaign against the emulated gateway
	$(GO) run ./cmd/campaignd demo

test: servers lint build ## everything that must hold before a commit
	$(GO) test $(RACE) -vet=off -timeout 20m $$($(GO) list $(PKGS) | grep -vE '$(ALONE)')
	$(PLAIN) $(GO) test -vet=off -timeout 20m $$($(GO) list $(PKGS) | grep -E '$(ALONE)')

servers: ## install what the tests need: PostgreSQL, PgBouncer and Redis
	@sh tools/servers.sh

lint: ## formatting, vet and staticcheck
	@unformatted=$$(gofmt -l .); if [ -n "$$unformatted" ]; then echo "run gofmt -w on:"; echo "$$unformatted"; exit 1; fi
	$(GO) vet $(RACE) $(PKGS)
	$(PLAIN) $(GO) build -modfile=tools/go.mod -o bin/staticcheck honnef.co/go/tools/cmd/staticcheck
	GOFLAGS="$(subst ',,$(RACE))" bin/staticcheck $(PKGS)

build: ## the daemon, without cgo
	$(PLAIN) $(GO) build -o bin/campaignd ./cmd/campaignd

cross: ## what a release needs besides: that it compiles for other systems
	CGO_ENABLED=0 GOOS=windows GOARCH=amd64 $(GO) vet ./store/sqlite ./cmd/campaignd
	CGO_ENABLED=0 GOOS=darwin GOARCH=arm64 $(GO) vet ./store/sqlite ./cmd/campaignd

openapi: ## hold the REST document, and what tests ask and get, against a validator of somebody else's
	cd tools/openapi && $(PLAIN) $(GO) test -count=1 ./...

bench: ## benchmarks of the hot paths
	$(GO) test -run '^$$' -bench . -benchmem ./schedule ./contact ./campaign/... ./store/... ./evolution/...

fuzz: ## each fuzz target for FUZZTIME
	@set -e; for p in $$($(GO) list ./...); do \
		for f in $$($(GO) test -list '^Fuzz' $$p | grep '^Fuzz' || true); do \
			echo "== $$p $$f"; $(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) $$p; \
		done; \
	done

mutants: ## take each rule of the ledger out, and require that a test fails
	$(GO) run ./internal/mutants

torture: ## the long runs: hours of crashes and simulated years
	CAMPAIGNS_TORTURE=1 $(GO) test -timeout 0 -run 'Torture|Crash|Simulation' -v ./...

clean: ## remove what was built
	rm -rf bin
