# Zhilu. The two commands of the README: `make demo` and `make test`.
# Nothing here names a package registry: pip, npm and apt use what the machine is set up with.
SHELL := /bin/bash
.DELETE_ON_ERROR:
# Compiled source is kept: checks and tests start some hundred programs.
unexport PYTHONDONTWRITEBYTECODE
.PHONY: setup dev demo check test bench fuzz pictures soak fresh lock clean

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
STAMP := $(VENV)/.done
PO := $(shell find src/zhilu -name '*.po' 2>/dev/null)

## setup: .venv with zhilu in it, and the browser parts in place
setup: $(STAMP)/run $(STAMP)/vendor $(STAMP)/catalogues

## dev: setup, and what the checks and tests need
dev: setup $(STAMP)/dev

$(STAMP)/venv:
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Zhilu needs Python 3.11 or newer / 需要 Python 3.11 以上版本" >&2; exit 2; }
	@python3 -c 'import ensurepip' 2>/dev/null || { echo "The Debian package python3-venv is missing / 缺少系统软件包 python3-venv" >&2; exit 2; }
	@echo "Python environment … / 建立 Python 环境…"
	@python3 -m venv $(VENV)
	@mkdir -p $(STAMP) && touch $@

$(STAMP)/packages: requirements.lock | $(STAMP)/venv
	@echo "Python packages, locked by hash: a minute or several … / 安装 Python 软件包（按哈希锁定），需一至数分钟…"
	@$(PIP) install -qq --require-hashes -r requirements.lock
	@touch $@

# No build isolation: the build backend is locked by hash like everything else.
$(STAMP)/run: pyproject.toml $(STAMP)/packages
	@echo "Zhilu itself … / 安装执录…"
	@$(PIP) install -qq --no-deps --no-build-isolation -e .
	@touch $@

$(STAMP)/dev: requirements-dev.lock package-lock.json $(STAMP)/run
	@echo "Packages of the checks and tests: a minute or several … / 安装检查和测试所需软件包，需一至数分钟…"
	@$(PIP) install -qq --require-hashes -r requirements-dev.lock
	@$(BIN)/python scripts/vendor.py --dev
	@touch $@

$(STAMP)/vendor: package.json package-lock.json scripts/vendor.py $(STAMP)/run
	@echo "Browser parts, locked by hash … / 安装浏览器部件（按哈希锁定）…"
	@$(BIN)/python scripts/vendor.py
	@touch $@

$(STAMP)/catalogues: scripts/catalogues.py $(PO) $(STAMP)/run
	@echo "Catalogues of words … / 编译词表…"
	@$(BIN)/python scripts/catalogues.py compile
	@touch $@

## demo: a city and three counties at work on this machine (built once into build/demo), one recording live, served until Ctrl-C
demo:
	@[ "$$(id -u)" -ne 0 ] || scripts/system-packages.sh demo
	@$(MAKE) --no-print-directory setup
	@$(BIN)/zhilu demo $(DEMO)

## check: everything that can be seen without running the product
check: dev
	@scripts/check.sh

## test: the checks and every tier of tests; system packages first. Four at once on two cores: browsers wait a lot
test:
	@scripts/system-packages.sh tests
	@$(MAKE) --no-print-directory check
	$(BIN)/python scripts/clips.py
	$(BIN)/pytest -n 4 --dist loadfile --no-loadscope-reorder
	$(BIN)/pytest -n 2 --database postgresql -m db tests/server tests/house/test_fixtures.py

## bench: all benchmarks, or one with NAME=x; figures go to build/bench.json
bench: dev
	@$(BIN)/python scripts/bench.py $(NAME)

## fuzz: every entrance for SECONDS (default 20), guided by coverage
fuzz: dev
	@$(BIN)/python scripts/fuzz.py --seconds $(or $(SECONDS),20)

## pictures: the README's pictures anew, from a served demonstration
pictures: dev
	@ZHILU_PICTURES=$(CURDIR)/docs/pictures $(BIN)/pytest -q tests/acceptance/test_demonstration.py -k 'shows or paper'

## soak: the loop again and again for MINUTES (default 30); nothing may grow or be left behind
soak: dev
	@$(BIN)/python scripts/soak.py $(or $(MINUTES),30)

## fresh: the README's two commands in a bare Debian 12
fresh:
	@scripts/fresh.sh

## lock: renew both locks (needs uv)
lock:
	uv pip compile -q pyproject.toml --extra demo --group build --python-version 3.11 --universal --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --no-header --no-annotate -o requirements.lock
	uv pip compile -q pyproject.toml --extra demo --group build --group dev -c requirements.lock --python-version 3.11 --universal \
	  --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate -o requirements-dev.lock
	npm install --package-lock-only

clean:
	rm -rf $(VENV) node_modules build src/zhilu/browser/vendor src/zhilu/server/static/vendor
