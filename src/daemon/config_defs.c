/* SPDX-License-Identifier: ISC */
#include "src/daemon/config.h"

#include <openssl/tls1.h>

#include "protocol/stanza.h"
#include "src/daemon/config_log.h"

#ifdef HAVE_SYSTEMD
#define NO_JOURNAL NULL
#else
#define NO_JOURNAL                                                           \
	": this server is built without it (configure --with-systemd)"
#endif

static const struct conf_choice sinks[] = {
	{"file", LOG_SINK_FILE, NULL},
	{"journal", LOG_SINK_JOURNAL, NO_JOURNAL},
	{NULL, 0, NULL},
};

static const struct conf_choice tls_versions[] = {
	{"1.2", TLS1_2_VERSION, NULL},
	{"1.3", TLS1_3_VERSION, NULL},
	{NULL, 0, NULL},
};

static const struct conf_choice records[] = {
	{"openssl", RECORDS_OPENSSL, NULL},
	{"lean", RECORDS_LEAN, NULL},
	{NULL, 0, NULL},
};

#define LIVE CONF_LIVE
#define RESTART CONF_RESTART
#define PARENT CONF_PARENT
#define AT(member) offsetof(struct config, member)
#define K 1024LL
#define M (1024 * K)
#define G (1024 * M)
#define DAY_MS 86400000

/* clang-format off */
const struct conf_def config_defs[] = {
	{"domain", CONF_DOMAIN, RESTART, AT(server.domain), 0, 0, "", NULL,
	    "the domain of all addresses; empty: addresses are bare names"},

	{"log/sink", CONF_CHOICE, LIVE, AT(log.sink), 0, 0, "file", sinks,
	    "file, or journal: the systemd journal"},
	{"log/file", CONF_PATH, LIVE, AT(log.file), 0, 0, "", NULL,
	    "where log lines go; empty: standard error"},
	{"log/level", CONF_CHOICE, LIVE, AT(log.level), 0, 0, "info",
	    config_log_levels, "the least important lines that are written"},
	{"log/unit", CONF_OF_UNIT, LIVE, 0, 0, 0, "", NULL,
	    "a part of the server, and the level of its lines"},

	{"process/user", CONF_NAME, PARENT, AT(user), 0, 0, "", NULL,
	    "who to become when started as root; empty: stay"},
	{"process/pid-file", CONF_PATH, PARENT, AT(pid_file), 0, 0, "", NULL,
	    "the process id is written there; empty: nowhere"},
	{"process/stop-ms", CONF_UINT32, LIVE, AT(stop_ms), 100, DAY_MS,
	    "10000", NULL, "the longest time that stopping may take"},
	{"process/drain-rate", CONF_UINT32, LIVE, AT(drain_rate), 1, 1000000,
	    "1000", NULL, "sessions that are told goodbye in a second"},

	{"listen/address", CONF_ADDRESS, PARENT, 0, 0, 0, "*", NULL,
	    "a numeric address to accept clients on, or * for all; up to 8"},
	{"listen/port", CONF_UINT32, PARENT, AT(port), 0, 65535, "5290", NULL,
	    "the port; 0: any free one"},
	{"listen/port-file", CONF_PATH, PARENT, AT(port_file), 0, 0, "", NULL,
	    "the port in use is written there; empty: nowhere"},
	{"listen/backlog", CONF_UINT32, PARENT, AT(backlog), 1, 65535, "1024",
	    NULL, "connections that may wait to be accepted"},
	{"listen/reserve-files", CONF_UINT32, LIVE, AT(reserve_files), 16,
	    65535, "256", NULL, "descriptors that connections may not use"},

	{"tls/certificate", CONF_NEEDED_PATH, LIVE, AT(certificate), 0, 0,
	    SC_SYSCONFDIR "/cert.pem", NULL,
	    "the certificate and those that lead to its root, PEM"},
	{"tls/key", CONF_NEEDED_PATH, LIVE, AT(key), 0, 0,
	    SC_SYSCONFDIR "/key.pem", NULL, "its private key, PEM"},
	{"tls/min-version", CONF_CHOICE, LIVE, AT(tls_min), 0, 0, "1.3",
	    tls_versions, "the lowest version of TLS that is accepted"},
	{"tls/records", CONF_CHOICE, LIVE, AT(tls_records), 0, 0, "openssl",
	    records, "who seals and opens records after the handshake"},
	{"tls/ticket-s", CONF_UINT32, LIVE, AT(ticket_s), 0, 604800, "7200",
	    NULL, "how long a session may be resumed; 0: not at all"},
	{"tls/handshakes", CONF_UINT32, LIVE, AT(handshakes), 1, 65535, "64",
	    NULL, "handshakes under way at a time, per worker; others wait"},
	{"tls/handshake-ms", CONF_UINT32, LIVE, AT(handshake_ms), 10, DAY_MS,
	    "10000", NULL, "the longest time that a handshake may take"},
	{"tls/linger-ms", CONF_UINT32, LIVE, AT(linger_ms), 0, DAY_MS, "1000",
	    NULL, "how long to wait for a client to take its last bytes"},

	{"control/socket", CONF_NEEDED_PATH, PARENT, AT(control), 0, 0,
	    SC_RUNSTATEDIR "/stonechat.sock", NULL,
	    "where stonechatctl reaches the server; mode 0660"},
	{"control/idle-ms", CONF_UINT32, LIVE, AT(control_idle_ms), 100,
	    DAY_MS, "60000", NULL, "how long who is connected there may ask "
	    "for nothing, or take nothing of an answer"},

	{"threads/workers", CONF_UINT32, RESTART, AT(workers), 0, 256, "0",
	    NULL, "threads that serve connections; 0: one per core"},
	{"threads/readers", CONF_UINT32, RESTART, AT(readers), 1, 64, "2", NULL,
	    "threads that read history"},
	{"threads/authenticators", CONF_UINT32, RESTART, AT(authenticators), 1,
	    64, "2", NULL, "threads that check passwords"},

	{"password/iterations", CONF_UINT32, LIVE, AT(iterations), 4096,
	    10000000, "10000", NULL, "rounds of PBKDF2 for new passwords"},

	{"login/token", CONF_BOOL, LIVE, AT(server.mechanisms[MECHANISM_TOKEN]), 0,
	    0, "yes", NULL, "logins with a device's token are offered"},
	{"login/plain", CONF_BOOL, LIVE, AT(server.mechanisms[MECHANISM_PLAIN]), 0,
	    0, "yes", NULL, "logins by PLAIN are offered"},
	{"login/scram-sha-256", CONF_BOOL, LIVE,
	    AT(server.mechanisms[MECHANISM_SCRAM_SHA_256]), 0, 0, "yes", NULL,
	    "logins by SCRAM-SHA-256 are offered"},
	{"login/scram-sha-256-plus", CONF_BOOL, LIVE,
	    AT(server.mechanisms[MECHANISM_SCRAM_SHA_256_PLUS]), 0, 0, "yes",
	    NULL, "logins by SCRAM-SHA-256-PLUS are offered, over TLS 1.3"},
	{"login/scram-sha-1", CONF_BOOL, LIVE,
	    AT(server.mechanisms[MECHANISM_SCRAM_SHA_1]), 0, 0, "no", NULL,
	    "logins by SCRAM-SHA-1 are offered, for old clients"},
	{"login/link", CONF_BOOL, LIVE, AT(server.mechanisms[MECHANISM_LINK]), 0,
	    0, "yes", NULL, "logins with a code of another device are offered"},
	{"login/token-days", CONF_UINT32, LIVE, AT(server.token_days), 0, 36500,
	    "30", NULL,
	    "days after which a device gets another token; 0: never"},
	{"login/guesses", CONF_UINT32, LIVE, AT(guesses), 0, 1000000, "10",
	    NULL, "wrong passwords in a row that a name may get; 0: any"},
	{"login/guess-ms", CONF_UINT32, LIVE, AT(guess_ms), 1, DAY_MS,
	    "10000", NULL, "after each of these a name may get one more"},

	{"limits/text", CONF_UINT32, LIVE, AT(server.max_text), 1, 65535,
	    "4096", NULL, "the longest text of a message, in code points"},
	{"limits/devices", CONF_UINT32, LIVE, AT(server.max_devices), 1, 1000,
	    "3", NULL, "devices of an account"},
	{"limits/push-members", CONF_UINT32, LIVE, AT(server.push_members), 1,
	    1000000, "1024", NULL,
	    "a chat that has had more members is told to those who look"},
	{"limits/sessions", CONF_UINT32, LIVE, AT(server.sessions_max), 1,
	    1000000, "100000", NULL, "connections per worker"},
	{"limits/per-address", CONF_UINT32, LIVE, AT(per_address), 0, 1000000,
	    "1024", NULL, "connections from an address; 0: no limit"},
	{"limits/rate", CONF_UINT32, LIVE, AT(server.rate), 0, 1000000000,
	    "50000", NULL,
	    "units a session may spend in a second; 0: no limit"},
	{"limits/burst", CONF_UINT32, LIVE, AT(server.burst), 1, 1000000000,
	    "100000", NULL, "units a session may save up"},

	{"delivery/window-entries", CONF_UINT32, LIVE,
	    AT(server.window_entries), 1, 65535, "256", NULL,
	    "entries a device may have unacknowledged"},
	{"delivery/window-bytes", CONF_UINT32, LIVE, AT(server.window_bytes),
	    65536, 1 << 30, "131072", NULL,
	    "bytes a device may have unacknowledged"},
	{"delivery/page-entries", CONF_UINT32, LIVE, AT(server.page_entries), 1,
	    10000, "128", NULL, "entries that are read at a time"},
	{"delivery/tail-entries", CONF_UINT32, LIVE, AT(server.tail_entries), 0,
	    10000000, "4096", NULL,
	    "recent entries kept in memory, per worker"},
	{"delivery/ack-ms", CONF_UINT32, LIVE, AT(server.ack_ms), 10, DAY_MS,
	    "2000", NULL,
	    "entries unacknowledged for so long: ask with a ping"},
	{"delivery/mark-delay-ms", CONF_UINT32, LIVE, AT(server.mark_delay_ms),
	    0, 60000, "50", NULL, "marks are collected for so long"},

	{"session/login-ms", CONF_UINT32, LIVE, AT(server.login_ms), 10, DAY_MS,
	    "10000", NULL, "the longest time from TLS to login"},
	{"session/heartbeat-ms", CONF_UINT32, LIVE, AT(server.heartbeat_ms), 10,
	    DAY_MS, "30000", NULL, "a connection idle for so long is pinged"},
	{"session/pong-ms", CONF_UINT32, LIVE, AT(server.pong_ms), 10, DAY_MS,
	    "5000", NULL, "a ping must be answered within this"},

	{"store/directory", CONF_NEEDED_PATH, PARENT, AT(store_dir), 0, 0,
	    SC_STATEDIR, NULL, "where the database is; made if not there"},
	{"store/cache", CONF_BYTES, RESTART, AT(store.cache_bytes), 1 * M,
	    1024 * G, "64M", NULL, "memory for pages of the database"},
	{"store/memtable", CONF_BYTES, RESTART, AT(store.memtable_bytes), 1 * M,
	    64 * G, "32M", NULL, "memory for rows not yet written back"},
	{"store/checkpoint-ms", CONF_UINT32, RESTART, AT(store.checkpoint_ms),
	    100, DAY_MS, "60000", NULL,
	    "the longest time between checkpoints"},
	{"store/reserve", CONF_BYTES, RESTART, AT(store.reserve_bytes), 0,
	    1024 * G, "256M", NULL,
	    "free disk space below which sends are refused"},
	{"store/sync", CONF_BOOL, RESTART, AT(store.sync), 0, 0, "yes", NULL,
	    "no: a power failure loses messages; for measurements only"},
	{"store/period-s", CONF_UINT32, RESTART, AT(server.period_s), 60,
	    31536000, "86400", NULL,
	    "entries of so many seconds share a file"},
	{"store/batch-jobs", CONF_UINT32, RESTART, AT(batch_jobs), 1, 4096,
	    "64", NULL, "most requests in one transaction"},
	{"store/batch-depth", CONF_UINT32, RESTART, AT(batch_depth), 1, 64, "4",
	    NULL, "transactions that may be on their way to the disk"},

	{"modules/directory", CONF_PATH, RESTART, AT(module_dir), 0, 0,
	    SC_MODULEDIR, NULL, "where modules are; empty: nowhere"},
	{"modules/module", CONF_OF_MODULE, LIVE, 0, 0, 0, "", NULL,
	    "a module that is there: whether it runs, and its options"},

	{NULL, CONF_UINT32, LIVE, 0, 0, 0, NULL, NULL, NULL},
};
/* clang-format on */
