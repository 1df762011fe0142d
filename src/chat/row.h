/* SPDX-License-Identifier: ISC */
/*
 * row: keys and values of the domain's tables.
 */
#ifndef CHAT_ROW_H
#define CHAT_ROW_H

#include <stdbool.h>

#include "protocol/address.h"
#include "src/store/table.h"

/* A key under construction, on the stack. */
struct row_key {
	uint8_t b[STORE_KEY_MAX];
	size_t len;
};

static inline struct slice
row_key_slice(const struct row_key *k)
{
	return slice_of(k->b, k->len);
}

void row_key_u64(struct row_key *, uint64_t);
void row_key_u32(struct row_key *, uint32_t);
void row_key_u8(struct row_key *, uint8_t);
void row_key_chat(struct row_key *, const struct chat_id *);
void row_key_bytes(struct row_key *, struct slice);

/* The integer at the end of a key. */
uint64_t row_key_last_u64(struct slice key);

/*
 * A value under construction.  Starts with the version byte.  The buffer is
 * the caller's, usually on the stack; what does not fit is a bug, so the size
 * is chosen for the row's maximum.
 */
struct row_out {
	uint8_t *p;
	size_t len, cap;
};

void row_begin(struct row_out *, uint8_t *p, size_t cap, uint8_t version);
void row_uint(struct row_out *, uint64_t);
void row_int(struct row_out *, int64_t);
void row_bytes(struct row_out *, struct slice);
void row_chat(struct row_out *, const struct chat_id *);

static inline struct slice
row_slice(const struct row_out *r)
{
	return slice_of(r->p, r->len);
}

/*
 * Reading a value.  A field that is not there reads as 0 or empty and sets
 * `bad`; check once with row_check.  Fields that a later version appended are
 * simply not read.
 */
struct row_in {
	struct slice rest;
	uint8_t version;
	bool bad;
};

void row_open(struct row_in *, struct slice value);
uint64_t row_get_uint(struct row_in *);
int64_t row_get_int(struct row_in *);
struct slice row_get_bytes(struct row_in *);
struct chat_id row_get_chat(struct row_in *);

/* 0 or SC_EDAMAGED. */
int row_check(const struct row_in *);

#endif
