/* SPDX-License-Identifier: ISC */
#include "src/server/login.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/chat/dedupe.h"
#include "src/chat/device.h"
#include "src/chat/user.h"
#include "src/common/alloc.h"
#include "src/common/err.h"
#include "src/common/wipe.h"
#include "src/server/account.h"
#include "src/server/job_priv.h"
#include "src/server/trace.h"
#include "src/server/worker_priv.h"

enum {
	AUTH_NAME_MAX = 320,
	AUTH_DATA_MAX = 2048,
	TEXT_MAX = 1200,
	DAY_MS = 86400000
};

/*
 * A login: with a token one job on the scribe; with a password first the
 * executor's check (check_type), then the job.
 */
struct login {
	struct job job;
	bool token;
	uint64_t user;		/* password: known after the check */
	uint32_t device;	/* token */
	char name[AUTH_NAME_MAX];	/* of the user */
	size_t namelen;
	char device_name[DEVICE_NAME_MAX];
	size_t device_namelen;
	uint8_t data[AUTH_DATA_MAX];
	size_t datalen;
	/* the result */
	struct device as;
	bool renewed;		/* there is a `next' */
	uint64_t high;
	uint8_t next[DEVICE_TOKEN_SIZE];
	char text[TEXT_MAX];
};

void
login_hello(struct session *s, const struct elem *e)
{
	const struct server *server = s->worker->server;
	uint64_t theirs = elem_uint(e, ATTR_VERSION, 0);
	unsigned version = theirs < dictionary_version()
	    ? (unsigned)theirs : dictionary_version();
	struct slice hash = elem_slice(e, ATTR_HASH);
	struct elem_buf hello;
	uint8_t want[8];
	uint64_t h;

	h = dictionary_hash(version);
	for (int i = 7; i >= 0; i--, h >>= 8)
		want[i] = (uint8_t)h;
	if (version == 0) {
		session_bye(s, BYE_REASON_VERSION,
		    "dictionary versions begin with 1");
		return;
	}
	if (version == theirs &&
	    !slice_equal(hash, slice_of(want, sizeof(want)))) {
		session_bye(s, BYE_REASON_VERSION,
		    "another dictionary of the same version");
		return;
	}
	elem_begin(&hello, TAG_HELLO);
	elem_add_uint(&hello, ATTR_VERSION, version);
	elem_add_bytes(&hello, ATTR_EPOCH,
	    slice_of(server->domain.epoch, sizeof(server->domain.epoch)));
	if (s->worker->conf.domain[0] != '\0')
		elem_add_text(&hello, ATTR_DOMAIN,
		    slice_str(s->worker->conf.domain));
	session_put(s, &hello.e);
	s->state = SESSION_AUTH;
}

static void
login_failed(struct session *s, int code, const char *text)
{
	struct elem_buf failure;

	elem_begin(&failure, TAG_FAILURE);
	elem_add_enum(&failure, ATTR_CODE, (unsigned)(-code - 1));
	if (text[0] != '\0')
		elem_add_text(&failure, ATTR_TEXT, slice_str(text));
	session_put(s, &failure.e);
	s->worker->stats.login_failures++;
	session_logf(s, LEVEL_INFO, "session.login-refused",
	    "code=%d why=\"%s\"", code, sc_strerror(code));
	session_close(s);
}

/* ---- on the scribe ---- */

/* The token that the device used is so old that it gets another (R26). */
static int
renew(struct login *l, struct tx *tx)
{
	int64_t days = domain_conf(tx->d)->token_days;

	l->renewed = days != 0 && tx->now - l->as.issued >= days * DAY_MS;
	return l->renewed ? device_token_next(tx->d, &l->as, l->next) : 0;
}

static int
run_token(struct login *l, struct tx *tx)
{
	struct user u;
	int rc = user_by_name(tx, slice_of(l->name, l->namelen), &u);

	if (rc == 0)
		rc = device_login_token(tx, u.id, l->device,
		    slice_of(l->data, l->datalen), &l->as);
	return rc != 0 ? rc : renew(l, tx);
}

static int
run_password(struct login *l, struct tx *tx, const char **names)
{
	struct user u;
	int rc = user_get(tx, l->user, &u);

	l->renewed = true;
	if (rc == 0)
		rc = device_login_password(tx, l->user,
		    slice_of(l->device_name, l->device_namelen), &l->as,
		    l->next, names);
	if (rc == 0 && l->as.login == 1)
		rc = account_device_added(tx, &l->as);
	return rc;
}

static int
login_run(struct job *j, struct tx *tx)
{
	struct login *l = (struct login *)j;
	const char *names = "";
	int rc;

	l->text[0] = '\0';
	rc = l->token ? run_token(l, tx) : run_password(l, tx, &names);
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
	    .text = "this device has logged in again"});
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
		return rc;
	case SC_EUNAVAILABLE:
	case SC_EIO:
	case SC_ENOSPC:
	case SC_ENOMEM:
		return SC_EUNAVAILABLE;
	default:
		return SC_EINTERNAL;
	}
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
	if (l->renewed)
		elem_add_bytes(&success, ATTR_TOKEN,
		    slice_of(l->next, sizeof(l->next)));
	session_put(s, &success.e);
	s->ctx.base_time = now;
}

static void
login_done(struct job *j)
{
	struct login *l = (struct login *)j;
	struct session *s = j->session;

	if (s == NULL)
		return;
	job_unlink(j);
	if (j->rc != 0) {
		int code = failure_code(j->rc);

		login_failed(s, code,
		    l->text[0] != '\0' ? l->text : sc_strerror(code));
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
	trace_session(s);
	session_logf(s, LEVEL_INFO, "session.login", "%s", "");
	session_process(s);
	session_schedule(s);
}

static void
login_fini(struct job *j)
{
	struct login *l = (struct login *)j;

	wipe(l->data, sizeof(l->data));
	wipe(l->next, sizeof(l->next));
}

static const struct job_type login_type = {
    JOB_SCRIBE, login_run, login_done, login_fini};

/* The part of the user's address before the domain, which must be ours. */
static bool
own_name(struct session *s, struct slice address, struct slice *name)
{
	struct slice domain;

	address_split(address, name, &domain);
	return domain.len == 0 ||
	    slice_equal(domain, slice_str(s->worker->conf.domain));
}

static struct login *
login_create(struct session *s, struct slice name, const struct elem *e)
{
	struct slice device = elem_slice(e, ATTR_NAME);
	struct slice data = elem_slice(e, ATTR_DATA);
	struct login *l;

	if (name.len >= AUTH_NAME_MAX || device.len > DEVICE_NAME_MAX ||
	    data.len > AUTH_DATA_MAX)
		return NULL;
	l = xcalloc(1, sizeof(*l));
	job_init(&l->job, &login_type, &s->worker->server->domain);
	l->namelen = name.len;
	memcpy(l->name, name.p, name.len);
	l->device = (uint32_t)elem_uint(e, ATTR_DEVICE, 0);
	l->device_namelen = device.len;
	if (device.len > 0)
		memcpy(l->device_name, device.p, device.len);
	l->datalen = data.len;
	if (data.len > 0)
		memcpy(l->data, data.p, data.len);
	return l;
}

void
login_auth(struct session *s, const struct elem *e)
{
	const struct value *user = elem_get(e, ATTR_USER);
	unsigned mechanism = (unsigned)elem_uint(e, ATTR_MECHANISM, 99);
	struct worker *w = s->worker;
	struct slice name;
	struct login *l;

	if (mechanism != MECHANISM_TOKEN && mechanism != MECHANISM_PLAIN) {
		login_failed(s, SC_ENOTACCEPTABLE,
		    "this server takes the mechanisms token and plain");
		return;
	}
	if (user == NULL || user->user.id != 0 || user->user.name.len == 0) {
		login_failed(s, SC_EBADREQUEST, "auth names no user");
		return;
	}
	if (!own_name(s, user->user.name, &name) || name.len == 0) {
		login_failed(s, SC_ENOTAUTHORIZED,
		    sc_strerror(SC_ENOTAUTHORIZED));
		return;
	}
	l = login_create(s, name, e);
	if (l == NULL) {
		login_failed(s, SC_EBADREQUEST,
		    "a name or the data of auth is too long");
		return;
	}
	s->state = SESSION_LOGIN;
	l->token = mechanism == MECHANISM_TOKEN;
	if (l->token) {
		worker_submit(s, &l->job);
	} else {
		struct auth_request r = {&l->job,
		    slice_of(l->name, l->namelen),
		    slice_of(l->data, l->datalen)};

		job_link(&l->job, s);
		w->io.authenticate(w->io.arg, &r);
	}
}

void
login_checked(struct job *j, int rc, uint64_t user)
{
	struct login *l = (struct login *)j, *again;
	struct session *s = j->session;

	if (s == NULL)
		return;
	if (rc != 0) {
		j->rc = rc;
		login_done(j);
		return;
	}
	/* the caller destroys j: the second half is a job of its own */
	again = xcalloc(1, sizeof(*again));
	job_init(&again->job, &login_type, j->domain);
	again->user = user;
	again->device_namelen = l->device_namelen;
	memcpy(again->device_name, l->device_name, l->device_namelen);
	job_unlink(j);
	again->job.order = user;
	worker_submit(s, &again->job);
}
