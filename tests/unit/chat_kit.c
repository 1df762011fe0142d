/* SPDX-License-Identifier: ISC */
#include "tests/unit/chat_kit.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "src/chat/device.h"
#include "src/chat/retention.h"
#include "src/chat/user.h"
#include "src/store/mem/mem.h"

static void
kit_random(void *arg, void *p, size_t n)
{
	struct chat_kit *k = arg;
	uint8_t *b = p;

	for (size_t i = 0; i < n; i++)
		b[i] = k->next_random++;
}

struct tx
kit_begin(struct chat_kit *k)
{
	return (struct tx){.d = &k->d, .st = store_begin(k->store),
	    .now = k->now, .stamp = ++k->stamp, .random = kit_random,
	    .random_arg = k, .arena = &k->arena};
}

static void
committed(void *arg, int rc)
{
	(void)arg;
	assert_int_equal(rc, 0);
}

void
kit_commit(struct chat_kit *k, struct tx *tx)
{
	assert_int_equal(store_finish(tx->st), 0);
	store_commit(k->store, committed, NULL);
}

void
kit_init(struct chat_kit *k)
{
	const struct domain_conf conf = {.max_devices = 3,
	    .push_members = 1024, .period_s = KIT_PERIOD_S};
	struct tx tx;
	char why[64];

	memset(k, 0, sizeof(*k));
	k->now = INT64_C(1800000000000);
	arena_init(&k->arena, 0);
	k->store = mem_open(true);
	assert_int_equal(domain_init(&k->d, k->store, &conf), 0);
	assert_int_equal(store_start(k->store, why, sizeof(why)), 0);
	tx = kit_begin(k);
	assert_int_equal(domain_start(&k->d, &tx), 0);
	kit_commit(k, &tx);
}

void
kit_fini(struct chat_kit *k)
{
	store_close(k->store);
	arena_fini(&k->arena);
}

uint64_t
kit_user(struct tx *tx, const char *name)
{
	const struct credential none = {0};
	struct user u;

	assert_int_equal(user_create(tx, slice_str(name), &none, &u), 0);
	return u.id;
}

int
kit_prune(struct tx *tx, uint32_t part)
{
	struct chat_place from = {.more = false};

	return retention_drop(tx, part, UINT_MAX, &from);
}

uint32_t
kit_device(struct tx *tx, uint64_t user, const char *name)
{
	uint8_t token[DEVICE_TOKEN_SIZE];
	const char *names;
	struct device d;

	assert_int_equal(device_login_password(tx, user, slice_str(name), 0, &d,
	    token, &names), 0);
	return d.id;
}

int
kit_ignore(void *arg, const struct chat *c, const struct entry *e)
{
	(void)c;
	(void)e;
	if (arg != NULL)
		++*(int *)arg;
	return 0;
}
