/* SPDX-License-Identifier: ISC */
/*
 * What the engine is compared with: a bare file, and three B-trees written
 * directly.  The latter is why this file, outside src/store/bdb, knows db.h.
 */
#include <db.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/common/err.h"
#include "tests/bench/store_load.h"

void
store_file(struct load *l)
{
	uint8_t batch[BATCH * (ENTRY_KEY + ENTRY_VALUE)], *p = batch;
	char path[512];
	uint64_t i;
	int fd;

	snprintf(path, sizeof(path), "%s/file", l->dir);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0600);
	sc_assert(fd >= 0);
	for (i = 1; i <= l->messages; i++) {
		load_next(l);
		memcpy(p, l->entry_key, ENTRY_KEY);
		memcpy(p + ENTRY_KEY, l->entry, ENTRY_VALUE);
		p += ENTRY_KEY + ENTRY_VALUE;
		if (i % BATCH != 0 && i != l->messages)
			continue;
		sc_assert(write(fd, batch, (size_t)(p - batch)) == p - batch);
		sc_assert(fdatasync(fd) == 0);
		p = batch;
	}
	close(fd);
}

struct naive {
	struct load *load;
	DB_ENV *env;
	DB *entries, *chats, *slots;
	bool over;
};

/* The end of the log, which is at or behind the commit's record. */
static void
log_end(DB_ENV *env, DB_LSN *lsn)
{
	DB_LOG_STAT *stat;

	sc_assert(env->log_stat(env, &stat, 0) == 0);
	lsn->file = stat->st_cur_file;
	lsn->offset = stat->st_cur_offset;
	free(stat);
}

static void *
naive_flush(void *arg)
{
	struct naive *n = arg;
	struct load *l = n->load;
	unsigned count;

	pthread_mutex_lock(&l->lock);
	while (!n->over || l->waiting > 0) {
		count = l->waiting;
		if (count == 0) {
			pthread_cond_wait(&l->changed, &l->lock);
			continue;
		}
		pthread_mutex_unlock(&l->lock);
		sc_assert(n->env->log_flush(n->env, NULL) == 0);
		while (count-- > 0)
			load_batch_done(l, 0);
		pthread_mutex_lock(&l->lock);
	}
	pthread_mutex_unlock(&l->lock);
	return NULL;
}

static DB *
naive_open(DB_ENV *env, const char *name)
{
	DB *db;

	sc_assert(db_create(&db, env, 0) == 0);
	sc_assert(db->set_pagesize(db, 4096) == 0);
	sc_assert(db->open(db, NULL, name, NULL, DB_BTREE, DB_CREATE |
	    DB_AUTO_COMMIT | DB_THREAD, 0600) == 0);
	return db;
}

static DB_ENV *
naive_env(const char *dir)
{
	DB_ENV *env;

	sc_assert(db_env_create(&env, 0) == 0);
	sc_assert(env->set_cachesize(env, 0, 256 << 20, 1) == 0);
	sc_assert(env->set_lg_bsize(env, 4 << 20) == 0);
	sc_assert(env->set_lg_max(env, 64 << 20) == 0);
	sc_assert(env->set_lk_detect(env, DB_LOCK_MINWRITE) == 0);
	sc_assert(env->set_lk_max_locks(env, 200000) == 0);
	sc_assert(env->set_lk_max_objects(env, 200000) == 0);
	sc_assert(env->log_set_config(env, DB_LOG_AUTO_REMOVE, 1) == 0);
	sc_assert(env->open(env, dir, DB_CREATE | DB_INIT_TXN | DB_INIT_LOG |
	    DB_INIT_MPOOL | DB_INIT_LOCK | DB_THREAD | DB_RECOVER | DB_PRIVATE,
	    0600) == 0);
	return env;
}

static void
naive_put(DB *db, DB_TXN *txn, void *key, uint32_t klen, void *value,
    uint32_t vlen)
{
	DBT k = {.data = key, .size = klen}, v = {.data = value, .size = vlen};

	sc_assert(db->put(db, txn, &k, &v, 0) == 0);
}

static void
naive_get(DB *db, DB_TXN *txn, void *key, uint32_t klen)
{
	uint8_t room[256];
	DBT k = {.data = key, .size = klen};
	DBT v = {.data = room, .ulen = sizeof(room), .flags = DB_DBT_USERMEM};
	int ret = db->get(db, txn, &k, &v, DB_RMW);

	sc_assert(ret == 0 || ret == DB_NOTFOUND);
}

static void
naive_message(struct naive *n, DB_TXN *txn)
{
	struct load *l = n->load;

	load_next(l);
	naive_get(n->chats, txn, l->chat_key, CHAT_KEY);
	naive_get(n->slots, txn, l->slot_key, SLOT_KEY);
	naive_put(n->entries, txn, l->entry_key, ENTRY_KEY, l->entry,
	    ENTRY_VALUE);
	naive_put(n->chats, txn, l->chat_key, CHAT_KEY, l->chat, CHAT_VALUE);
	naive_put(n->slots, txn, l->slot_key, SLOT_KEY, l->slot, SLOT_VALUE);
}

/* Every 256 MB of log, like the engine. */
static void
naive_checkpoint(struct naive *n, DB_LSN *last)
{
	DB_LSN now;

	log_end(n->env, &now);
	if ((now.file - last->file) < 4)
		return;
	sc_assert(n->env->txn_checkpoint(n->env, 0, 0, 0) == 0);
	*last = now;
}

void
store_trees(struct load *l)
{
	struct naive n = {.load = l, .env = naive_env(l->dir)};
	DB_LSN checkpoint = {0, 0};
	pthread_t flusher;
	DB_TXN *txn;
	uint64_t i;

	n.entries = naive_open(n.env, "entries");
	n.chats = naive_open(n.env, "chats");
	n.slots = naive_open(n.env, "slots");
	pthread_create(&flusher, NULL, naive_flush, &n);
	for (i = 0; i < l->messages;) {
		sc_assert(n.env->txn_begin(n.env, NULL, &txn, 0) == 0);
		do {
			naive_message(&n, txn);
		} while (++i % BATCH != 0 && i < l->messages);
		sc_assert(txn->commit(txn, DB_TXN_NOSYNC) == 0);
		load_batch(l);
		pthread_mutex_lock(&l->lock);
		pthread_cond_broadcast(&l->changed);
		pthread_mutex_unlock(&l->lock);
		if (i % (BATCH * 100) == 0)
			naive_checkpoint(&n, &checkpoint);
	}
	load_drain(l);
	pthread_mutex_lock(&l->lock);
	n.over = true;
	pthread_cond_broadcast(&l->changed);
	pthread_mutex_unlock(&l->lock);
	pthread_join(flusher, NULL);
	sc_assert(n.env->txn_checkpoint(n.env, 0, 0, DB_FORCE) == 0);
	n.entries->close(n.entries, 0);
	n.chats->close(n.chats, 0);
	n.slots->close(n.slots, 0);
	n.env->close(n.env, 0);
}
