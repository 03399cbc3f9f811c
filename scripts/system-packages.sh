#!/bin/bash
# System packages of packages.debian: `system-packages.sh demo` or `system-packages.sh tests` (which includes demo).
# On Debian as root what is missing is installed; elsewhere one line says what is missing.
set -euo pipefail
cd "$(dirname "$0")/.."

wanted() {
  awk -v group="$1" '/^# \[/ { here = $2 } /^[^#]/ && NF && (here == "[demo]" || here == "[" group "]") { print $1 }' packages.debian
}

missing=()
for package in $(wanted "$1"); do
  if command -v dpkg-query >/dev/null; then
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  fi
done

if ! command -v dpkg-query >/dev/null; then
  echo "not Debian / 非 Debian 系统: needed / 需要: $(wanted "$1" | tr '\n' ' ')" >&2
  exit 0
fi
[ ${#missing[@]} -eq 0 ] && exit 0
if [ "$(id -u)" -ne 0 ]; then
  echo "missing Debian packages / 缺少系统软件包: ${missing[*]} (apt-get install)" >&2
  exit 2
fi
echo "System packages: ${missing[*]} … / 安装系统软件包…"
export DEBIAN_FRONTEND=noninteractive
apt-get update -q >/dev/null
apt-get install -y -q --no-install-recommends "${missing[@]}" >/dev/null
