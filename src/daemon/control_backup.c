/* SPDX-License-Identifier: ISC */
/*
 * The control command `backup': a thread reads the store while it is in use
 * and hands over one piece at a time, so a slow reader holds up the backup and
 * nothing else.  Each piece is an item that says how many bytes of which file
 * follow its line.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/common/alloc.h"
#include "src/common/err.h"
#include "src/daemon/control.h"
#include "src/daemon/log.h"
#include "src/daemon/mailbox.h"
#include "src/daemon/runtime.h"
#include "src/store/bdb/bdb.h"

enum { PIECE = 256 << 10, NAME = 256, WHY = 256 };

struct backup {
	struct client *client;
	const struct runtime *rt;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t taken;
	/* handed over by the thread, and back with OUT false */
	bool out;
	int rc;			/* why it must give up; under the lock */
	char name[NAME];
	size_t len;
	uint8_t *piece;
	/* the thread's */
	uint64_t files, bytes;
	char why[WHY];
};

/* ---- on the main loop ------------------------------------------------ */

/* The thread may go on with the next piece, or (RC) must not. */
static void
give_back(struct backup *b, int rc)
{
	pthread_mutex_lock(&b->lock);
	b->out = false;
	b->rc = rc;
	pthread_cond_signal(&b->taken);
	pthread_mutex_unlock(&b->lock);
}

static void
piece_sent(void *arg, bool gone)
{
	give_back(arg, gone ? SC_EIO : 0);
}

static void
take_piece(void *owner, const struct mail *m)
{
	struct backup *b = m->p;

	(void)owner;
	if (control_stopping(b->client)) {
		give_back(b, SC_EUNAVAILABLE);
		return;
	}
	control_item_take(b->client, json_pack("{s:s, s:I}", "file", b->name,
	    "bytes", (json_int_t)b->len));
	control_bytes(b->client, b->piece, b->len);
	control_when_sent(b->client, piece_sent, b);
}

static void
take_end(void *owner, const struct mail *m)
{
	struct backup *b = m->p;

	(void)owner;
	pthread_join(b->thread, NULL);
	if (m->rc == 0)
		control_end_take(b->client, json_pack("{s:I, s:I}", "files",
		    (json_int_t)b->files, "bytes", (json_int_t)b->bytes));
	else
		control_end_error(b->client, m->rc, "the backup is not "
		    "complete: %s", b->why[0] != '\0' ? b->why :
		    m->rc == SC_EUNAVAILABLE ? "the server stops" :
		    sc_strerror(m->rc));
	if (m->rc == 0)
		log_line(b->rt->log, UNIT_CONTROL, LOG_NOTICE, "backup",
		    "files=%llu bytes=%llu", (unsigned long long)b->files,
		    (unsigned long long)b->bytes);
	else
		log_line(b->rt->log, UNIT_CONTROL, LOG_WARNING,
		    "backup.failed", "files=%llu bytes=%llu",
		    (unsigned long long)b->files,
		    (unsigned long long)b->bytes);
	pthread_cond_destroy(&b->taken);
	pthread_mutex_destroy(&b->lock);
	free(b->piece);
	free(b);
}

/* ---- on the thread --------------------------------------------------- */

/* Hands over what has been collected and waits until it is sent. */
static int
hand_over(struct backup *b)
{
	struct mail m = {.fn = take_piece, .p = b};
	int rc;

	pthread_mutex_lock(&b->lock);
	b->out = true;
	mailbox_post(b->rt->main, &m);
	while (b->out)
		pthread_cond_wait(&b->taken, &b->lock);
	rc = b->rc;
	pthread_mutex_unlock(&b->lock);
	b->bytes += b->len;
	b->len = 0;
	return rc;
}

/* A file that is empty is told, too. */
static int
on_file(void *arg, const char *name)
{
	struct backup *b = arg;
	int rc = b->files > 0 ? hand_over(b) : 0;

	b->files++;
	snprintf(b->name, sizeof(b->name), "%s", name);
	return rc;
}

static int
on_bytes(void *arg, const void *p, size_t n)
{
	struct backup *b = arg;
	const uint8_t *from = p;
	int rc = 0;

	while (n > 0 && rc == 0) {
		size_t part = PIECE - b->len < n ? PIECE - b->len : n;

		memcpy(b->piece + b->len, from, part);
		b->len += part;
		from += part;
		n -= part;
		if (b->len == PIECE)
			rc = hand_over(b);
	}
	return rc;
}

static void *
run(void *arg)
{
	struct backup *b = arg;
	const struct bdb_backup to = {on_file, on_bytes, b};
	struct mail end = {.fn = take_end, .p = b};

	end.rc = bdb_backup(b->rt->store, &to, b->why, sizeof(b->why));
	if (end.rc == 0)
		end.rc = hand_over(b);
	mailbox_post(b->rt->main, &end);
	return NULL;
}

static void
backup(struct client *k, json_t *request)
{
	struct backup *b = xcalloc(1, sizeof(*b));

	(void)request;
	b->client = k;
	b->rt = control_runtime(k);
	b->piece = xcalloc(1, PIECE);
	pthread_mutex_init(&b->lock, NULL);
	pthread_cond_init(&b->taken, NULL);
	if (pthread_create(&b->thread, NULL, run, b) == 0)
		return;
	control_end_error(k, SC_EUNAVAILABLE, "the system has no threads left");
	pthread_cond_destroy(&b->taken);
	pthread_mutex_destroy(&b->lock);
	free(b->piece);
	free(b);
}

const struct control_command control_backup[] = {
	{.name = "backup", .run = backup, .changes = true},
	{.name = NULL},
};
