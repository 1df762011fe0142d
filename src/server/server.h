/* SPDX-License-Identifier: ISC */
/*
 * server: what all workers share: the domain, the modules and the table of
 * verbs, which are fixed while it runs, and the numbers of the configuration,
 * which may be replaced.
 */
#ifndef SERVER_SERVER_H
#define SERVER_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/store/store.h"

struct chat;
struct domain;
struct sc_chat_texts;
struct sc_module_def;
struct server;
struct server_settings;
struct tx;

/* Everything is configurable; times are in milliseconds.  Fixed while the
 * server runs: domain and period_s. */
struct server_conf {
	char domain[256];		/* "" : addresses have no domain */
	uint32_t max_text;		/* code points */
	uint32_t max_devices;
	uint32_t push_members;		/* a chat with more is pulled */
	uint32_t window_entries;	/* unacknowledged, per session */
	uint32_t window_bytes;
	uint32_t page_entries;		/* read from the store at a time */
	bool mechanisms[8];		/* that are offered, by enum mechanism */
	uint32_t token_days;		/* when a token is replaced; 0: never */
	uint32_t login_ms;		/* from accept to success */
	uint32_t heartbeat_ms;
	uint32_t pong_ms;
	uint32_t ack_ms;		/* entries unacknowledged: ask */
	uint32_t mark_delay_ms;		/* marks are collected for this long */
	uint32_t sessions_max;		/* per worker */
	uint32_t rate;			/* units a session may spend in a
					 * second (pace.h); 0: no limit */
	uint32_t burst;			/* units it may save up */
	uint32_t tail_entries;		/* tail cache, per worker */
	uint32_t period_s;		/* length of a storage period, seconds */
};

void server_conf_init(struct server_conf *);

/*
 * Declares the tables of the core and of MODULES (NULL-terminated) on STORE,
 * which is open and not started.  The configuration is copied.  NULL and a
 * sentence in WHY on failure.
 */
struct server *server_create(const struct server_conf *, struct store *,
    const struct sc_module_def *const *modules, char *why, size_t whylen);

/* Before server_start: DEF, one of the modules, runs with a copy of CONF
 * (module_conf.h) instead of its defaults. */
void server_configure(struct server *, const struct sc_module_def *def,
    const void *conf);

/*
 * A new configuration, in three steps: make it, with CONF and for each module
 * that runs the options it has now; give it the new options of modules; take
 * it into use.  What was in use before is returned: free it when no job that
 * was being run at that call is running any more.  Workers have a copy of the
 * numbers: give each the new ones by worker_configure.
 */
struct server_settings *server_settings_create(const struct server *,
    const struct server_conf *conf);
void server_settings_module(struct server_settings *, const struct server *,
    const struct sc_module_def *def, const void *options);
struct server_settings *server_reconfigure_take(struct server *,
    struct server_settings *);
void server_settings_free(struct server_settings *);

/* The numbers in use.  A job may use them until it ends. */
const struct server_conf *server_conf(const struct server *);

/*
 * Modules that are switched on and off.  All of MODULES are known, with their
 * tables; at first all are on, but for those that are switched off here before
 * server_start.
 *
 * Later, on one thread, while jobs run: server_module_check says whether DEF
 * may be switched on (0, or a sentence in WHY); server_module_start runs in a
 * transaction of the scribe; when that is durable server_module_set switches
 * it on.  To switch it off: server_module_set, and when every job that was
 * being run at that call has ended, server_module_stop.  What arrives between
 * the two is refused.
 */
int server_module_check(const struct server *, const struct sc_module_def *,
    char *why, size_t whylen);
int server_module_start(struct server *, struct tx *,
    const struct sc_module_def *);
void server_module_set(struct server *, const struct sc_module_def *, bool on);
void server_module_stop(struct server *, const struct sc_module_def *);
bool server_module_is_on(const struct server *, const struct sc_module_def *);

/* Where lines of modules go (scm_log), from any thread; LEVEL as in syslog(3).
 * Before server_start. */
void server_log_to(struct server *,
    void (*log)(void *arg, int level, const char *event, const char *fields),
    void *arg);

/*
 * After store_start: makes what a new store needs (epoch, server key) and
 * starts the modules that are on.  RANDOM must be good enough for keys.
 */
int server_start(struct server *, int64_t now,
    void (*random)(void *arg, void *p, size_t n), void *random_arg, char *why,
    size_t whylen);

void server_destroy(struct server *);

struct domain *server_domain(struct server *);

/*
 * Removes an account, and what modules have of it: user_leave begins, then
 * comes piece by piece, each in a transaction, account_erase, until it says that
 * there is no such removal; one that is cut off goes on with the next start.
 * Here all of it is done in one transaction.
 */
int server_user_delete(struct server *, struct tx *, uint64_t user);

/* What a chat is called, if it is of a kind that a module serves which is on. */
int server_chat_texts(struct server *, struct tx *, const struct chat *,
    struct sc_chat_texts *);

/* Visits the counters of all modules, by their names.  Any thread. */
void server_stats(const struct server *,
    void (*visit)(void *arg, const char *name, const char *help,
	uint64_t value), void *arg);

/*
 * The stamp of the next transaction of the scribe (job_env).  A reader's is
 * that of the last transaction which was finished, with all before it, when its
 * snapshot began (R18): the executor keeps it; server_stamp_last is where a
 * fresh start begins, and what was last given out.
 */
uint64_t server_stamp_next(struct server *);
uint64_t server_stamp_last(const struct server *);

/*
 * The id of a session, unique in the process.  It is taken when its connection
 * comes, before anything can be said on it: so the session of a device with the
 * highest one is that which the device has opened last (R9).  Any thread.
 */
uint64_t server_session_id(struct server *);

/*
 * The next job of a module's sweep that is due (expiry and the like), or NULL;
 * *AT gets the monotonic time at which to ask again.  One thread calls it; the
 * job goes to the scribe.  Sweeps destroy, so they stop when wall and monotonic
 * clock have drifted apart by more than 5 minutes since the start (R4):
 * then *AT is INT64_MAX and server_sweeps_stopped says so.
 */
struct job *server_sweep(struct server *, int64_t mono, int64_t wall,
    int64_t *at);
bool server_sweeps_stopped(const struct server *);

#endif
