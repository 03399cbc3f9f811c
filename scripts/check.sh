#!/bin/bash
# Everything that can be seen without running the product. All steps run, side by side; the list at the end says
# which failed.
set -uo pipefail
cd "$(dirname "$0")/.."
bin=.venv/bin
steps=()
said=$(mktemp -d) || exit 2
trap 'rm -rf "$said"' EXIT

step() {
  local name=$1 number=${#steps[@]}
  shift
  steps+=("$name")
  { "$@" > "$said/$number" 2>&1 && touch "$said/$number.ok"; } &
}

# In their order, whichever ended first.
tell() {
  local number failed=()
  wait
  for number in "${!steps[@]}"; do
    if [ -e "$said/$number.ok" ]; then
      echo "ok      ${steps[number]}"
    else
      echo "FAILED  ${steps[number]}"
      tail -60 "$said/$number" | sed 's/^/        /'
      failed+=("${steps[number]}")
    fi
  done
  [ ${#failed[@]} -eq 0 ] || { printf 'check failed: %s\n' "${failed[*]}" >&2; return 1; }
}

# No registry host, no mirror and no path of somebody's machine in what is committed. A licence's own address is none.
no_private_places() {
  ! git grep -nIE '(pypi|npmjs|npmmirror|pythonhosted|tuna|aliyun|deb\.debian)\.(org|com|cn|edu)|/work/(main|shared|scratch)|"resolved":|^--(extra-)?index-url|/(home|Users)/[a-z]+/' \
    -- . ':!scripts/check.sh'
}

# Vectors are files that a program makes; making them again must change nothing.
vectors_regenerate() {
  local folder
  folder=$(mktemp -d) || return 1
  trap 'rm -rf "$folder"' RETURN
  local maker
  for maker in tests/*/make_vectors.py tests/make_vectors.py; do
    [ -e "$maker" ] || continue
    PYTHONPATH=tests $bin/python "$maker" "$folder" || return 1
  done
  diff -rq "$folder" spec/vectors
}

step "format"              $bin/ruff format --check --quiet .
step "lint"                $bin/ruff check --quiet .
step "types"               $bin/mypy
step "import contracts"    $bin/lint-imports
step "catalogues"          $bin/python scripts/catalogues.py check
step "migrations"          $bin/python scripts/migrations.py
step "vectors"             vectors_regenerate
step "types of the pages"  $bin/node node_modules/typescript/bin/tsc --noEmit -p tsconfig.json
step "types of the room"   $bin/node node_modules/typescript/bin/tsc --noEmit -p src/zhilu/browser
step "private places"      no_private_places

tell
