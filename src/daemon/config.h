/* SPDX-License-Identifier: ISC */
/*
 * config: the configuration file.  Every element is a row of a table
 * (config_defs.c): where it stands, what may be in it, the default, and what
 * it is for.  An element that is not in the table, stands twice or in the
 * wrong place, or holds what its row does not allow, is an error that names
 * file, line, element and what was expected.  Document types and entities are
 * refused.
 */
#ifndef DAEMON_CONFIG_H
#define DAEMON_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/daemon/log.h"
#include "src/server/server.h"
#include "src/store/bdb/bdb.h"

enum { CONFIG_ADDRESSES = 8, CONFIG_ROWS_MAX = 96 };

struct config_module;

/* Who seals and opens records after the handshake. */
enum tls_records { RECORDS_OPENSSL, RECORDS_LEAN };

struct config {
	char *file;			/* its name, as it was given */
	struct server_conf server;
	struct bdb_conf store;

	struct log_conf log;
	char *user;			/* NULL: stay who we are */
	char *pid_file;			/* NULL: none */

	char *addresses[CONFIG_ADDRESSES];
	size_t naddresses;
	uint32_t port;			/* 0: any free one */
	char *port_file;		/* NULL: none */
	uint32_t backlog;
	uint32_t reserve_files;
	uint32_t per_address;		/* connections; 0: no limit */

	char *certificate, *key;
	int tls_min;			/* as OpenSSL names it */
	int tls_records;		/* enum tls_records */
	uint32_t ticket_s;

	char *control;
	uint32_t control_idle_ms;
	uint32_t workers;		/* 0: one per core */
	uint32_t readers;
	uint32_t authenticators;
	uint32_t iterations;
	uint32_t guesses, guess_ms;
	uint32_t batch_jobs;
	uint32_t batch_depth;

	uint32_t handshakes;		/* at a time, per worker */
	uint32_t handshake_ms;
	uint32_t linger_ms;
	uint32_t stop_ms;
	uint32_t drain_rate;		/* sessions a second */

	char *store_dir;

	/* Called at the named points of daemon_points, for tests that kill the
	 * process there; only they set it.  Any thread. */
	void (*point)(void *arg, const char *name);
	void *point_arg;

	char *module_dir;		/* NULL: none */
	bool modules_known;
	bool modules_ignored;	/* what is said of them is */
	struct config_module *modules;	/* all that there are, running or not */
	size_t nmodules;

	/* Where each row of config_defs, and each unit of the log, stands in
	 * the file; 0: it is left out. */
	unsigned lines[CONFIG_ROWS_MAX];
	unsigned unit_lines[LOG_UNITS];
};

enum conf_type {
	CONF_UINT32,		/* a decimal number */
	CONF_BYTES,		/* uint64_t; K, M or G may follow */
	CONF_BOOL,		/* yes or no */
	CONF_PATH,		/* char *; absolute, or empty for none */
	CONF_NEEDED_PATH,	/* char *; absolute */
	CONF_NAME,		/* char *; empty for none */
	CONF_DOMAIN,		/* char [256]; empty for none */
	CONF_CHOICE,		/* int; one of a list of words */
	CONF_ADDRESS,		/* the list of addresses; may be repeated */
	CONF_OF_MODULE,		/* attributes only; may be repeated */
	CONF_OF_UNIT		/* attributes only; may be repeated */
};

/* What it takes to change a value while the server runs. */
enum conf_change {
	CONF_LIVE,		/* a reload */
	CONF_RESTART,		/* another worker */
	CONF_PARENT		/* another parent: a stop and a start */
};

struct conf_choice {
	const char *word;
	int value;
	const char *missing;	/* why not in this build; NULL: it is there */
};

struct conf_def {
	const char *path;	/* "listen/port" */
	enum conf_type type;
	enum conf_change change;
	size_t offset;		/* in struct config */
	int64_t min, max;	/* of numbers, inclusive */
	const char *dflt;	/* as it would be written */
	const struct conf_choice *choices;
	const char *help;
};

/* Ends with a NULL path. */
extern const struct conf_def config_defs[];

/* The row of PATH, or NULL. */
const struct conf_def *config_find(const char *path);

/*
 * Reads FILE over the defaults.  0, or -1 with a line for the operator in
 * WHY; the configuration is empty then.
 */
int config_load(struct config *, const char *file, char *why, size_t whylen);

/* The same for TEXT; FILE is its name in messages. */
int config_parse(struct config *, const char *file, const char *text,
    size_t len, char *why, size_t whylen);

/* The same for a process that runs with RUNNING, whose modules it has: it loads
 * none.  NULL: those that are linked in. */
int config_parse_again(struct config *, const struct config *running,
    const char *file, const char *text, size_t len, char *why, size_t whylen);
int config_load_again(struct config *, const struct config *running,
    const char *file, char *why, size_t whylen);

/* The same for a process that has no modules: what is said of them is not
 * looked at. */
int config_parse_outer(struct config *, const char *file, const char *text,
    size_t len, char *why, size_t whylen);

void config_fini(struct config *);

/* The same for one that was allocated; NULL is nothing. */
void config_free(struct config *);

#endif
