/* SPDX-License-Identifier: ISC */
/*
 * client_kit: one client engine with its state in memory, and a server that
 * says what a test makes it say.  Stanzas are in their XML form.
 */
#ifndef UNIT_CLIENT_KIT_H
#define UNIT_CLIENT_KIT_H

#include <stdbool.h>

#include "protocol/stanza.h"
#include "src/client/stonechat.h"

#define KIT_TIME "2026-11-23T06:46:00.000Z"
#define KIT_EPOCH "AAAAAAAAAAE"

/* alice is user 1 and has device 3; bob is user 2. */
#define KIT_SUCCESS(HIGH, MORE)                                               \
	"<success user=\"~1\" device=\"3\" high=\"" HIGH "\" time=\"" KIT_TIME \
	"\" heartbeat=\"30000\" max-text=\"4096\"" MORE "/>"
#define KIT_INTRODUCES(SEQ, NUMBER, NAME)                                     \
	"<message chat=\"1\" seq=\"" SEQ "\" time=\"" KIT_TIME                \
	"\"><chat number=\"" NUMBER                                          \
	"\" ref=\"AQIDBAUGBwgJCgsMDQ4" NUMBER "AA\" kind=\"direct\" "          \
	"peer=\"~2\" name=\"" NAME "\"/></message>"
#define KIT_SAYS(CHAT, SEQ, MORE, TEXT)                                       \
	"<message chat=\"" CHAT "\" seq=\"" SEQ "\" time=\"" KIT_TIME         \
	"\" from=\"~2\"" MORE "><body>" TEXT "</body></message>"
#define KIT_OWN(CHAT, SEQ, N, TEXT)                                           \
	"<message chat=\"" CHAT "\" seq=\"" SEQ "\" time=\"" KIT_TIME         \
	"\" from=\"~1\" device=\"3\" n=\"" N "\"><body>" TEXT                \
	"</body></message>"
/* An entry of the account log. */
#define KIT_ACCOUNT(SEQ, CONTENT)                                             \
	"<message chat=\"1\" seq=\"" SEQ "\" time=\"" KIT_TIME "\">"          \
	CONTENT "</message>"
#define KIT_SYNCED(STAMP)                                                     \
	"<synced stamp=\"" STAMP "\" time=\"" KIT_TIME "\"/>"

struct kit_record {
	uint8_t *p;
	size_t n;
};

/* The state: what was appended, and how much of it a crash leaves. */
struct kit_state {
	struct kit_record *records;
	size_t count, cap, synced;
	size_t must;		/* of these something may depend: marks of
				 * others may wait (journal.c) */
	unsigned syncs, replaced;
	bool fail_append, fail_sync, fail_replace;
	bool *no_alloc_failure;	/* switched off while records are kept */
};

struct kit {
	struct kit_state state;
	struct sc_client_conf conf;
	struct sc_client *client;
	char why[200];
	int64_t now;
	uint64_t seed;
	struct stanza_ctx ctx;	/* the server's */
	struct arena arena;
	struct deflate *deflate;
	struct buf said;	/* what the client said, a stanza a line */
	struct buf bytes;	/* ... that is no whole frame yet */
	struct buf events;	/* what the application was told, a line each */
	size_t said_bytes;	/* of the last kit_said, on the wire */
	unsigned decline;	/* so many entries, from now on */
	bool disk_must_be_first;	/* fails if output is not durable */
	/* called for every event, may be NULL */
	int (*hook)(struct kit *, const struct sc_event *);
	uint64_t cursors[16];	/* of the application, for conf.cursor */
};

/* A client with the password and no state.  NULL: no password. */
void kit_init(struct kit *, const char *password);
void kit_fini(struct kit *);

/* Starts the client, from whatever state there is. */
int kit_start(struct kit *);
/* The client goes; its state keeps COUNT records. */
void kit_crash(struct kit *, size_t count);

/* The transport is there: hello, auth and sync are in kit_said. */
void kit_connect(struct kit *);
/* The server says XML, stanzas separated by newlines.  The engine's result. */
int kit_server(struct kit *, const char *xml);
/* The connection ends. */
void kit_close(struct kit *);
/* kit_connect and the login, with HIGH and nothing to sync; forgets what was
 * said and told. */
void kit_login(struct kit *, unsigned high);
/* A login with a chat 2 with bob. */
void kit_login_bob(struct kit *);

/* Time passes, and the engine ticks when it wants to.  The last result. */
int kit_sleep(struct kit *, int64_t ms);

/* What was said (or told) since the last call. */
const char *kit_said(struct kit *);
const char *kit_events(struct kit *);

/* sc_client_send; the counter. */
uint64_t kit_send(struct kit *, const char *to, const char *text);

/* Fixtures: a client with the password `secret' and no state; the same, logged
 * in and with its chat with bob; and its end. */
int kit_new(void **state);
int kit_new_bob(void **state);
int kit_free(void **state);

/* The server says XML, and the engine takes it. */
#define SERVER(KIT, XML) assert_int_equal(kit_server(KIT, XML), 0)
/* All that was said, or told, since. */
#define SAID(KIT, TEXT) assert_string_equal(kit_said(KIT), TEXT)
#define TOLD(KIT, TEXT) assert_string_equal(kit_events(KIT), TEXT)

/* The state as the functions that the engine wants. */
struct sc_state_io kit_state_io(struct kit_state *);
void kit_state_cut(struct kit_state *, size_t count);
void kit_state_copy(struct kit_state *to, const struct kit_state *from,
    size_t count);

#endif
