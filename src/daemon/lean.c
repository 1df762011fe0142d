/* SPDX-License-Identifier: ISC */
#include "src/daemon/lean.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/common/wipe.h"
#include "src/daemon/handoff.h"
#include "src/daemon/record.h"

/*
 * IDLE: records in a row that carry no data; who sends more is not worth
 * listening to.  KEY_UPDATE is the only message that a client may send now, and
 * MESSAGE its length.
 */
enum { IDLE = 32, KEY_UPDATE = 24, MESSAGE = 5, WARNING = 1, FATAL = 2 };

struct lean {
	struct record_keys in, out;
	struct buf *part;	/* a record that is not whole, or the last one,
				 * if it has been */
	uint8_t message[MESSAGE];
	uint8_t nmessage;	/* bytes of it that have come */
	uint8_t idle;
	bool whole;		/* what is in `part' has been given away */
	bool owes;		/* the client has asked for our new keys */
	bool asked;		/* we have asked for the client's */
	bool ended;		/* the client has said goodbye */
	bool broken;		/* an alert was the last that was said */
	uint8_t binding[TRANSPORT_BINDING];
};

/* ---- what is said ---------------------------------------------------- */

static int
say(struct lean *l, struct transport_io *io, enum record_type type,
    const uint8_t *p, size_t n)
{
	return record_seal(io->ciphers, &l->out, type, p, n, &io->out);
}

/* Ends it with an alert. */
static enum transport_result
refuse(struct lean *l, struct transport_io *io, enum record_alert alert)
{
	const uint8_t p[] = {FATAL, (uint8_t)alert};

	(void)say(l, io, RECORD_ALERT, p, sizeof(p));
	l->broken = true;
	snprintf(io->why, sizeof(io->why), "%s", record_alert_name(alert));
	return TRANSPORT_BROKEN;
}

/* New keys of ours; with ASK the client is to take new ones, too. */
static int
change_keys(struct lean *l, struct transport_io *io, bool ask)
{
	const uint8_t p[MESSAGE] = {KEY_UPDATE, 0, 0, 1, ask};

	if (say(l, io, RECORD_HANDSHAKE, p, sizeof(p)) != 0 ||
	    record_keys_update(&l->out) != 0)
		return -1;
	l->owes = false;
	l->asked |= ask;
	io->counts.key_updates_out++;
	return 0;
}

static int
lean_write(void *state, struct transport_io *io, const void *p, size_t n)
{
	struct lean *l = state;
	const uint8_t *from = p;

	if (l->broken)
		return -1;
	while (n > 0) {
		size_t some = n < RECORD_PLAIN ? n : RECORD_PLAIN;

		if ((l->owes || l->out.seq >= l->out.suite->limit) &&
		    change_keys(l, io, false) != 0)
			return -1;
		if (say(l, io, RECORD_APPLICATION, from, some) != 0)
			return -1;
		from += some;
		n -= some;
	}
	return 0;
}

static void
lean_goodbye(void *state, struct transport_io *io)
{
	static const uint8_t p[] = {WARNING, ALERT_CLOSE_NOTIFY};
	struct lean *l = state;

	if (!l->broken)
		(void)say(l, io, RECORD_ALERT, p, sizeof(p));
	l->broken = true;
}

/* ---- what is heard --------------------------------------------------- */

/* Functions below return 0 or the alert that says what is wrong; no alert that
 * is sent has that number. */

/* A KeyUpdate is here as a whole. */
static unsigned
take_key_update(struct lean *l, struct transport_io *io)
{
	l->nmessage = 0;
	if (l->message[MESSAGE - 1] > 1)
		return ALERT_ILLEGAL_PARAMETER;
	if (record_keys_update(&l->in) != 0)
		return ALERT_INTERNAL_ERROR;
	l->owes |= l->message[MESSAGE - 1] == 1;
	l->asked = false;
	io->counts.key_updates_in++;
	return 0;
}

/* A part of a message, or all of it. */
static unsigned
take_handshake(struct lean *l, struct transport_io *io, struct slice s)
{
	static const uint8_t head[MESSAGE - 1] = {KEY_UPDATE, 0, 0, 1};
	size_t n;

	for (n = 0; n < s.len && l->nmessage < MESSAGE; n++) {
		unsigned at = l->nmessage++;

		l->message[at] = s.p[n];
		if (at < sizeof(head) && s.p[n] != head[at])
			return at == 0 ? ALERT_UNEXPECTED_MESSAGE :
			    ALERT_DECODE_ERROR;
	}
	/* Empty fragments; and keys change between records only. */
	if (s.len == 0 || n < s.len)
		return ALERT_UNEXPECTED_MESSAGE;
	return l->nmessage == MESSAGE ? take_key_update(l, io) : 0;
}

/* What comes between data is fine, but not for ever. */
static unsigned
take_idle(struct lean *l)
{
	return ++l->idle > IDLE ? ALERT_UNEXPECTED_MESSAGE : 0;
}

/* Keys are old when they have sealed many records, ours as the client's; it is
 * asked once, and it has as many records again to answer. */
static unsigned
watch_keys(struct lean *l, struct transport_io *io)
{
	uint64_t limit = l->in.suite->limit;

	if (l->in.seq < limit)
		return 0;
	if (l->in.seq >= 2 * limit)
		return ALERT_UNEXPECTED_MESSAGE;
	return l->asked || change_keys(l, io, true) == 0 ? 0 :
	    ALERT_INTERNAL_ERROR;
}

/* The client's alert: an end, or nothing (MORE). */
static enum transport_result
take_alert(struct lean *l, struct transport_io *io, struct slice s)
{
	unsigned alert;

	if (s.len != 2)
		return refuse(l, io, ALERT_DECODE_ERROR);
	alert = s.p[1];
	if (alert == ALERT_CLOSE_NOTIFY) {
		l->ended = true;
		return TRANSPORT_END;
	}
	if (alert == ALERT_USER_CANCELED) {
		alert = take_idle(l);
		return alert == 0 ? TRANSPORT_MORE : refuse(l, io, alert);
	}
	l->broken = true;
	snprintf(io->why, sizeof(io->why), "the client's alert: %s",
	    record_alert_name(alert));
	return TRANSPORT_BROKEN;
}

/* One record is open.  MORE: it was no data. */
static enum transport_result
take_record(struct lean *l, struct transport_io *io, unsigned type,
    struct slice content)
{
	unsigned alert = watch_keys(l, io);

	/* A message goes on in the next record. */
	if (l->nmessage > 0 && type != RECORD_HANDSHAKE)
		alert = ALERT_UNEXPECTED_MESSAGE;
	if (alert != 0)
		return refuse(l, io, alert);
	if (type == RECORD_ALERT)
		return take_alert(l, io, content);
	if (type == RECORD_APPLICATION && content.len > 0) {
		l->idle = 0;
		return TRANSPORT_OK;
	}
	if (type == RECORD_HANDSHAKE)
		alert = take_handshake(l, io, content);
	else if (type != RECORD_APPLICATION)
		alert = ALERT_UNEXPECTED_MESSAGE;
	if (alert == 0)
		alert = take_idle(l);
	return alert == 0 ? TRANSPORT_MORE : refuse(l, io, alert);
}

/* ---- records --------------------------------------------------------- */

static void
drop_part(struct lean *l)
{
	if (l->part == NULL)
		return;
	buf_wipe(l->part);	/* opened, it may have held a password */
	free(l->part);
	l->part = NULL;
	l->whole = false;
}

/* Takes N bytes of the window to the part. */
static int
keep(struct lean *l, struct transport_io *io, size_t n)
{
	if (l->part == NULL) {
		l->part = calloc(1, sizeof(*l->part));
		if (l->part == NULL)
			return -1;
		buf_init(l->part, RECORD_HEAD + RECORD_SEALED);
	}
	buf_put(l->part, io->in, n);
	io->in += n;
	io->inlen -= n;
	return buf_failed(l->part) ? -1 : 0;
}

/*
 * The next record, ready to be opened: whole in the window, or in the part,
 * which gets no more of the window than it needs.
 */
static enum transport_result
next_record(struct lean *l, struct transport_io *io, uint8_t **p, size_t *n)
{
	enum record_alert alert;
	size_t have, want;

	for (;;) {
		have = l->part == NULL ? io->inlen : l->part->len;
		*p = l->part == NULL ? io->in : l->part->p + l->part->off;
		*n = record_length(*p, have, &alert);
		if (*n == SIZE_MAX)
			return refuse(l, io, alert);
		if (*n > 0 && *n <= have)
			break;
		if (io->inlen == 0)
			return TRANSPORT_MORE;
		want = l->part == NULL ? have :
		    (*n == 0 ? RECORD_HEAD : *n) - have;
		if (keep(l, io, want < io->inlen ? want : io->inlen) != 0)
			return refuse(l, io, ALERT_INTERNAL_ERROR);
	}
	if (l->part == NULL) {
		io->in += *n;
		io->inlen -= *n;
	}
	l->whole = l->part != NULL;
	return TRANSPORT_OK;
}

static enum transport_result
open_next(struct lean *l, struct transport_io *io, struct slice *got)
{
	enum transport_result result;
	enum record_alert alert;
	unsigned type;
	uint8_t *p;
	size_t n;

	if (l->whole)
		drop_part(l);
	result = next_record(l, io, &p, &n);
	if (result != TRANSPORT_OK)
		return result;
	if (record_open(io->ciphers, &l->in, p, n, &type, got, &alert) != 0)
		return refuse(l, io, alert);
	return take_record(l, io, type, *got);
}

static enum transport_result
lean_read(void *state, struct transport_io *io, struct slice *got)
{
	struct lean *l = state;
	enum transport_result result = TRANSPORT_MORE;

	if (l->broken || l->ended)
		return l->ended ? TRANSPORT_END : TRANSPORT_BROKEN;
	while (result == TRANSPORT_MORE && (io->inlen > 0 || l->whole))
		result = open_next(l, io, got);
	/* One answer for all that was asked in this turn. */
	if (result == TRANSPORT_MORE && l->owes &&
	    change_keys(l, io, false) != 0)
		return refuse(l, io, ALERT_INTERNAL_ERROR);
	return result;
}

/* ---- life ------------------------------------------------------------ */

static void
lean_destroy(void *state, struct transport_io *io)
{
	struct lean *l = state;

	drop_part(l);
	record_keys_end(&l->in, io->ciphers);
	record_keys_end(&l->out, io->ciphers);
	wipe(l, sizeof(*l));
	free(l);
	io->counts.lean--;
}

static bool
lean_binding(void *state, uint8_t *out)
{
	const struct lean *l = state;

	memcpy(out, l->binding, sizeof(l->binding));
	return true;
}

static void
lean_describe(void *state, const char **version, const char **cipher)
{
	const struct lean *l = state;

	*version = "TLSv1.3";
	*cipher = l->in.suite->name;
}

static const struct transport_kind lean = {
	.read = lean_read,
	.write = lean_write,
	.goodbye = lean_goodbye,
	.destroy = lean_destroy,
	.binding = lean_binding,
	.describe = lean_describe,
};

int
lean_open(struct transport *t, struct transport_io *io,
    const struct handoff *h)
{
	struct lean *l = calloc(1, sizeof(*l));

	if (io->ciphers == NULL)
		io->ciphers = record_ciphers_create();
	if (l == NULL || io->ciphers == NULL ||
	    record_keys_set(&l->in, h->suite, h->in, h->in_seq) != 0 ||
	    record_keys_set(&l->out, h->suite, h->out, h->out_seq) != 0) {
		if (l != NULL)
			wipe(l, sizeof(*l));
		free(l);
		return -1;
	}
	memcpy(l->binding, h->binding, sizeof(l->binding));
	t->kind = &lean;
	t->state = l;
	io->counts.lean++;
	return 0;
}
