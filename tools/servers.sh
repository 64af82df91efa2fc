#!/bin/sh
# Makes sure that the servers of the tests are there: PostgreSQL, PgBouncer and
# Redis; and curl, which the examples use.
#
# What is missing is installed on Debian and its kin when run as root, and named
# elsewhere. Nothing is started: the tests start private servers of their own.
# TEST_DATABASE_URL and TEST_REDIS_URL name servers to use instead; psql is
# needed for the former all the same. Fails only where CI=true, because the
# tests then fail too; elsewhere they skip and say why.
set -eu

have() { command -v "$1" >/dev/null 2>&1; }

have_postgres() {
	if [ -n "${TEST_DATABASE_URL:-}" ]; then
		have psql && return
	fi
	have initdb && have postgres && have psql && return
	for bin in /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /opt/homebrew/opt/postgresql*/bin /usr/local/opt/postgresql*/bin; do
		[ -x "$bin/initdb" ] && [ -x "$bin/postgres" ] && [ -x "$bin/psql" ] && return
	done
	return 1
}

have_redis() {
	[ -n "${TEST_REDIS_URL:-}" ] || have redis-server || [ -x /usr/local/bin/redis-server ] || [ -x /opt/homebrew/bin/redis-server ]
}

have_bouncer() {
	have pgbouncer || [ -x /usr/sbin/pgbouncer ] || [ -x /opt/homebrew/bin/pgbouncer ]
}

missing() {
	have_postgres || if [ -n "${TEST_DATABASE_URL:-}" ]; then echo postgresql-client; else echo postgresql; fi
	have_bouncer || echo pgbouncer
	have_redis || echo redis-server
	have curl || echo curl
}

want=$(missing | tr '\n' ' ')
[ -n "$want" ] || exit 0

if have apt-get && [ "$(id -u)" -eq 0 ]; then
	echo "installing for the tests: $want"
	log=$(mktemp)
	# policy-rc.d keeps the packages from starting services; one that stands
	# there already is left alone.
	policy=/usr/sbin/policy-rc.d
	ours=
	trap 'rm -f "$log" ${ours:+"$ours"}' EXIT
	if [ ! -e "$policy" ]; then
		printf '#!/bin/sh\nexit 101\n' >"$policy"
		ours=$policy
		chmod 755 "$policy"
	fi
	export DEBIAN_FRONTEND=noninteractive
	# shellcheck disable=SC2086 # a list of names
	apt-get update >"$log" 2>&1 && apt-get install -y --no-install-recommends $want >>"$log" 2>&1 || cat "$log" >&2
	want=$(missing | tr '\n' ' ')
	[ -n "$want" ] || exit 0
fi

echo "missing for the tests: $want" >&2
case $(uname -s) in
Darwin) echo "install: brew install $(echo "$want" | sed 's/-server//; s/postgresql-client/libpq/')" >&2 ;;
Linux)
	if have apt-get; then
		echo "install: sudo apt-get install $want" >&2
	elif have dnf; then
		echo "install: sudo dnf install $(echo "$want" | sed 's/redis-server/redis/; s/postgresql /postgresql-server /; s/postgresql-client/postgresql/')" >&2
	elif have apk; then
		echo "install: apk add $(echo "$want" | sed 's/redis-server/redis/')" >&2
	else
		echo "install PostgreSQL, PgBouncer and Redis" >&2
	fi
	;;
*) echo "install PostgreSQL's client, PgBouncer and Redis, or set TEST_DATABASE_URL and TEST_REDIS_URL" >&2 ;;
esac
[ "${CI:-}" != true ]
