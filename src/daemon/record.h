/* SPDX-License-Identifier: ISC */
/*
 * record: records of TLS 1.3 (RFC 8446, section 5) under traffic secrets: what
 * seals one and what opens one.  No I/O, no alerts, no handshake: lean.h has
 * what the two ends say to each other.
 */
#ifndef DAEMON_RECORD_H
#define DAEMON_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/common/buf.h"
#include "src/common/slice.h"

enum {
	RECORD_HEAD = 5,
	RECORD_TAG = 16,
	RECORD_PLAIN = 16384,		/* the most content of a record */
	RECORD_SEALED = 16384 + 256,	/* the most that follows a head */
	RECORD_SECRET = 48,
	RECORD_KEY = 32,
	RECORD_IV = 12
};

enum record_type {
	RECORD_CHANGE_CIPHER = 20,
	RECORD_ALERT = 21,
	RECORD_HANDSHAKE = 22,
	RECORD_APPLICATION = 23
};

/* Descriptions of alerts (RFC 8446, section 6); close_notify is 0. */
enum record_alert {
	ALERT_CLOSE_NOTIFY = 0,
	ALERT_UNEXPECTED_MESSAGE = 10,
	ALERT_BAD_RECORD_MAC = 20,
	ALERT_RECORD_OVERFLOW = 22,
	ALERT_ILLEGAL_PARAMETER = 47,
	ALERT_DECODE_ERROR = 50,
	ALERT_INTERNAL_ERROR = 80,
	ALERT_USER_CANCELED = 90
};

/* Its name, static; "an unknown alert" for a number that has none. */
const char *record_alert_name(unsigned alert);

struct record_suite {
	uint16_t id;		/* in the registry of TLS */
	const char *name;
	const char *cipher;	/* OpenSSL's */
	const char *hash;
	uint8_t key, secret;	/* their lengths */
	uint64_t limit;		/* records under one key: then a new one */
};

/* The suite with this number; NULL: not one of ours. */
const struct record_suite *record_suite_find(unsigned id);

/* One direction of a connection. */
struct record_keys {
	uint64_t seq;		/* of the next record */
	const struct record_suite *suite;
	uint8_t secret[RECORD_SECRET];
	uint8_t key[RECORD_KEY];
	uint8_t iv[RECORD_IV];
};

/* Keys from a traffic secret of the suite's length.  0 or -1. */
int record_keys_set(struct record_keys *, const struct record_suite *,
    const uint8_t *secret, uint64_t seq);

/* The secret that follows this one (RFC 8446, section 7.2); the old one and its
 * keys are gone.  0, or -1: the keys must not be used any more. */
int record_keys_update(struct record_keys *);

/*
 * The ciphers of one thread.  They remember the key that they used last, so
 * that records in a row cost no more than one key; whoever ends a connection
 * says so by record_keys_end, which overwrites it there, too.
 */
struct record_ciphers;

/* NULL without memory. */
struct record_ciphers *record_ciphers_create(void);
void record_ciphers_destroy(struct record_ciphers *);

/* Overwrites the keys and what the ciphers have of them. */
void record_keys_end(struct record_keys *, struct record_ciphers *);

/* Appends a record with N bytes, N <= RECORD_PLAIN, to OUT.  0 or -1. */
int record_seal(struct record_ciphers *, struct record_keys *,
    enum record_type, const void *p, size_t n, struct buf *out);

/*
 * How long the record is that begins at P, of which there are N bytes: 0 if
 * its head is not there yet, SIZE_MAX and *ALERT if none can begin like that.
 */
size_t record_length(const uint8_t *p, size_t n, enum record_alert *alert);

/*
 * Opens a record, N bytes as record_length has said, where it is: *TYPE and
 * *CONTENT, without padding, within it.  0, or -1 and *ALERT.
 */
int record_open(struct record_ciphers *, struct record_keys *, uint8_t *p,
    size_t n, unsigned *type, struct slice *content,
    enum record_alert *alert);

#endif
