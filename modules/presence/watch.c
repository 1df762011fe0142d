/* SPDX-License-Identifier: ISC */
/* Who wants to know how somebody is: sessions watch, their worker asks the
 * owner, and tells each the newest, not too often. */
#include "presence.h"

#include <stdlib.h>
#include <string.h>

/* All that is late is gone through at most so often. */
enum { LOOK_MS = 50, RETRY_MS = 500, NAME_MAX_BYTES = 320 };

/* So many of a session's watches are looked up at once. */
enum { LOOKS_MAX = 16 };

/* A user whom sessions of this worker watch. */
struct seen {
	struct node node;
	unsigned show;
	int64_t time;
	bool known;		/* the owner has answered */
	struct watch *watches;
};

/* A session watches a user. */
struct watch {
	struct watch *next;	/* of the session */
	struct watch *next_of_seen;
	struct seen *seen;	/* NULL: it is being looked up */
	struct watch *next_behind;
	bool behind;
	bool wanted, looking;	/* to be looked up, and by a job just now */
	struct session *session;
	uint32_t serial;
	unsigned may;
	int64_t last;		/* of the table */
	/* what the session has been told: nothing at first */
	bool told;
	unsigned told_show;
	int64_t told_time, told_at;
	/* as the client names him, and so is he in the answers (R25) */
	uint64_t id;
	size_t namelen;
	char name[];
};

/* ---- what is told ---- */

static void
stay_behind(struct sc_module *m, struct worker *w, struct watch *watch,
    int64_t at)
{
	struct presence_worker *p = scm_worker_state(w, m);

	if (!watch->behind) {
		watch->behind = true;
		watch->next_behind = p->behind;
		p->behind = watch;
	}
	if (at < p->looked + LOOK_MS)
		at = p->looked + LOOK_MS;
	scm_wake(m, w, at);
}

static void
name_user(const struct watch *watch, struct elem_buf *e)
{
	const struct user_ref user = {.id = watch->id,
	    .name = slice_of(watch->name, watch->namelen)};

	elem_add_user(e, ATTR_USER, &user);
}

/* What the session may know, if that is news, now or when its time comes. */
static void
catch_up(struct sc_module *m, struct worker *w, struct watch *watch)
{
	const struct presence_conf *conf = scm_conf(m);
	const struct seen *seen = watch->seen;
	int64_t now = scm_worker_mono(w), time;
	struct elem_buf e;
	unsigned show;

	if (seen == NULL || !seen->known)
		return;
	time = seen->time > watch->last ? seen->time : watch->last;
	elem_begin(&e, TAG_PRESENCE);
	name_user(watch, &e);
	online_show(&e, seen->show, time, watch->may);
	show = (unsigned)elem_uint(&e.e, ATTR_SHOW, 0);
	time = elem_int(&e.e, ATTR_TIME, 0);
	if (watch->told && show == watch->told_show &&
	    time == watch->told_time)
		return;
	if (watch->told && now < watch->told_at + conf->update_ms) {
		stay_behind(m, w, watch, watch->told_at + conf->update_ms);
		return;
	}
	if (!scm_session_room(watch->session)) {
		stay_behind(m, w, watch, now + RETRY_MS);
		return;
	}
	(void)scm_session_say(watch->session, &e.e);
	scm_count(m, STAT_UPDATES, 1);
	watch->told = true;
	watch->told_show = show;
	watch->told_time = time;
	watch->told_at = now;
}

void
watch_tick(struct sc_module *m, struct worker *w)
{
	struct presence_worker *p = scm_worker_state(w, m);
	struct watch *all = p->behind, *next;

	if (all == NULL)
		return;
	p->behind = NULL;
	p->looked = scm_worker_mono(w);
	for (; all != NULL; all = next) {
		next = all->next_behind;
		all->behind = false;
		catch_up(m, w, all);
	}
}

void
watch_state(struct sc_module *m, struct worker *w,
    const struct message *message)
{
	struct presence_worker *p = scm_worker_state(w, m);
	struct seen *seen = (struct seen *)map_get(&p->seen, message->user);

	if (seen == NULL)
		return;		/* nobody looks any more */
	seen->show = message->show;
	if (message->time > seen->time)
		seen->time = message->time;
	seen->known = true;
	for (struct watch *at = seen->watches; at != NULL;
	    at = at->next_of_seen)
		catch_up(m, w, at);
}

/* ---- whom this worker asks for ---- */

static void
ask_owner(struct sc_module *m, struct worker *w, uint64_t user, bool on)
{
	struct message message = {.type = WATCHED, .user = user, .on = on};

	presence_send(m, w, scm_worker_of(w, user), &message);
}

static struct seen *
seen_of(struct sc_module *m, struct worker *w, uint64_t user)
{
	struct presence_worker *p = scm_worker_state(w, m);
	struct seen *seen = (struct seen *)map_get(&p->seen, user);

	if (seen != NULL)
		return seen;
	seen = calloc(1, sizeof(*seen));
	if (seen == NULL)
		return NULL;
	seen->show = SHOW_OFFLINE;
	if (!map_add(&p->seen, &seen->node, user)) {
		free(seen);
		return NULL;
	}
	ask_owner(m, w, user, true);
	return seen;
}

static void
unsee(struct sc_module *m, struct worker *w, struct watch *watch)
{
	struct presence_worker *p = scm_worker_state(w, m);
	struct seen *seen = watch->seen;
	struct watch **at;

	if (seen == NULL)
		return;
	for (at = &seen->watches; *at != watch; at = &(*at)->next_of_seen)
		;
	*at = watch->next_of_seen;
	watch->seen = NULL;
	if (seen->watches != NULL)
		return;
	ask_owner(m, w, seen->node.key, false);
	map_remove(&p->seen, &seen->node);
	free(seen);
}

static void
watch_free(struct sc_module *m, struct worker *w, struct watch *watch)
{
	struct presence_worker *p = scm_worker_state(w, m);
	struct watch **at = &p->behind;

	unsee(m, w, watch);
	if (watch->behind) {
		while (*at != watch)
			at = &(*at)->next_behind;
		*at = watch->next_behind;
	}
	free(watch);
}

/* ---- looking up ---- */

static void look_some(struct sc_module *, struct session *);

/*
 * A look that was begun before the worker heard of the last turn of a switch
 * may have read what was before, and may come after one that has not; whose it
 * was is not known while it is looked up.  So it is done again.  One that has
 * failed says that nothing may be seen.
 */
static void
found(struct sc_module *m, struct worker *w, struct watch *at,
    const struct look *look, int rc)
{
	const struct presence_worker *of = scm_worker_state(w, m);

	at->looking = false;
	if (rc == 0 && look->turns != of->turns) {
		at->wanted = true;
		return;
	}
	at->may = rc == 0 ? look->may : 0;
	at->last = rc == 0 ? look->last : 0;
	if (at->seen == NULL && rc == 0) {
		at->seen = seen_of(m, w, look->key);
		if (at->seen == NULL)
			return;
		at->next_of_seen = at->seen->watches;
		at->seen->watches = at;
	}
	catch_up(m, w, at);
}

static void
looked(struct sc_module *m, struct worker *w, struct session *s,
    struct sc_job *j, int rc)
{
	const struct look *look = j->data;
	struct presence_session *p;
	struct watch *at;

	if (s == NULL)
		return;
	p = scm_session_state(s, m);
	p->looks--;
	for (at = p->watches; at != NULL && at->serial != look->id;
	    at = at->next)
		;
	if (at != NULL)
		found(m, w, at, look, rc);
	look_some(m, s);
}

static const struct sc_job_def look_job = {false, presence_look, looked};

static void
look_up(struct sc_module *m, struct watch *watch)
{
	struct session *s = watch->session;
	struct presence_session *of = scm_session_state(s, m);
	const struct presence_worker *p =
	    scm_worker_state(scm_session_worker(s), m);
	struct look look = {.id = watch->serial, .turns = p->turns};
	struct elem_buf e;

	watch->wanted = false;
	elem_begin(&e, TAG_PRESENCE);
	name_user(watch, &e);
	watch->looking = scm_start(m, scm_session_worker(s), s, &look_job,
	    &e.e, &look, sizeof(look)) == 0;
	if (watch->looking)
		of->looks++;
	else
		watch->may = 0;
}

/* Those of S that wait for it, as far as there is room: a session may not have
 * too many jobs under way. */
static void
look_some(struct sc_module *m, struct session *s)
{
	const struct presence_session *p = scm_session_state(s, m);

	for (struct watch *at = p->watches; at != NULL && p->looks < LOOKS_MAX;
	    at = at->next)
		if (at->wanted && !at->looking)
			look_up(m, at);
}

static void
want_look(struct sc_module *m, struct watch *watch)
{
	watch->wanted = true;
	look_some(m, watch->session);
}

/* Somebody's switches have changed: who looks at him, and at whom he looks, is
 * looked up again. */
void
watch_privacy(struct sc_module *m, struct worker *w,
    const struct message *message)
{
	struct presence_worker *p = scm_worker_state(w, m);
	struct seen *seen = (struct seen *)map_get(&p->seen, message->user);
	struct session *s = NULL;

	p->turns++;
	for (struct watch *at = seen == NULL ? NULL : seen->watches;
	    at != NULL; at = at->next_of_seen)
		want_look(m, at);
	while ((s = scm_session_next(w, message->user, s)) != NULL) {
		const struct presence_session *of = scm_session_state(s, m);

		for (struct watch *at = of->watches; at != NULL; at = at->next)
			at->wanted = true;
		look_some(m, s);
	}
}

/* ---- the client's part ---- */

static struct watch **
find(struct presence_session *p, const struct user_ref *user)
{
	struct watch **at = &p->watches;

	while (*at != NULL && ((*at)->id != user->id ||
	    !slice_equal(slice_of((*at)->name, (*at)->namelen), user->name)))
		at = &(*at)->next;
	return at;
}

static void
watch_begin(struct sc_module *m, struct session *s,
    const struct user_ref *user)
{
	const struct presence_conf *conf = scm_conf(m);
	struct presence_session *p = scm_session_state(s, m);
	struct watch *watch = NULL;

	if (p->nwatches < conf->watches && user->name.len <= NAME_MAX_BYTES)
		watch = calloc(1, sizeof(*watch) + user->name.len + 1);
	if (watch == NULL) {
		scm_count(m, STAT_REFUSED, 1);
		return;
	}
	watch->session = s;
	watch->serial = ++p->serial;
	watch->id = user->id;
	watch->namelen = user->name.len;
	if (user->name.len > 0)
		memcpy(watch->name, user->name.p, user->name.len);
	watch->next = p->watches;
	p->watches = watch;
	p->nwatches++;
	scm_count(m, STAT_WATCHES, 1);
	want_look(m, watch);
}

void
watch_hear(struct sc_module *m, struct session *s, const struct elem *e)
{
	struct presence_session *p = scm_session_state(s, m);
	const struct value *v = elem_get(e, ATTR_USER);
	bool on = elem_uint(e, ATTR_WATCH, TOGGLE_OFF) == TOGGLE_ON;
	struct user_ref user;
	struct watch **at, *watch;

	if (v == NULL || v->type != VALUE_USER)
		return;
	user = v->user;
	if (user.id != 0)
		user.name = slice_of(NULL, 0);
	at = find(p, &user);
	watch = *at;
	if (watch == NULL && on) {
		watch_begin(m, s, &user);
	} else if (watch != NULL && !on) {
		*at = watch->next;
		p->nwatches--;
		watch_free(m, scm_session_worker(s), watch);
	}
}

void
watch_forget(struct sc_module *m, struct session *s)
{
	struct presence_session *p = scm_session_state(s, m);
	struct watch *at;

	while ((at = p->watches) != NULL) {
		p->watches = at->next;
		watch_free(m, scm_session_worker(s), at);
	}
	p->nwatches = 0;
}

void
watch_stop(struct sc_module *m, struct worker *w)
{
	struct presence_worker *p = scm_worker_state(w, m);

	/* sessions have forgotten their watches, and so these are none */
	map_free(&p->seen);
}
