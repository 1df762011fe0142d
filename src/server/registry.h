/* SPDX-License-Identifier: ISC */
/* registry: which sessions of this worker a user has. */
#ifndef SERVER_REGISTRY_H
#define SERVER_REGISTRY_H

#include <stddef.h>
#include <stdint.h>

struct session;

struct registry {
	struct session **buckets;
	size_t nbuckets, count;
};

void registry_init(struct registry *);
void registry_fini(struct registry *);
void registry_add(struct registry *, struct session *);
void registry_remove(struct registry *, struct session *);

/* The first session of a user, and the one after S of the same user; NULL at
 * the end. */
struct session *registry_first(const struct registry *, uint64_t user);
struct session *registry_next(const struct session *);

#endif
