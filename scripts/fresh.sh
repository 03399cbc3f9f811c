#!/bin/bash
# The README's two commands in a bare Debian 12: nothing of this machine helps but its way to the package registries.
# Needs root and debootstrap. The new system gets copies of this one's apt sources, pip and npm settings and certificates,
# whatever they name. Leaves nothing behind.
set -euo pipefail
cd "$(dirname "$0")/.."
[ "$(id -u)" -eq 0 ] || { echo "make fresh needs root / 需要 root 权限" >&2; exit 2; }
command -v debootstrap >/dev/null || { echo "the Debian package debootstrap is missing / 缺少系统软件包 debootstrap" >&2; exit 2; }

system=$(mktemp -d "${TMPDIR:-/tmp}/zhilu-fresh-XXXXXX")
chmod 755 "$system"  # it becomes somebody else's /
cleanup() {
  for place in dev/shm dev proc sys; do mountpoint -q "$system/$place" && umount -l "$system/$place"; done
  rm -rf --one-file-system "$system"
}
trap cleanup EXIT

mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Codename: bookworm' | head -1)
debootstrap --variant=minbase bookworm "$system" "$mirror" >/dev/null

copy() { for path in "$@"; do [ -e "$path" ] && mkdir -p "$system$(dirname "$path")" && cp -aL "$path" "$system$(dirname "$path")/"; done; true; }
rm -f "$system/etc/apt/sources.list"
copy /etc/apt/sources.list /etc/apt/sources.list.d /etc/apt/apt.conf.d /etc/apt/keyrings /etc/apt/auth.conf.d /etc/ssl/certs \
  /usr/local/share/ca-certificates /usr/share/ca-certificates /usr/share/keyrings /etc/ca-certificates.conf /etc/resolv.conf /etc/hosts \
  /etc/pip.conf /etc/xdg/pip /root/.config/pip /root/.pip /root/.npmrc /usr/etc/npmrc
mount --bind /dev "$system/dev"
mount -t proc proc "$system/proc"
mkdir -p "$system/dev/shm" && mount -t tmpfs tmpfs "$system/dev/shm"
git clone -q . "$system/srv/zhilu"

# Only settings of proxies, certificates, pip and npm pass; no path of Python or Node does.
passed=()
while IFS='=' read -r -d '' name value; do
  case $name in
    PIP_FIND_LINKS) ;; # wheels lying on this machine would help
    *_proxy | *_PROXY | SSL_CERT_* | *_CA_BUNDLE | *_CA_CERTS | *_CAINFO | PIP_* | NPM_CONFIG_* | npm_config_*) passed+=("$name=$value") ;;
  esac
done < <(env -0)
inside() { chroot "$system" /usr/bin/env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 "${passed[@]}" bash -euc "$1"; }

inside 'apt-get update -q >/dev/null; DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends make git python3 python3-venv ca-certificates >/dev/null'
begun=$SECONDS
inside 'cd /srv/zhilu && make setup'
installed=$SECONDS
# The demo serves until Ctrl-C; here it ends when the loop has run.
inside 'cd /srv/zhilu && make demo DEMO=--once'
echo "fresh: setup $((installed - begun)) s, demo $((SECONDS - installed)) s"
inside 'cd /srv/zhilu && make test'
echo "fresh: make demo and make test passed in a bare Debian 12 ($((SECONDS - begun)) s)"
