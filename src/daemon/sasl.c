/* SPDX-License-Identifier: ISC */
#include "src/daemon/sasl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/tables.h"
#include "src/common/alloc.h"
#include "src/common/err.h"
#include "src/common/wipe.h"
#include "src/daemon/password.h"

struct sasl {
	Gsasl_session *session;	/* NULL: PLAIN */
	unsigned mechanism;
	struct credential credential;	/* PLAIN; SCRAM has properties */
	char name[USER_NAME_MAX + 1];
	const char *domain;
	bool bound;		/* -PLUS is offered */
	bool started;
};

void
sasl_name(const char *domain, struct slice address, char *out)
{
	struct slice name, its;

	address_split(address, &name, &its);
	if ((its.len > 0 && !slice_equal(its, slice_str(domain))) ||
	    user_name_prepare(name, out) != 0)
		*out = '\0';
}

/* ---- properties ------------------------------------------------------ */

/* They belong to the session, which frees them without a wipe. */
static void
wipe_property(Gsasl_session *s, Gsasl_property name)
{
	const char *p = gsasl_property_fast(s, name);

	if (p != NULL)
		wipe((char *)(uintptr_t)p, strlen(p));
}

static bool
set_base64(Gsasl_session *s, Gsasl_property name, const void *p, size_t n)
{
	char *text = NULL;
	bool ok;

	if (gsasl_base64_to(p, n, &text, NULL) != GSASL_OK)
		return false;
	ok = gsasl_property_set(s, name, text) == GSASL_OK;
	wipe(text, strlen(text));
	gsasl_free(text);
	return ok;
}

static bool
set_scram(Gsasl_session *s, const struct sasl_conf *conf)
{
	const struct credential *c = conf->credential;
	bool sha1 = conf->mechanism == MECHANISM_SCRAM_SHA_1;
	size_t n = sha1 ? CREDENTIAL_SHA1 : CREDENTIAL_SHA256;
	char iterations[16];

	(void)snprintf(iterations, sizeof(iterations), "%u", c->iterations);
	return gsasl_property_set(s, GSASL_SCRAM_ITER, iterations) ==
	    GSASL_OK &&
	    set_base64(s, GSASL_SCRAM_SALT, c->salt, sizeof(c->salt)) &&
	    set_base64(s, GSASL_SCRAM_STOREDKEY,
	    sha1 ? c->stored_sha1 : c->stored_sha256, n) &&
	    set_base64(s, GSASL_SCRAM_SERVERKEY,
	    sha1 ? c->server_sha1 : c->server_sha256, n) &&
	    (conf->binding.len == 0 || set_base64(s, GSASL_CB_TLS_EXPORTER,
	    conf->binding.p, conf->binding.len));
}

/* Whether WHO is the user, who acts for himself. */
static bool
names_user(const struct sasl *l, const char *as, const char *who)
{
	char name[USER_NAME_MAX + 1];

	if (who == NULL || (as != NULL && *as != '\0' && strcmp(as, who) != 0))
		return false;
	sasl_name(l->domain, slice_str(who), name);
	return *name != '\0' && strcmp(name, l->name) == 0;
}

Gsasl *
sasl_context(void)
{
	Gsasl *ctx;

	return gsasl_init(&ctx) == GSASL_OK ? ctx : NULL;
}

/* ---- life ------------------------------------------------------------ */

static const char *
mechanism_name(unsigned mechanism)
{
	switch (mechanism) {
	case MECHANISM_SCRAM_SHA_256:
		return "SCRAM-SHA-256";
	case MECHANISM_SCRAM_SHA_256_PLUS:
		return "SCRAM-SHA-256-PLUS";
	case MECHANISM_SCRAM_SHA_1:
		return "SCRAM-SHA-1";
	default:
		return "";
	}
}

struct sasl *
sasl_create(Gsasl *ctx, const struct sasl_conf *conf)
{
	struct sasl *l = xcalloc(1, sizeof(*l));

	l->mechanism = conf->mechanism;
	l->domain = conf->domain;
	l->bound = conf->binding.len > 0;
	(void)snprintf(l->name, sizeof(l->name), "%s", conf->name);
	if (conf->mechanism == MECHANISM_PLAIN) {
		l->credential = *conf->credential;
		return l;
	}
	if (gsasl_server_start(ctx, mechanism_name(conf->mechanism),
	    &l->session) != GSASL_OK || !set_scram(l->session, conf)) {
		sasl_destroy(l);
		return NULL;
	}
	return l;
}

void
sasl_destroy(struct sasl *l)
{
	if (l == NULL)
		return;
	if (l->session != NULL) {
		wipe_property(l->session, GSASL_SCRAM_STOREDKEY);
		wipe_property(l->session, GSASL_SCRAM_SERVERKEY);
		wipe_property(l->session, GSASL_CB_TLS_EXPORTER);
		gsasl_finish(l->session);
	}
	wipe(l, sizeof(*l));
	free(l);
}

/* ---- steps ----------------------------------------------------------- */

static int
step(struct sasl *l, struct slice in, struct buf *out)
{
	size_t n = 0;
	char *p = NULL;
	int rc;

	rc = gsasl_step(l->session, (const char *)in.p, in.len, &p, &n);
	if (n > 0)
		buf_put(out, p, n);
	gsasl_free(p);
	switch (rc) {
	case GSASL_OK:
		return buf_failed(out) ? SC_ENOMEM : 0;
	case GSASL_NEEDS_MORE:
		return buf_failed(out) ? SC_ENOMEM : SC_EMORE;
	case GSASL_MECHANISM_PARSE_ERROR:
	case GSASL_BASE64_ERROR:
		return SC_EBADREQUEST;
	case GSASL_NO_CB_TLS_UNIQUE:
		return SC_ENOTACCEPTABLE;
	case GSASL_MALLOC_ERROR:
		return SC_ENOMEM;
	default:
		return SC_ENOTAUTHORIZED;
	}
}

/* Takes what comes before a 0 off the front of REST; NULL: there is none. */
static const char *
take_text(struct slice *rest)
{
	const char *text = (const char *)rest->p;
	const uint8_t *end = rest->len == 0 ? NULL
	    : memchr(rest->p, '\0', rest->len);

	if (end == NULL)
		return NULL;
	rest->len -= (size_t)(end + 1 - rest->p);
	rest->p = end + 1;
	return text;
}

/*
 * RFC 4616: whom one acts for, or nothing, a 0, who one is, a 0, the password.
 * By hand, as GNU SASL leaves copies of it behind.
 */
static int
step_plain(const struct sasl *l, struct slice in)
{
	const char *as = take_text(&in);
	const char *who = as == NULL ? NULL : take_text(&in);
	bool whole = who != NULL && memchr(in.p, '\0', in.len) == NULL;
	char *password = calloc(1, in.len + 1);
	int rc;

	if (password == NULL)
		return SC_ENOMEM;
	if (whole && in.len > 0)
		memcpy(password, in.p, in.len);
	/* what is malformed may not be quicker */
	rc = password_check(&l->credential, password);
	wipe(password, in.len);
	free(password);
	if (!whole || (rc == 0 && !names_user(l, as, who)))
		return SC_ENOTAUTHORIZED;
	return rc;
}

/* The first byte of a SCRAM login says whether the client binds the channel:
 * p: it does.  y: it would, but has not heard that we can.  n: it cannot. */
static int
check_flag(const struct sasl *l, struct slice in)
{
	bool plus = l->mechanism == MECHANISM_SCRAM_SHA_256_PLUS;

	if (in.len == 0 || (in.p[0] == 'p') != plus)
		return SC_EBADREQUEST;
	return in.p[0] == 'y' && l->bound ? SC_ENOTACCEPTABLE : 0;
}

int
sasl_step(struct sasl *l, struct slice in, struct buf *out)
{
	bool first = !l->started;
	int rc;

	l->started = true;
	if (l->mechanism == MECHANISM_PLAIN)
		return step_plain(l, in);
	rc = first ? check_flag(l, in) : 0;
	if (rc == 0)
		rc = step(l, in, out);
	if (first && rc == SC_EMORE && !names_user(l,
	    gsasl_property_fast(l->session, GSASL_AUTHZID),
	    gsasl_property_fast(l->session, GSASL_AUTHID))) {
		buf_wipe(out);
		rc = SC_ENOTAUTHORIZED;
	}
	return rc;
}
