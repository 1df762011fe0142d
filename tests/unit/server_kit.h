/* SPDX-License-Identifier: ISC */
/*
 * server_kit: a server on the mem store and hand-made clients, for tests that
 * speak stanza by stanza.  Jobs run when kit_run is called, in order; the
 * store is durable at once.
 */
#ifndef UNIT_SERVER_KIT_H
#define UNIT_SERVER_KIT_H

#include "protocol/payload.h"
#include "protocol/xmltext.h"
#include "src/server/server.h"
#include "src/server/worker.h"

struct sc_module_def;

enum { KIT_AUTHS = 8 };

struct kit_job {
	struct kit_job *next;
	struct job *job;
};

struct kit_mail {
	struct kit_mail *next;
	struct event *event;
};

struct kit {
	struct store *store;
	struct server *server;
	struct worker *worker;
	struct kit_job *scribe, *readers;
	struct kit_mail *mail;	/* between workers: there is one */
	int64_t mono, wall;
	uint64_t seed;
	struct deflate *deflate;
	size_t unsent;		/* what io.unsent says */
	struct buf traced;	/* what io.trace got, a line each */
	/* Authentication: every step is refused, or what the function leaves
	 * in the request; steps wait in `auths' first. */
	void (*authenticate)(struct kit *, struct auth_request *);
	struct auth_request *auths[KIT_AUTHS];
	size_t nauths;
	bool auths_wait;	/* until the test says otherwise */
	unsigned auth_states;	/* its address is a state, it counts them */
	size_t binding;		/* bytes of B that bind a channel */
};

/* One client: bytes both ways, read as XML. */
struct kit_conn {
	struct kit *kit;
	struct session *session;
	struct stanza_ctx ctx, said;	/* of what comes, and leaves */
	struct buf in;		/* from the server */
	bool closed;
	bool stuck;		/* takes no bytes */
	bool held;		/* is not read at the moment */
	char text[1 << 20];
};

struct kit *kit_create(const struct server_conf *conf);

/* With these modules instead of those that are built in. */
struct kit *kit_create_with(const struct server_conf *conf,
    const struct sc_module_def *const *modules);
void kit_destroy(struct kit *);

/* New numbers, as a reload brings them. */
void kit_reconfigure(struct kit *, const struct server_conf *);

/* A user, and a token for a new device of his. */
uint64_t kit_user(struct kit *, const char *name);
void kit_token(struct kit *, uint64_t user, const char *device, uint8_t *token);

/* Runs jobs and flushes until nothing moves. */
void kit_run(struct kit *);

/* Runs a job of the executor's own on the scribe. */
void kit_job(struct kit *, struct job *);

/* Lets time pass, with ticks. */
void kit_sleep(struct kit *, int64_t ms);

void kit_connect(struct kit *, struct kit_conn *);
/* The connection breaks, with something still on its way. */
void kit_disconnect(struct kit_conn *);
/* The client ends without a word; all had arrived. */
void kit_die(struct kit_conn *);

/* Sends the stanzas in XML (several in a row are several frames). */
void kit_send(struct kit_conn *, const char *xml);

/* The stanzas received since the last call, as XML, one a line. */
const char *kit_received(struct kit_conn *);

/* The parts of a login. */
void kit_hello(struct kit_conn *);
void kit_auth(struct kit_conn *, const char *user, uint32_t device,
    const uint8_t *token);

/* Logs in with a token, syncs from nothing, and forgets what came. */
void kit_login(struct kit_conn *, const char *user, uint32_t device,
    const uint8_t *token);

#endif
