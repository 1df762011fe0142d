/* SPDX-License-Identifier: ISC */
/* The part of a login that changes the store, and its outcome. */
#include "src/server/login_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/tables.h"
#include "src/chat/dedupe.h"
#include "src/chat/link.h"
#include "src/chat/user.h"
#include "src/common/alloc.h"
#include "src/common/err.h"
#include "src/common/wipe.h"
#include "src/server/account.h"
#include "src/server/live.h"
#include "src/server/trace.h"

enum { DATA_MAX = 2048 };

static const char logged_in_again[] = "this device has logged in again";

/* ---- on the scribe ---- */

/* The token that the device used is so old that it gets another (R26). */
static int
renew(struct login *l, struct tx *tx)
{
	int64_t age = domain_conf(tx->d)->token_ms;

	l->renewed = age != 0 && tx->now - l->as.issued >= age;
	return l->renewed ? device_token_next(tx->d, &l->as, l->next) : 0;
}

/* Nobody has the name: then somebody is read who is not there, and has the
 * number 0, so that it takes as long (R25). */
static int
find_named(const struct login *l, struct tx *tx, struct user *u)
{
	int rc = user_by_name(tx, slice_of(l->name, l->namelen), u);

	if (rc != SC_ENOTFOUND)
		return rc;
	rc = user_get(tx, 0, u);
	u->id = 0;
	return rc == SC_ENOTFOUND ? 0 : rc;
}

static int
run_token(struct login *l, struct tx *tx)
{
	struct user u;
	int rc = find_named(l, tx, &u);

	if (rc != 0)
		return rc;
	rc = device_login_token(tx, u.id, l->device,
	    slice_of(l->data, l->datalen), l->came, &l->as);
	l->late = rc == SC_ECONFLICT;
	return rc != 0 ? rc : renew(l, tx);
}

/* With a password or a code: the device gets a token. */
static int
run_device(struct login *l, struct tx *tx, uint64_t user, const char **names)
{
	int rc = device_login_password(tx, user,
	    slice_of(l->device_name, l->device_namelen), l->came, &l->as,
	    l->next, names);

	l->renewed = true;
	l->late = rc == SC_ECONFLICT;
	return rc;
}

static int
run_sasl(struct login *l, struct tx *tx, const char **names)
{
	struct credential c;
	struct user u;
	int rc = user_get_locked(tx, l->auth.id, &u);

	if (rc == 0)
		rc = user_credential(tx, l->auth.id, &c);
	if (rc != 0)
		return rc;
	/* another password by now: the one that was checked is no good */
	if (memcmp(c.salt, l->auth.salt, CREDENTIAL_SALT) != 0)
		rc = SC_ENOTAUTHORIZED;
	wipe(&c, sizeof(c));
	if (rc != 0)
		return rc;
	rc = run_device(l, tx, l->auth.id, names);
	if (rc == 0 && l->as.login == 1)
		rc = account_device_added(tx, &l->as, false);
	return rc;
}

/* Whether the code is for the user who was named, if one was. */
static int
check_name(const struct login *l, struct tx *tx, uint64_t user)
{
	struct user u;
	int rc = 0;

	if (l->namelen == 0)
		return 0;
	rc = user_by_name(tx, slice_of(l->name, l->namelen), &u);
	return rc == 0 && u.id != user ? SC_ENOTFOUND : rc;
}

/* The code is used up with what it is good for, or not at all. */
static int
run_link(struct login *l, struct tx *tx, const char **names)
{
	uint64_t user = 0;
	int rc = link_take(tx, slice_of(l->data, l->datalen), &user);

	if (rc == 0)
		rc = check_name(l, tx, user);
	if (rc == 0)
		rc = run_device(l, tx, user, names);
	return rc != 0 ? rc : account_device_added(tx, &l->as, true);
}

static int
run_login(struct login *l, struct tx *tx, const char **names)
{
	if (l->token)
		return run_token(l, tx);
	return l->auth.mechanism == MECHANISM_LINK ? run_link(l, tx, names)
						   : run_sasl(l, tx, names);
}

static int
login_run(struct job *j, struct tx *tx)
{
	struct login *l = (struct login *)j;
	const char *names = "";
	int rc;

	l->text[0] = '\0';
	l->late = false;
	/* nobody would get the token, and the device may be here again */
	if (job_is_lost(j))
		return SC_EUNAVAILABLE;
	rc = run_login(l, tx, &names);
	if (rc == SC_ERESOURCE)
		(void)snprintf(l->text, sizeof(l->text),
		    "the account has its full number of devices (%s): remove "
		    "one, or log in under its name",
		    names);
	if (rc == SC_ENOTFOUND)
		rc = SC_ENOTAUTHORIZED;
	if (rc == 0)
		rc = dedupe_high(tx, l->as.user, l->as.id, &l->high);
	if (rc != 0)
		return rc;
	return outbox_fence(&j->outbox, &(struct event_fence){
	    .user = l->as.user, .device = l->as.id, .login = l->as.login,
	    .why = BYE_REASON_REPLACED,
	    .text = logged_in_again});
}

/* ---- the outcome ---- */

void
login_failed(struct session *s, int code, const char *text)
{
	const struct worker_io *io = &s->worker->io;
	struct elem_buf failure;
	char peer[80] = "unknown";

	elem_begin(&failure, TAG_FAILURE);
	elem_add_enum(&failure, ATTR_CODE, (unsigned)(-code - 1));
	if (text[0] != '\0')
		elem_add_text(&failure, ATTR_TEXT, slice_str(text));
	session_put(s, &failure.e);
	s->worker->stats.login_failures++;
	if (io->peer != NULL)
		io->peer(s->conn, peer, sizeof(peer));
	session_logf(s, LEVEL_INFO, "session.login-refused",
	    "peer=%s code=%d why=\"%s\"", peer, code, sc_strerror(code));
	session_close(s);
}

/* What a login that fails may say: nothing that tells accounts apart. */
static int
failure_code(int rc)
{
	switch (rc) {
	case SC_ENOTAUTHORIZED:
	case SC_ERESOURCE:
	case SC_EBADREQUEST:
	case SC_ENOTACCEPTABLE:
	case SC_ERATELIMITED:
		return rc;
	case SC_EUNAVAILABLE:
	case SC_ECONFLICT:	/* the clock says a dropped period */
	case SC_EIO:
	case SC_ENOSPC:
	case SC_ENOMEM:
		return SC_EUNAVAILABLE;
	default:
		return SC_EINTERNAL;
	}
}

void
login_failed_by(struct session *s, int rc, const char *text)
{
	int code = failure_code(rc);

	login_failed(s, code, text[0] != '\0' ? text : sc_strerror(code));
}

static void
put_success(struct session *s, const struct login *l)
{
	const struct server_conf *conf = &s->worker->conf;
	int64_t now = s->worker->wall;
	struct elem_buf success;

	elem_begin(&success, TAG_SUCCESS);
	elem_add_user_id(&success, ATTR_USER, l->as.user);
	elem_add_uint(&success, ATTR_DEVICE, l->as.id);
	elem_add_uint(&success, ATTR_HIGH, l->high);
	elem_add_time(&success, ATTR_TIME, now);
	elem_add_uint(&success, ATTR_HEARTBEAT, conf->heartbeat_ms);
	elem_add_uint(&success, ATTR_MAX_TEXT, conf->max_text);
	elem_add_uint(&success, ATTR_WINDOW, conf->window_entries);
	if (l->renewed)
		elem_add_bytes(&success, ATTR_TOKEN,
		    slice_of(l->next, sizeof(l->next)));
	if (l->auth.reply.len > 0)
		elem_add_bytes(&success, ATTR_DATA,
		    buf_slice(&l->auth.reply));
	s->secret_out = true;
	session_put(s, &success.e);
	s->ctx.base_time = now;
	s->hears.base_time = now;
}

static void
login_done(struct job *j)
{
	struct login *l = (struct login *)j;
	struct session *s = j->session;

	if (s == NULL)
		return;
	job_unlink(j);
	if (j->rc != 0 && l->late) {
		session_bye(s, BYE_REASON_REPLACED, logged_in_again);
		return;
	}
	if (j->rc != 0) {
		login_failed_by(s, j->rc, l->text);
		return;
	}
	put_success(s, l);
	s->user = l->as.user;
	s->device = l->as.id;
	s->login = l->as.login;
	s->first_n = l->high + 1;
	s->state = SESSION_LIVE;
	s->worker->stats.logins++;
	registry_add(&s->worker->registry, s);
	session_take_debt(s);
	trace_session(s);
	live_session(s);
	session_logf(s, LEVEL_INFO, "session.login", "mechanism=%s",
	    attr_value_text(ATTR_MECHANISM, l->auth.mechanism));
	session_process(s);
	session_schedule(s);
}

/* ---- life ---- */

bool
login_take_data(struct login *l, struct slice data)
{
	if (l->data != NULL)
		wipe(l->data, l->datalen);
	free(l->data);
	l->data = NULL;
	l->datalen = 0;
	if (data.len > DATA_MAX)
		return false;
	l->data = xcalloc(1, data.len + 1);
	l->datalen = data.len;
	if (data.len > 0)
		memcpy(l->data, data.p, data.len);
	l->auth.data = slice_of(l->data, l->datalen);
	return true;
}

/* On the worker, like all that makes and ends a login. */
static void
login_fini(struct job *j)
{
	struct login *l = (struct login *)j;

	(void)login_take_data(l, slice_of(NULL, 0));
	free(l->data);
	wipe(l->next, sizeof(l->next));
	wipe(l->binding, sizeof(l->binding));
	buf_wipe(&l->auth.reply);
	if (l->auth.state != NULL)
		j->worker->io.auth_end(j->worker->io.arg, l->auth.state);
}

static const struct job_type login_type = {
    JOB_SCRIBE, login_run, login_done, login_fini};

struct login *
login_create(struct session *s, struct slice name, const struct elem *e)
{
	struct slice device = elem_slice(e, ATTR_NAME);
	struct slice data = elem_slice(e, ATTR_DATA);
	struct login *l;

	if (name.len >= LOGIN_NAME_MAX || device.len > DEVICE_NAME_MAX ||
	    data.len > DATA_MAX)
		return NULL;
	l = xcalloc(1, sizeof(*l));
	job_init(&l->job, &login_type, &s->worker->server->domain);
	buf_init(&l->auth.reply, 0);
	l->auth.job = &l->job;
	l->came = s->worker->server->sessions_before + s->id;
	l->namelen = name.len;
	if (name.len > 0)	/* a code needs none */
		memcpy(l->name, name.p, name.len);
	l->auth.user = slice_of(l->name, l->namelen);
	l->device = (uint32_t)elem_uint(e, ATTR_DEVICE, 0);
	l->device_namelen = device.len;
	if (device.len > 0)
		memcpy(l->device_name, device.p, device.len);
	(void)login_take_data(l, data);
	return l;
}

void
login_finish_take(struct session *s, struct login *l)
{
	/* what one login raises, another of the user waits for */
	if (!l->token)
		l->job.order = l->auth.id;
	worker_submit(s, &l->job);
}
