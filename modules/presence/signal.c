/* SPDX-License-Identifier: ISC */
/* What is passed on: typing, and signals. */
#include "presence.h"

enum { RATE_MS = 10000 };

/* Whether one more is within RATE in ten seconds; IT is when all of those
 * before are earned, 0 if there were none. */
static bool
earn(int64_t *it, uint32_t rate, int64_t now)
{
	int64_t at = *it != 0 && *it > now - RATE_MS ? *it : now - RATE_MS;

	at += RATE_MS / rate;
	if (at > now)
		return false;
	*it = at;
	return true;
}

/* ---- who gets it, in a transaction ---- */

struct crowd {
	struct look *look;
	uint64_t self;
	size_t room;
	bool member;
};

static int
add_member(void *arg, uint64_t user, const struct member *member)
{
	struct crowd *c = arg;

	if (!scm_member_in(member))
		return 0;
	if (user == c->self) {
		c->member = true;
		return 0;
	}
	if (c->look->n == c->room)
		return SC_EFORBIDDEN;
	c->look->to[c->look->n++] =
	    (struct recipient){.user = user, .number = member->number};
	return 0;
}

static int
others_of_group(struct tx *tx, const struct chat *c, uint64_t self,
    uint32_t most, struct look *look)
{
	struct crowd crowd = {look, self, most, false};
	int rc;

	look->named = true;
	if (c->members > most)
		return SC_EFORBIDDEN;
	look->to = scm_alloc(tx, most * sizeof(*look->to));
	if (look->to == NULL)
		return SC_ENOMEM;
	rc = scm_member_list(tx, &c->id, add_member, &crowd);
	return rc == 0 && !crowd.member ? SC_ENOTFOUND : rc;
}

/* The members of the stanza's chat but the sender, MOST members at most. */
static int
others(struct tx *tx, struct sc_job *j, uint32_t most)
{
	struct look *look = j->data;
	struct chat c;
	int side, rc = scm_chat(tx, &j->request, ATTR_CHAT, &c);

	if (rc != 0)
		return rc;
	if (c.kind == CHAT_KIND_GROUP)
		return others_of_group(tx, &c, j->request.user, most, look);
	if (c.kind != CHAT_KIND_DIRECT || c.user[0] == c.user[1])
		return SC_EFORBIDDEN;
	side = scm_chat_side(&c, j->request.user);
	look->to = scm_alloc(tx, sizeof(*look->to));
	if (look->to == NULL)
		return SC_ENOMEM;
	look->to[look->n++] = (struct recipient){.user = c.user[1 - side],
	    .number = c.number[1 - side]};
	return look->to[0].number == 0 ? SC_ENOTFOUND : 0;
}

static int
typing_run(struct sc_module *m, struct tx *tx, struct sc_job *j)
{
	const struct presence_conf *conf = scm_conf(m);

	return others(tx, j, conf->typing_members);
}

/* To one device: of somebody with whom the sender has a chat. */
static int
device_run(struct tx *tx, struct sc_job *j)
{
	struct look *look = j->data;
	struct sc_user u;
	bool shared;
	int rc = scm_user(tx, &j->request, ATTR_USER, &u);

	if (rc == 0)
		rc = presence_shared(tx, u.id, j->request.user, false,
		    &shared);
	if (rc != 0 || !shared)
		return rc != 0 ? rc : SC_ENOTFOUND;
	look->to = scm_alloc(tx, sizeof(*look->to));
	if (look->to == NULL)
		return SC_ENOMEM;
	look->to[look->n++] = (struct recipient){.user = u.id};
	return 0;
}

static int
signal_run(struct sc_module *m, struct tx *tx, struct sc_job *j)
{
	const struct presence_conf *conf = scm_conf(m);

	return elem_has(j->request.stanza, ATTR_CHAT) ?
	    others(tx, j, conf->signal_members) : device_run(tx, j);
}

/* ---- telling them ---- */

static void
typing_done(struct sc_module *m, struct worker *w, struct session *s,
    struct sc_job *j, int rc)
{
	const struct look *look = j->data;
	const struct sc_signal signal = {.to = look->to, .n = look->n};
	struct elem_buf e;

	(void)s;		/* who has left meanwhile has said it */
	if (rc != 0) {
		scm_count(m, STAT_DROPPED, 1);
		return;
	}
	elem_begin(&e, TAG_TYPING);
	elem_add_chat_number(&e, ATTR_CHAT, 1);	/* each gets his own */
	if (look->named)
		elem_add_user_id(&e, ATTR_USER, j->request.user);
	elem_add_enum(&e, ATTR_ACTIVITY, (unsigned)elem_uint(
	    j->request.stanza, ATTR_ACTIVITY, ACTIVITY_PAUSED));
	scm_count(m, STAT_TYPING, 1);
	scm_signal(m, w, &e.e, &signal);
}

static void
signal_done(struct sc_module *m, struct worker *w, struct session *s,
    struct sc_job *j, int rc)
{
	const struct look *look = j->data;
	const struct elem *said = j->request.stanza;
	bool to_chat = elem_has(said, ATTR_CHAT);
	const struct sc_signal signal = {.to = look->to, .n = look->n,
	    .except = s == NULL ? 0 : scm_session_id(s),
	    .device = (uint32_t)elem_uint(said, ATTR_DEVICE, 0)};
	struct elem_buf e;

	if (rc != 0) {
		scm_count(m, STAT_DROPPED, 1);
		return;
	}
	elem_begin(&e, TAG_SIGNAL);
	if (to_chat)
		elem_add_chat_number(&e, ATTR_CHAT, 1);
	elem_add_user_id(&e, ATTR_USER, j->request.user);
	if (!to_chat)
		elem_add_uint(&e, ATTR_DEVICE, j->request.device);
	if (said->content == CONTENT_PAYLOAD)
		elem_set_payload(&e, said->text);
	scm_count(m, STAT_SIGNALS, 1);
	scm_signal(m, w, &e.e, &signal);
}

static const struct sc_job_def typing_job = {false, typing_run, typing_done};
static const struct sc_job_def signal_job = {false, signal_run, signal_done};

/* ---- what is said ---- */

static void
begin(struct sc_module *m, struct session *s, const struct sc_job_def *job,
    const struct elem *e)
{
	struct look look = {.n = 0};

	if (scm_start(m, scm_session_worker(s), s, job, e, &look,
	    sizeof(look)) != 0)
		scm_count(m, STAT_DROPPED, 1);
}

void
signal_typing(struct sc_module *m, struct session *s, const struct elem *e)
{
	const struct presence_conf *conf = scm_conf(m);
	struct presence_session *p = scm_session_state(s, m);
	int64_t now = scm_worker_mono(scm_session_worker(s));

	if (earn(&p->typing, conf->typing_rate, now))
		begin(m, s, &typing_job, e);
	else
		scm_count(m, STAT_DROPPED, 1);
}

void
signal_signal(struct sc_module *m, struct session *s, const struct elem *e)
{
	const struct presence_conf *conf = scm_conf(m);
	struct presence_session *p = scm_session_state(s, m);
	struct worker *w = scm_session_worker(s);
	bool bad = e->content == CONTENT_PAYLOAD &&
	    (e->text.len > conf->signal_bytes ||
	    scm_payload_check(w, e->text) != 0);

	if (!bad && earn(&p->signals, conf->signal_rate, scm_worker_mono(w)))
		begin(m, s, &signal_job, e);
	else
		scm_count(m, STAT_DROPPED, 1);
}
