#!/usr/bin/env bash
# Installs the real servers and the browser that the tests use, when root on Debian; says what is missing otherwise.
set -euo pipefail

postgres() { compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; }
mosquitto_server() { command -v mosquitto >/dev/null || [ -x /usr/sbin/mosquitto ]; }
chinese_font() { compgen -G '/usr/share/fonts/truetype/wqy/*' >/dev/null; }

missing=()
postgres || missing+=(postgresql)
mosquitto_server || missing+=(mosquitto)
command -v chromium >/dev/null || missing+=(chromium)
chinese_font || missing+=(fonts-wqy-zenhei)
command -v setpriv >/dev/null || missing+=(util-linux)
command -v strace >/dev/null || missing+=(strace)
/usr/bin/python3 -c "import aiosmtpd" 2>/dev/null || missing+=(python3-aiosmtpd)
command -v openssl >/dev/null || missing+=(openssl)

if [ ${#missing[@]} -eq 0 ]; then
  echo "PostgreSQL, Mosquitto, aiosmtpd, Chromium, strace and a Chinese font are here"
  exit 0
fi
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
  echo "missing: ${missing[*]}; install them with: sudo apt-get install --no-install-recommends ${missing[*]}"
  echo "(tests that need them print SKIP; with LINLI_REQUIRE_SERVERS=1 they fail)"
  [ -z "${LINLI_REQUIRE_SERVERS:-}" ]
  exit
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${missing[@]}"
