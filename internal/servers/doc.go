// Package servers gives tests real servers: a private PostgreSQL and a private
// Redis, found on the machine and started on first use, and a proxy that does
// to a connection what networks do.
//
// A test that needs a database says so in one line:
//
//	url := servers.Postgres(t)                          // an empty database, the test's own
//	url := servers.PostgresFrom(t, "migrated", migrate) // a copy of one that was prepared once
//	url := servers.Redis(t)                             // a Redis, with keys of one's own choosing
//
// All tests of one process share one PostgreSQL and one Redis, which do not
// sync to disk. [PgBouncer] puts a pooler before a database. A test that stops, kills, freezes or fills a server takes one
// of its own with [NewPostgres] or [NewRedis], and puts a [Proxy] before any
// server to cut, delay, reset and half-close what flows, or to lose exactly one
// answer.
//
// # Which server
//
// TEST_DATABASE_URL (postgres://user:password@host:port/database) and
// TEST_REDIS_URL (redis://host:port/0) name servers that run already; the
// shared functions then use those, and psql must be installed for the former.
// The role of the former may create databases and roles; roles of the stores
// (campaigns_tenant) stay there. Without them the binaries are
// looked for in PATH and where Debian, Red Hat and Homebrew put them. A server
// that is missing skips the test and says what to install; where CI=true it
// fails the test, so that a green run has tested what it claims.
//
// # What is left behind
//
// Nothing. A private server listens on a Unix socket in a directory of its own,
// and a small shell waits for the end of the test process, however it ends:
// it then stops the server and removes the directory. What is kept on purpose
// is the output of initdb, once for each version and user in the directory for
// temporary files, because copying it is several times faster than making it.
//
// Each running server has one goroutine that reads its log. A test that looks
// for leaked goroutines ignores (*process).follow, or takes its server before it
// starts counting.
//
// PostgreSQL does not run as root, so a test process that does starts it as the
// user postgres, or nobody. Only Unix systems start servers; elsewhere the two
// variables are the way.
package servers
