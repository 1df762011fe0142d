/* SPDX-License-Identifier: ISC */
/*
 * people: what the users are called whom a client has met in groups.  Memory
 * only; journal.c keeps it.
 */
#ifndef CLIENT_PEOPLE_H
#define CLIENT_PEOPLE_H

#include <stddef.h>
#include <stdint.h>

#include "src/common/slice.h"

struct person {
	uint64_t user;
	char *name;
};

struct people {
	struct person *list;	/* by user */
	size_t n, cap;
};

void people_free(struct people *);

/* NULL: not known. */
const char *people_name(const struct people *, uint64_t user);

/* A name is another one if the user has been given it since.  0 or
 * SC_ENOMEM. */
int people_set(struct people *, uint64_t user, struct slice name);

#endif
