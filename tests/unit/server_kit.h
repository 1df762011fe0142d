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
struct tx;
struct world;			/* a test's own */

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
	struct server_conf conf;	/* and modules, of the start */
	const struct sc_module_def *const *modules;
	struct store *store;
	struct server *server;
	struct worker *worker;
	struct kit_job *scribe, *readers;
	bool scribe_waits, readers_wait;	/* until the test says so */
	struct kit_mail *mail;	/* between workers: there is one */
	int64_t mono, wall;
	uint64_t seed;
	struct deflate *deflate;
	struct recipients_memory *recipients;
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

/* The server stops, and another one starts on the store. */
void kit_restart(struct kit *);

/* New numbers, as a reload brings them. */
void kit_reconfigure(struct kit *, const struct server_conf *);

/* A user, and a token for a new device of his. */
uint64_t kit_user(struct kit *, const char *name);
void kit_token(struct kit *, uint64_t user, const char *device, uint8_t *token);

/* Runs jobs and flushes until nothing moves. */
void kit_run(struct kit *);

/* Runs a job of the executor's own on the scribe. */
void kit_job(struct kit *, struct job *);

/* Runs the function in a transaction of the scribe's; what it returns. */
int kit_call(struct kit *, int (*fn)(struct tx *, struct world *),
    struct world *);

/* Removes an account, and checks that what is left is whole. */
void kit_remove(struct kit *, uint64_t user);

/* Lets time pass, with ticks. */
void kit_sleep(struct kit *, int64_t ms);

/* Both clocks go on and nothing ticks: nobody has to answer a ping. */
void kit_later(struct kit *, int64_t ms);

/* Runs the sweeps of modules that are due. */
void kit_sweep(struct kit *);

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

/* Connects and logs in. */
void kit_enter(struct kit *, struct kit_conn *, const char *user,
    uint32_t device, const uint8_t *token);

/* The same of a new user, with a device `phone'; his id.  TOKEN gets the
 * device's, or is NULL. */
uint64_t kit_arrive(struct kit *, struct kit_conn *, const char *user,
    uint8_t *token);

/* A module of which everything waits for those who are away, and a new device
 * gets all there is. */
extern const struct sc_module_def kit_keeper;

/* ---- what is expected ---- */

#define HAS(TEXT, PART) do {                                                  \
	const char *text_ = (TEXT);                                           \
	if (strstr(text_, (PART)) == NULL)                                    \
		fail_msg("expected '%s' in:\n%s", (PART), text_);             \
} while (0)
#define LACKS(TEXT, PART) do {                                                \
	const char *text_ = (TEXT);                                           \
	if (strstr(text_, (PART)) != NULL)                                    \
		fail_msg("did not expect '%s' in:\n%s", (PART), text_);       \
} while (0)

/* A function in a transaction that must succeed. */
#define CALL(WORLD, FN)                                                       \
	assert_int_equal(kit_call((WORLD)->kit, FN, WORLD), 0)

/* A client sends XML, and gets ANSWER and nothing else. */
#define SAYS(CONN, XML, ANSWER) do {                                          \
	kit_send(CONN, XML);                                                  \
	assert_string_equal(kit_received(CONN), ANSWER);                      \
} while (0)

#endif
