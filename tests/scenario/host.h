/* SPDX-License-Identifier: ISC */
/* host: the server of a scenario, its configuration and its process. */
#ifndef SCENARIO_HOST_H
#define SCENARIO_HOST_H

#include <stdbool.h>
#include <stdint.h>

struct host;
struct polls;
struct stage;

/* Makes the certificate; nothing runs yet.  NULL after stage_fail. */
struct host *host_create(struct stage *);
void host_destroy(struct host *);

/* PATH is as in stonechat.xml(5), "session/heartbeat-ms"; for an option of a
 * module "modules/NAME/OPTION".  Holds from the next start or reload. */
void host_set(struct host *, const char *path, const char *value);
void host_files(struct host *, unsigned max);

/* All are 0, or -1 after stage_fail.  host_need starts the server if it never
 * ran. */
int host_start(struct host *);
int host_need(struct host *);
int host_stop(struct host *);
int host_kill(struct host *);
int host_reload(struct host *);

/* Of a server that does not run: the database is gone; stonechatd --maintain
 * with these words must end with 0. */
int host_lose(struct host *);
int host_maintain(struct host *, const char *words);

/* Waits until the log has the text, after what was last found. */
int host_logged(struct host *, const char *text);

/* What must be true of every server: it stops when it is asked to, its
 * database agrees with itself, and its log holds none of the texts that were
 * remembered. */
int host_finish(struct host *);
void host_secret(struct host *, const char *text);

bool host_runs(const struct host *);
const char *host_address(const struct host *);
uint16_t host_port(const struct host *);
/* The last lines of the log, each after PREFIX, to standard output. */
void host_print_log(const struct host *, const char *prefix, unsigned lines);

void host_poll(struct host *, struct polls *);
void host_step(struct host *, const struct polls *);

#endif
