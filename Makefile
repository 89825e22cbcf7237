# What there is to do here. `make` alone lists it.

PREFIX    ?= /usr/local
SYSCONFDIR ?= /etc
DESTDIR   ?=
SWIFT     ?= swift
export SWIFT
SHELL     := /bin/bash
RELEASE   := .build/release

.DEFAULT_GOAL := help
.PHONY: help run build test test-jool test-deb bench soak fuzz sanitize format lint deb install clean

help: ## list these
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 12

run: build ## build for release and start dns64d on 127.0.0.1:5364 and [::1]:5364, without root
	$(RELEASE)/dns64d --config conf/dev.yaml

build: ## build dns64d and dns64ctl for release
	@scripts/need build
	scripts/release --product dns64d
	scripts/release --product dns64ctl

test: ## everything that CI runs: lint, unit, scenario, conformance and end-to-end tests, a short fuzz, a real Jool
	@scripts/need build test jool
	scripts/test

test-jool: ## all tests against a real Jool, in virtual machines; DNS64D_GUEST_FILTER=REGEX picks some
	@scripts/need build test jool
	scripts/test-jool

deb: build ## make a Debian package, .build/dns64d_VERSION_ARCHITECTURE.deb
	@scripts/need deb
	packaging/build-deb

test-deb: deb ## install, run under systemd, upgrade and remove that package, in a system of its own
	@scripts/need test-deb
	packaging/test-deb

bench: ## measure beside Unbound, BIND, TAYGA, Jool and plain forwarding, print the ratios
	@scripts/need build bench
	@if Tests/Jool/guest check; then scripts/need jool; fi
	Benchmarks/run

soak: build ## ten minutes of mixed load on one daemon, watching its memory, descriptors and answers
	@scripts/need test
	scripts/soak

fuzz: ## fuzz every entry; FUZZ_SECONDS (60) each
	@scripts/need build
	Tests/Fuzz/run $(or $(FUZZ_SECONDS),60)

sanitize: ## the tests under the thread sanitizer and the address sanitizer
	@scripts/need build test
	scripts/sanitize

format: ## format the Swift sources in place
	$(SWIFT) format --in-place --recursive --parallel Sources Tests Benchmarks Package.swift

lint: ## check the format of the Swift sources
	$(SWIFT) format lint --strict --recursive --parallel Sources Tests Benchmarks Package.swift

install: build ## install under PREFIX (/usr/local), staged in DESTDIR
	install -D -m 755 $(RELEASE)/dns64d $(DESTDIR)$(PREFIX)/sbin/dns64d
	install -D -m 755 $(RELEASE)/dns64ctl $(DESTDIR)$(PREFIX)/bin/dns64ctl
	install -D -m 644 docs/man/dns64d.8 $(DESTDIR)$(PREFIX)/share/man/man8/dns64d.8
	install -D -m 644 docs/man/dns64ctl.8 $(DESTDIR)$(PREFIX)/share/man/man8/dns64ctl.8
	install -D -m 644 docs/man/dns64d.yaml.5 $(DESTDIR)$(PREFIX)/share/man/man5/dns64d.yaml.5
	install -D -m 644 zones/demo.zone $(DESTDIR)$(PREFIX)/share/dns64d/zones/demo.zone
	test -e $(DESTDIR)$(SYSCONFDIR)/dns64d/dns64d.yaml \
		|| install -D -m 644 conf/dns64d.yaml $(DESTDIR)$(SYSCONFDIR)/dns64d/dns64d.yaml
	for shell in bash zsh fish; do $(RELEASE)/dns64ctl completions $$shell > .build/dns64ctl.$$shell || exit 1; done
	install -D -m 644 .build/dns64ctl.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/dns64ctl
	install -D -m 644 .build/dns64ctl.zsh $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_dns64ctl
	install -D -m 644 .build/dns64ctl.fish $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/dns64ctl.fish

clean: ## remove what was built
	rm -rf .build .build-*
