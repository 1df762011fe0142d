/* SPDX-License-Identifier: ISC */
#include "src/server/login.h"

#include <stdio.h>
#include <string.h>

#include "protocol/tables.h"
#include "src/common/err.h"
#include "src/server/login_priv.h"

/* ---- hello ---- */

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

/* ---- auth, challenge, response ---- */

/* The mechanisms that a connection is offered: -PLUS needs a binding. */
static bool
offers(const struct session *s, unsigned mechanism, size_t binding)
{
	return mechanism < MECHANISM_COUNT &&
	    s->worker->conf.mechanisms[mechanism] &&
	    (mechanism != MECHANISM_SCRAM_SHA_256_PLUS || binding > 0);
}

static size_t
get_binding(const struct session *s, uint8_t binding[LOGIN_BINDING])
{
	const struct worker_io *io = &s->worker->io;

	return io->binding == NULL ? 0
	    : io->binding(s->conn, binding, LOGIN_BINDING);
}

static void
refuse_mechanism(struct session *s)
{
	const char *before = "this server offers ";
	char text[200] = "this server offers no way to log in";
	uint8_t b[LOGIN_BINDING];
	size_t binding = get_binding(s, b), n = 0;

	for (unsigned m = 0; m < MECHANISM_COUNT; m++) {
		if (!offers(s, m, binding))
			continue;
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s",
		    before, attr_value_text(ATTR_MECHANISM, m));
		before = ", ";
	}
	login_failed(s, SC_ENOTACCEPTABLE, text);
}

/* The part of the user's address before the domain, which must be ours. */
static bool
own_name(struct session *s, struct slice address, struct slice *name)
{
	struct slice domain;

	address_split(address, name, &domain);
	return domain.len == 0 ||
	    slice_equal(domain, slice_str(s->worker->conf.domain));
}

/* A password makes a device, or takes the place of one: which, its name says. */
static bool
names_device(const struct elem *e)
{
	return elem_uint(e, ATTR_MECHANISM, MECHANISM_COUNT) ==
	    MECHANISM_TOKEN || elem_slice(e, ATTR_NAME).len > 0;
}

static bool
is_link(const struct elem *e)
{
	return elem_uint(e, ATTR_MECHANISM, MECHANISM_COUNT) ==
	    MECHANISM_LINK;
}

/* A login with what <auth> says, or NULL after a failure. */
static struct login *
begin(struct session *s, const struct elem *e)
{
	const struct value *user = elem_get(e, ATTR_USER);
	struct slice name = slice_of(NULL, 0);
	struct login *l;

	/* a code says whose it is */
	if (user == NULL ? !is_link(e)
	    : user->user.id != 0 || user->user.name.len == 0) {
		login_failed(s, SC_EBADREQUEST, "auth names no user");
		return NULL;
	}
	if (!names_device(e)) {
		login_failed(s, SC_EBADREQUEST, "a login with a password or a "
		    "code names its device: give auth a name of 1 to 64 bytes");
		return NULL;
	}
	if (user != NULL &&
	    (!own_name(s, user->user.name, &name) || name.len == 0)) {
		login_failed_by(s, SC_ENOTAUTHORIZED, "");
		return NULL;
	}
	l = login_create(s, name, e);
	if (l == NULL)
		login_failed(s, SC_EBADREQUEST,
		    "a name or the data of auth is too long");
	return l;
}

/* Gives the client's data to the executor; the session hears nothing more
 * until the answer. */
static void
authenticate_take(struct session *s, struct login *l)
{
	struct worker *w = s->worker;

	s->state = SESSION_LOGIN;
	job_link(&l->job, s);
	w->io.authenticate(w->io.arg, &l->auth);
}

void
login_auth(struct session *s, const struct elem *e)
{
	unsigned mechanism = (unsigned)elem_uint(e, ATTR_MECHANISM,
	    MECHANISM_COUNT);
	bool token = mechanism == MECHANISM_TOKEN;
	uint8_t binding[LOGIN_BINDING];
	size_t n = token ? 0 : get_binding(s, binding);
	struct login *l;

	if (!offers(s, mechanism, n)) {
		refuse_mechanism(s);
		return;
	}
	l = begin(s, e);
	if (l == NULL)
		return;
	l->token = token;
	if (token) {
		s->state = SESSION_LOGIN;
		login_finish_take(s, l);
		return;
	}
	l->auth.mechanism = mechanism;
	if (offers(s, MECHANISM_SCRAM_SHA_256_PLUS, n)) {
		memcpy(l->binding, binding, n);
		l->auth.binding = slice_of(l->binding, n);
	}
	authenticate_take(s, l);
}

static void
challenge_take(struct session *s, struct login *l)
{
	struct elem_buf challenge;

	elem_begin(&challenge, TAG_CHALLENGE);
	elem_add_bytes(&challenge, ATTR_DATA, buf_slice(&l->auth.reply));
	session_put(s, &challenge.e);
	buf_wipe(&l->auth.reply);
	s->login_waits = &l->job;
	s->state = SESSION_RESPONSE;
	session_process(s);
	session_schedule(s);
}

void
login_response(struct session *s, const struct elem *e)
{
	struct login *l = (struct login *)s->login_waits;

	s->login_waits = NULL;
	if (login_take_data(l, elem_slice(e, ATTR_DATA))) {
		authenticate_take(s, l);
		return;
	}
	login_failed(s, SC_EBADREQUEST, "the data of response is too long");
	job_destroy(&l->job);
}

/* Why a login failed, if that tells nothing of the account. */
static const char *
refusal(int rc)
{
	if (rc == SC_EBADREQUEST)
		return "the message of the mechanism is malformed";
	if (rc == SC_ENOTACCEPTABLE)
		return "this server binds channels: use scram-sha-256-plus "
		    "with tls-exporter";
	if (rc == SC_ERATELIMITED)
		return "too many wrong passwords for this name, or wrong "
		    "codes: wait a while, or use a device that is logged in";
	return "";
}

bool
auth_request_is_lost(const struct auth_request *r)
{
	return job_is_lost(r->job);
}

void
login_checked_take(struct job *j)
{
	struct login *l = (struct login *)j;
	struct session *s = j->session;

	job_unlink(j);
	if (s != NULL && l->auth.rc == SC_EMORE) {
		challenge_take(s, l);
	} else if (s != NULL && l->auth.rc == 0) {
		login_finish_take(s, l);
	} else {
		if (s != NULL)
			login_failed_by(s, l->auth.rc, refusal(l->auth.rc));
		job_destroy(j);
	}
}
