/* SPDX-License-Identifier: ISC */
/*
 * A skip list of rows, each with a list of its versions.  Nodes and versions
 * are complete before a release store makes them reachable, and nothing that
 * is reachable changes but the links themselves; readers follow links with
 * acquire loads.  A node is linked from the bottom up: a reader that finds it
 * on a high level finds it below as well.
 *
 * A large table also has a hash index of its nodes, as a search in it misses
 * the cache on every level; it has as many buckets as it began with.  And the
 * writer remembers where it has inserted last among keys that begin alike: the
 * entries of a chat and the moves of its marks come in their order, so the next
 * place is there and is not searched for from the head.
 */
#include "src/store/memtable.h"

#include <stdalign.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "src/common/arena.h"
#include "src/common/err.h"

enum {
	HEIGHT_MAX = 12,	/* for 4^12 rows */
	BRANCH = 4,
	TRACE_HEIGHT = 4,	/* higher nodes are searched for: 1 in 256 */
	TRACE_STEPS = 4,	/* on a level */
	TRACES = 1024
};

struct version {
	const struct version *older;
	uint64_t seq;
	uint32_t len;
	bool dead;
	uint8_t data[];
};

struct memnode {
	uint64_t space;		/* table and partition */
	uint64_t prefix;	/* of the key: most comparisons end here */
	_Atomic(const struct version *) newest;
	struct memnode *chain;	/* the next one in its bucket */
	uint32_t len;
	uint32_t height;
	_Atomic(struct memnode *) next[];	/* HEIGHT, then the key */
};

/* The last insertion in its place: of each level the node itself, or the one
 * before it.  NULL: none. */
struct trace {
	struct memnode *at[TRACE_HEIGHT];
};

struct memtable {
	struct arena arena;
	struct memnode *head;
	struct trace *traces;			/* of a table with an index */
	_Atomic(struct memnode *) *buckets;	/* NULL: no index */
	uint64_t mask;				/* of the buckets */
	_Atomic(unsigned) height;
	uint64_t random;
	_Atomic(size_t) bytes, rows;
};

/* What a search compares with. */
struct target {
	uint64_t space, prefix;
	struct slice key;
};

static uint64_t
key_prefix(struct slice key)
{
	uint64_t v = 0;
	size_t i, n = key.len < 8 ? key.len : 8;

	for (i = 0; i < n; i++)
		v |= (uint64_t)key.p[i] << (56 - 8 * i);
	return v;
}

static struct target
target_of(const struct memkey *k)
{
	return (struct target){(uint64_t)k->table << 32 | k->part,
	    key_prefix(k->key), k->key};
}

static struct slice
node_key(const struct memnode *n)
{
	return slice_of(&n->next[n->height], n->len);
}

static int
node_compare(const struct memnode *n, const struct target *t)
{
	if (n->space != t->space)
		return n->space < t->space ? -1 : 1;
	if (n->prefix != t->prefix)
		return n->prefix < t->prefix ? -1 : 1;
	return slice_compare(node_key(n), t->key);
}

static struct memnode *
node_next(const struct memnode *n, unsigned level)
{
	return atomic_load_explicit(&n->next[level], memory_order_acquire);
}

static size_t
node_size(size_t keylen, unsigned height)
{
	const size_t align = alignof(struct version);
	size_t links = height * sizeof(_Atomic(struct memnode *));

	return (sizeof(struct memnode) + links + keylen + align - 1) / align *
	    align;
}

/* With room for MORE bytes behind the key, aligned as a version is. */
static struct memnode *
node_create(struct memtable *m, const struct target *t, unsigned height,
    size_t more)
{
	struct memnode *n;
	unsigned i;

	n = arena_alloc(&m->arena, node_size(t->key.len, height) + more);
	if (n == NULL)
		return NULL;
	n->space = t->space;
	n->prefix = t->prefix;
	n->len = (uint32_t)t->key.len;
	n->height = height;
	atomic_init(&n->newest, NULL);
	for (i = 0; i < height; i++)
		atomic_init(&n->next[i], NULL);
	if (t->key.len > 0)
		memcpy(&n->next[height], t->key.p, t->key.len);
	return n;
}

static bool
index_create(struct memtable *m, size_t expected)
{
	size_t n = 1, i;

	while (n < expected)
		n *= 2;
	m->buckets = malloc(n * sizeof(*m->buckets));
	m->traces = calloc(TRACES, sizeof(*m->traces));
	if (m->buckets == NULL || m->traces == NULL)
		return false;
	m->mask = n - 1;
	for (i = 0; i < n; i++)
		atomic_init(&m->buckets[i], NULL);
	return true;
}

static _Atomic(struct memnode *) *
bucket_of(const struct memtable *m, const struct target *t)
{
	const uint64_t k = 0x9fb21c651e98df25;
	uint64_t h = (t->space ^ t->prefix * k) * k, word;
	size_t i, n;

	for (i = 8; i < t->key.len; i += n) {
		n = t->key.len - i < 8 ? t->key.len - i : 8;
		word = 0;
		memcpy(&word, t->key.p + i, n);
		h = ((h ^ h >> 29) + word) * k;
	}
	h ^= h >> 32;
	return &m->buckets[(h ^ h >> 17) & m->mask];
}

static bool
head_create(struct memtable *m)
{
	m->head = node_create(m, &(struct target){0}, HEIGHT_MAX, 0);
	atomic_store_explicit(&m->height, 1, memory_order_relaxed);
	atomic_store_explicit(&m->bytes, 0, memory_order_relaxed);
	atomic_store_explicit(&m->rows, 0, memory_order_relaxed);
	m->random = 0x9e3779b97f4a7c15;	/* the same shape for the same rows */
	return m->head != NULL;
}

struct memtable *
memtable_create(size_t expected)
{
	struct memtable *m = calloc(1, sizeof(*m));

	if (m == NULL)
		return NULL;
	arena_init(&m->arena, 0);
	if (!head_create(m) ||
	    (expected != 0 && !index_create(m, expected))) {
		memtable_destroy(m);
		return NULL;
	}
	return m;
}

void
memtable_destroy(struct memtable *m)
{
	if (m == NULL)
		return;
	arena_fini(&m->arena);
	free(m->buckets);
	free(m->traces);
	free(m);
}

bool
memtable_clear(struct memtable *m)
{
	uint64_t i;

	for (i = 0; m->buckets != NULL && i <= m->mask; i++)
		atomic_init(&m->buckets[i], NULL);
	if (m->traces != NULL)
		memset(m->traces, 0, TRACES * sizeof(*m->traces));
	arena_clear(&m->arena);
	return head_create(m);
}

static unsigned
height_random(struct memtable *m)
{
	unsigned h = 1;
	uint64_t x = m->random;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	m->random = x;
	while (h < HEIGHT_MAX && x % BRANCH == 0) {
		h++;
		x /= BRANCH;
	}
	return h;
}

/*
 * The last node before T, the head when there is none; BEFORE, unless NULL,
 * gets that of each level in use.  AFTER gets the first node that is not
 * before T: the one that was compared, as another may have come between them
 * since.
 */
static struct memnode *
find_before(const struct memtable *m, const struct target *t,
    struct memnode **before, struct memnode **after)
{
	unsigned level;
	struct memnode *n = m->head, *next, *beyond = NULL;

	level = atomic_load_explicit(&m->height, memory_order_relaxed);
	while (level-- > 0) {
		/* The node that ended the level above ends this one too. */
		while ((next = node_next(n, level)) != beyond &&
		    next != NULL) {
			/* Where to go if NEXT is too far: it comes from memory
			 * while NEXT does. */
			if (level > 0)
				__builtin_prefetch(node_next(n, level - 1));
			if (node_compare(next, t) >= 0)
				break;
			n = next;
		}
		beyond = next;
		if (before != NULL)
			before[level] = n;
	}
	*after = beyond;
	return n;
}

static struct memnode *
find(const struct memtable *m, const struct target *t)
{
	struct memnode *n;

	if (m->buckets != NULL) {
		n = atomic_load_explicit(bucket_of(m, t),
		    memory_order_acquire);
		while (n != NULL && node_compare(n, t) != 0)
			n = n->chain;
		return n;
	}
	find_before(m, t, NULL, &n);
	return n != NULL && node_compare(n, t) == 0 ? n : NULL;
}

static void
bytes_add(struct memtable *m, size_t n)
{
	/* One writer: no read-modify-write is needed. */
	atomic_store_explicit(&m->bytes, n +
	    atomic_load_explicit(&m->bytes, memory_order_relaxed),
	    memory_order_relaxed);
}

static size_t
version_size(const struct slice *value)
{
	return sizeof(struct version) + (value == NULL ? 0 : value->len);
}

/* Fills in a version, in memory of its size that is zero. */
static void
version_set(struct version *v, const struct slice *value, uint64_t seq)
{
	v->seq = seq;
	v->dead = value == NULL;
	if (value != NULL && value->len > 0) {
		v->len = (uint32_t)value->len;
		memcpy(v->data, value->p, value->len);
	}
}

static void
node_index(struct memtable *m, const struct target *t, struct memnode *n)
{
	_Atomic(struct memnode *) *bucket;

	if (m->buckets == NULL)
		return;
	bucket = bucket_of(m, t);
	n->chain = atomic_load_explicit(bucket, memory_order_relaxed);
	atomic_store_explicit(bucket, n, memory_order_release);
}

static struct trace *
trace_of(const struct memtable *m, const struct target *t)
{
	uint64_t h = (t->space ^ t->prefix) * 0x9fb21c651e98df25;

	return m->traces == NULL ? NULL : &m->traces[h >> 32 & (TRACES - 1)];
}

/* The last nodes before T on HEIGHT levels, a few steps from the last insertion
 * among such keys.  False: it is not there. */
static bool
trace_follow(const struct memtable *m, const struct target *t,
    unsigned height, struct memnode **before)
{
	const struct trace *trace = trace_of(m, t);
	struct memnode *n, *next;
	unsigned level, steps = 0;

	if (trace == NULL || height > TRACE_HEIGHT || trace->at[0] == NULL ||
	    node_compare(trace->at[0], t) >= 0)
		return false;
	for (level = 0; level < height; level++) {
		n = trace->at[level];
		while ((next = node_next(n, level)) != NULL &&
		    node_compare(next, t) < 0) {
			if (++steps > TRACE_STEPS)
				return false;
			n = next;
		}
		before[level] = n;
	}
	return true;
}

/* N is inserted behind BEFORE, of which FOUND levels are known. */
static void
trace_set(struct memtable *m, const struct target *t, struct memnode *n,
    struct memnode *const *before, unsigned found)
{
	struct trace *trace = trace_of(m, t);

	for (unsigned i = 0; trace != NULL && i < TRACE_HEIGHT; i++)
		if (i < n->height)
			trace->at[i] = n;
		else if (i < found)
			trace->at[i] = before[i];
}

/* The last nodes before T on at least HEIGHT levels: on how many. */
static unsigned
find_place(const struct memtable *m, const struct target *t, unsigned height,
    struct memnode **before)
{
	unsigned i = atomic_load_explicit(&m->height, memory_order_relaxed);
	struct memnode *after;

	if (trace_follow(m, t, height, before))
		return height;
	find_before(m, t, before, &after);
	for (; i < HEIGHT_MAX; i++)
		before[i] = m->head;
	return HEIGHT_MAX;
}

/* A row's first version lies behind its node: who comes to one needs both. */
static int
node_insert(struct memtable *m, const struct target *t,
    const struct slice *value, uint64_t seq)
{
	unsigned i, height = height_random(m), found;
	size_t size = version_size(value);
	struct memnode *before[HEIGHT_MAX];
	struct memnode *n = node_create(m, t, height, size);
	struct version *v;

	if (n == NULL)
		return SC_ENOMEM;
	v = (void *)((uint8_t *)n + node_size(t->key.len, height));
	version_set(v, value, seq);
	found = find_place(m, t, height, before);
	trace_set(m, t, n, before, found);
	atomic_init(&n->newest, v);
	node_index(m, t, n);
	for (i = 0; i < height; i++) {
		atomic_init(&n->next[i], atomic_load_explicit(
		    &before[i]->next[i], memory_order_relaxed));
		atomic_store_explicit(&before[i]->next[i], n,
		    memory_order_release);
	}
	if (height > atomic_load_explicit(&m->height, memory_order_relaxed))
		atomic_store_explicit(&m->height, height,
		    memory_order_relaxed);
	bytes_add(m, node_size(t->key.len, height) + size);
	atomic_store_explicit(&m->rows, 1 +
	    atomic_load_explicit(&m->rows, memory_order_relaxed),
	    memory_order_relaxed);
	return 0;
}

int
memtable_put(struct memtable *m, const struct memkey *key,
    const struct slice *value, uint64_t seq)
{
	struct target t = target_of(key);
	struct memnode *n = find(m, &t);
	struct version *v;

	if (n == NULL)
		return node_insert(m, &t, value, seq);
	v = arena_alloc(&m->arena, version_size(value));
	if (v == NULL)
		return SC_ENOMEM;
	version_set(v, value, seq);
	bytes_add(m, version_size(value));
	v->older = atomic_load_explicit(&n->newest, memory_order_relaxed);
	sc_assert(v->older == NULL || v->older->seq <= seq);
	atomic_store_explicit(&n->newest, v, memory_order_release);
	return 0;
}

static const struct version *
node_version(const struct memnode *n, uint64_t seq)
{
	const struct version *v;

	v = atomic_load_explicit(&n->newest, memory_order_acquire);
	while (v != NULL && v->seq > seq)
		v = v->older;
	return v;
}

static bool
node_value(const struct memnode *n, uint64_t seq, struct memvalue *value)
{
	const struct version *v = node_version(n, seq);

	if (v == NULL)
		return false;
	value->value = slice_of(v->data, v->len);
	value->seq = v->seq;
	value->dead = v->dead;
	return true;
}

bool
memtable_get(const struct memtable *m, const struct memkey *key, uint64_t seq,
    struct memvalue *value)
{
	struct target t = target_of(key);
	const struct memnode *n = find(m, &t);

	return n != NULL && node_value(n, seq, value);
}

uint64_t
memtable_newest(const struct memtable *m, const struct memkey *key)
{
	struct target t = target_of(key);
	const struct memnode *n = find(m, &t);

	if (n == NULL)
		return 0;
	return atomic_load_explicit(&n->newest, memory_order_acquire)->seq;
}

bool
memtable_next_part(const struct memtable *m, uint32_t table, uint32_t from,
    uint32_t *part)
{
	struct memcursor c;

	if (!memcursor_seek(&c, m,
	    &(struct memkey){table, from, {NULL, 0}}) ||
	    c.at->space >> 32 != table)
		return false;
	*part = (uint32_t)c.at->space;
	return true;
}

size_t
memtable_bytes(const struct memtable *m)
{
	return atomic_load_explicit(&m->bytes, memory_order_relaxed);
}

size_t
memtable_rows(const struct memtable *m)
{
	return atomic_load_explicit(&m->rows, memory_order_relaxed);
}

/* Copies from the oldest wanted version to the newest. */
static int
versions_copy(struct memtable *to, const struct memkey *key,
    const struct version *v, uint64_t low)
{
	struct slice value;
	int rc;

	if (v == NULL)
		return 0;
	if (v->seq > low) {
		rc = versions_copy(to, key, v->older, low);
		if (rc != 0)
			return rc;
	} else if (v->dead) {
		return 0;
	}
	value = slice_of(v->data, v->len);
	return memtable_put(to, key, v->dead ? NULL : &value, v->seq);
}

int
memtable_copy(struct memtable *to, const struct memtable *from, uint64_t low,
    uint64_t high, bool (*omit)(void *, const struct memkey *), void *arg)
{
	struct memcursor c;
	struct memkey key;
	bool more;
	int rc;

	for (more = memcursor_first(&c, from); more;
	    more = memcursor_next(&c)) {
		key = memcursor_key(&c);
		if (omit != NULL && omit(arg, &key))
			continue;
		rc = versions_copy(to, &key, node_version(c.at, high), low);
		if (rc != 0)
			return rc;
	}
	return 0;
}

bool
memcursor_first(struct memcursor *c, const struct memtable *m)
{
	c->table = m;
	c->at = node_next(m->head, 0);
	return c->at != NULL;
}

bool
memcursor_seek(struct memcursor *c, const struct memtable *m,
    const struct memkey *key)
{
	struct target t = target_of(key);
	struct memnode *n;

	c->table = m;
	find_before(m, &t, NULL, &n);
	c->at = n;
	return n != NULL;
}

static bool
seek_before(struct memcursor *c, const struct target *t)
{
	struct memnode *after;

	c->at = find_before(c->table, t, NULL, &after);
	if (c->at == c->table->head)
		c->at = NULL;
	return c->at != NULL;
}

bool
memcursor_seek_before(struct memcursor *c, const struct memtable *m,
    const struct memkey *key)
{
	struct target t = target_of(key);

	c->table = m;
	return seek_before(c, &t);
}

bool
memcursor_next(struct memcursor *c)
{
	c->at = node_next(c->at, 0);
	if (c->at == NULL)
		return false;
	/* the next one comes from memory while this one is looked at */
	__builtin_prefetch(node_next(c->at, 0));
	return true;
}

bool
memcursor_prev(struct memcursor *c)
{
	struct target t = {c->at->space, c->at->prefix, node_key(c->at)};

	return seek_before(c, &t);
}

struct memkey
memcursor_key(const struct memcursor *c)
{
	return (struct memkey){(uint32_t)(c->at->space >> 32),
	    (uint32_t)c->at->space, node_key(c->at)};
}

bool
memcursor_value(const struct memcursor *c, uint64_t seq,
    struct memvalue *value)
{
	return node_value(c->at, seq, value);
}
