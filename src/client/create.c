/* SPDX-License-Identifier: ISC */
/* Making an engine from its configuration and its state, and its end. */
#include "src/client/engine_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/common/wipe.h"

enum { BACKOFF_MIN_MS = 500, BACKOFF_MAX_MS = 60000 };

static int
conf_check(const struct sc_client_conf *conf, char *why, size_t whylen)
{
	const char *what = NULL;
	uint8_t link[LINK_SIZE];

	if (conf->user == NULL || conf->user[0] == '\0' ||
	    strlen(conf->user) > 300)
		what = "the name of the user";
	else if (conf->event == NULL)
		what = "the callback for events";
	else if (conf->random == NULL)
		what = "the source of random bytes";
	else if (!conf->raw && (conf->state.load == NULL ||
	    conf->state.append == NULL || conf->state.sync == NULL))
		what = "the functions of the state";
	else if (conf->password != NULL && strlen(conf->password) > 1024)
		what = "a password of at most 1024 bytes";
	else if (conf->link != NULL && link_parse(conf->link, link) != 0)
		what = "a code of 32 letters and digits";
	else if (conf->device != NULL && strlen(conf->device) > 64)
		what = "a device name of at most 64 bytes";
	wipe(link, sizeof(link));
	if (what == NULL)
		return 0;
	(void)snprintf(why, whylen, "%s is missing", what);
	return SC_CODE_BAD_REQUEST;
}

static int
copy_conf(struct sc_client *c, const struct sc_client_conf *conf)
{
	c->conf = *conf;
	if (conf->raw)
		c->conf.state = tap_raw_state();
	c->user = strdup(conf->user);
	c->device = strdup(conf->device == NULL ? "" : conf->device);
	if (conf->password != NULL)
		c->password = strdup(conf->password);
	if (c->user == NULL || c->device == NULL ||
	    (conf->password != NULL && c->password == NULL))
		return SC_CODE_NO_MEMORY;
	c->conf.user = c->user;
	c->conf.device = c->device;
	c->conf.password = NULL;
	c->linking = conf->link != NULL && link_parse(conf->link, c->link) == 0;
	c->conf.link = NULL;
	if (c->conf.backoff_min_ms == 0)
		c->conf.backoff_min_ms = BACKOFF_MIN_MS;
	if (c->conf.backoff_max_ms == 0)
		c->conf.backoff_max_ms = BACKOFF_MAX_MS;
	if (c->conf.backoff_max_ms < c->conf.backoff_min_ms)
		c->conf.backoff_max_ms = c->conf.backoff_min_ms;
	return 0;
}

/* The application's own cursors may be behind those of the state (R11). */
static void
lower_cursors(struct sc_client *c)
{
	for (size_t i = 0; i < c->account.count; i++) {
		struct chat *chat = c->account.chats[i];
		uint64_t cursor = chat->cursor;

		if (c->conf.unread_again && chat->number != ACCOUNT_CHAT &&
		    chat->read < cursor)
			cursor = chat->read;
		if (c->conf.cursor != NULL)
			cursor = c->conf.cursor(c->conf.event_arg,
			    chat->number, cursor);
		if (cursor < chat->cursor)
			chat->cursor = cursor;
	}
}

static struct sc_client *
client_new(const struct sc_client_conf *conf)
{
	struct sc_client *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	account_init(&c->account);
	outbox_init(&c->outbox);
	buf_init(&c->record, 0);
	buf_init(&c->in, 0);
	buf_init(&c->out, 0);
	buf_init(&c->frame, FRAME_LIVE_MAX * 4);
	buf_init(&c->scratch, FRAME_LIVE_MAX * 4);
	arena_init(&c->arena, ARENA_MAX);
	arena_init(&c->inside, ARENA_MAX);
	/* small records never fail, so that nothing is told and not kept */
	if (copy_conf(c, conf) != 0 ||
	    buf_room(&c->record, RECORD_SMALL) == NULL) {
		sc_client_destroy(c);
		return NULL;
	}
	return c;
}

int
sc_client_create(const struct sc_client_conf *conf, struct sc_client **out,
    char *why, size_t whylen)
{
	char own_why[200];
	struct sc_client *c;
	int rc;

	*out = NULL;
	if (why == NULL || whylen == 0) {
		why = own_why;
		whylen = sizeof(own_why);
	}
	why[0] = '\0';
	rc = conf_check(conf, why, whylen);
	if (rc != 0)
		return rc;
	c = client_new(conf);
	if (c == NULL) {
		(void)snprintf(why, whylen, "out of memory");
		return SC_CODE_NO_MEMORY;
	}
	c->why = why;
	c->whylen = whylen;
	rc = journal_load(c);
	c->why = NULL;
	c->whylen = 0;
	if (rc == 0 && c->account.tokenlen == 0 && c->password == NULL &&
	    !c->linking && !conf->raw) {
		(void)snprintf(why, whylen, "the state has no token for %s: "
		    "log in with the password once", c->user);
		rc = SC_CODE_NOT_AUTHORIZED;
	}
	if (rc != 0) {
		sc_client_destroy(c);
		return rc;
	}
	lower_cursors(c);
	*out = c;
	return 0;
}

static void
free_secret(char *s)
{
	if (s != NULL)
		wipe(s, strlen(s));
	free(s);
}

void
sc_client_destroy(struct sc_client *c)
{
	if (c == NULL)
		return;
	account_fini(&c->account);
	outbox_fini(&c->outbox);
	ask_free(c);
	presence_free(c);
	buf_wipe(&c->record);
	buf_wipe(&c->in);
	buf_wipe(&c->out);
	buf_fini(&c->frame);
	buf_fini(&c->scratch);
	arena_fini(&c->arena);
	arena_fini(&c->inside);
	deflate_destroy(c->deflate);
	scram_destroy(c->scram);
	wipe(c->binding, sizeof(c->binding));
	wipe(c->link, sizeof(c->link));
	free_secret(c->password);
	free(c->user);
	free(c->device);
	free(c);
}
