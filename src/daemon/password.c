/* SPDX-License-Identifier: ISC */
#include "src/daemon/password.h"

#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#include "src/common/err.h"
#include "src/common/wipe.h"

enum { KEY_MAX = CREDENTIAL_SHA256 };

/* ---- keys ------------------------------------------------------------ */

/* The keys of one hash.  0 or SC_EINTERNAL. */
static int
derive_keys(Gsasl_hash hash, const char *prepared, const struct credential *c,
    uint8_t *stored, uint8_t *server)
{
	char salted[KEY_MAX], client[KEY_MAX];
	int rc;

	rc = gsasl_scram_secrets_from_password(hash, prepared, c->iterations,
	    (const char *)c->salt, sizeof(c->salt), salted, client,
	    (char *)server, (char *)stored);
	wipe(salted, sizeof(salted));
	wipe(client, sizeof(client));
	return rc == GSASL_OK ? 0 : SC_EINTERNAL;
}

static void
free_secret(char *s)
{
	if (s != NULL)
		wipe(s, strlen(s));
	free(s);
}

int
password_derive(const char *password, uint32_t iterations,
    struct credential *c)
{
	char *prepared = NULL;
	int rc;

	memset(c, 0, sizeof(*c));
	c->iterations = iterations;
	if (gsasl_saslprep(password, 0, &prepared, NULL) != GSASL_OK)
		return SC_EBADREQUEST;
	if (*prepared == '\0')
		rc = SC_EBADREQUEST;
	else if (RAND_bytes(c->salt, sizeof(c->salt)) != 1)
		rc = SC_EINTERNAL;
	else
		rc = derive_keys(GSASL_HASH_SHA256, prepared, c,
		    c->stored_sha256, c->server_sha256);
	if (rc == 0)
		rc = derive_keys(GSASL_HASH_SHA1, prepared, c, c->stored_sha1,
		    c->server_sha1);
	free_secret(prepared);
	return rc;
}

int
password_fake(uint32_t iterations, struct credential *c)
{
	memset(c, 0, sizeof(*c));
	c->iterations = iterations;
	return RAND_bytes(c->salt, sizeof(c->salt)) == 1 &&
	    RAND_bytes(c->stored_sha256, sizeof(c->stored_sha256)) == 1 ?
	    0 : SC_EINTERNAL;
}

/* ---- PLAIN ----------------------------------------------------------- */

/* One check, while GNU SASL takes the message apart. */
struct check {
	password_find_fn *find;
	void *arg;
	bool called;
	int rc;
};

static void
compare(struct check *k, const char *user, const char *password, bool valid)
{
	uint8_t stored[CREDENTIAL_SHA256], server[CREDENTIAL_SHA256];
	struct credential c;
	char *prepared = NULL;
	bool equal;

	k->called = true;
	k->rc = k->find(k->arg, user, &c);
	if (k->rc != 0)
		return;
	if (gsasl_saslprep(password, GSASL_ALLOW_UNASSIGNED, &prepared,
	    NULL) != GSASL_OK)
		valid = false;
	k->rc = derive_keys(GSASL_HASH_SHA256,
	    prepared == NULL ? "" : prepared, &c, stored, server);
	equal = equal_secret(stored, c.stored_sha256, sizeof(stored));
	if (k->rc == 0 && !(equal && valid))
		k->rc = SC_ENOTAUTHORIZED;
	free_secret(prepared);
	wipe(stored, sizeof(stored));
	wipe(server, sizeof(server));
	wipe(&c, sizeof(c));
}

/* Properties belong to the session, which frees them without a wipe. */
static void
wipe_property(Gsasl_session *s, Gsasl_property name)
{
	const char *p = gsasl_property_fast(s, name);

	if (p != NULL)
		wipe((char *)(uintptr_t)p, strlen(p));
}

static int
on_property(Gsasl *ctx, Gsasl_session *s, Gsasl_property name)
{
	struct check *k = gsasl_session_hook_get(s);
	const char *authzid, *authid, *password;

	(void)ctx;
	if (name != GSASL_VALIDATE_SIMPLE)
		return GSASL_NO_CALLBACK;
	authzid = gsasl_property_fast(s, GSASL_AUTHZID);
	authid = gsasl_property_fast(s, GSASL_AUTHID);
	password = gsasl_property_fast(s, GSASL_PASSWORD);
	/* Nobody may act for another. */
	compare(k, authid == NULL ? "" : authid,
	    password == NULL ? "" : password,
	    authid != NULL && password != NULL && (authzid == NULL ||
	    *authzid == '\0' || strcmp(authzid, authid) == 0));
	wipe_property(s, GSASL_PASSWORD);
	return k->rc == 0 ? GSASL_OK : GSASL_AUTHENTICATION_ERROR;
}

int
password_check_plain(Gsasl *ctx, struct slice message, password_find_fn *find,
    void *arg)
{
	struct check k = {.find = find, .arg = arg};
	Gsasl_session *s;
	size_t outlen = 0;
	char *out = NULL;
	int rc;

	if (gsasl_server_start(ctx, "PLAIN", &s) != GSASL_OK)
		return SC_EINTERNAL;
	gsasl_session_hook_set(s, &k);
	rc = gsasl_step(s, (const char *)message.p, message.len, &out,
	    &outlen);
	gsasl_free(out);
	gsasl_finish(s);
	if (!k.called) {
		compare(&k, "", "", false);
		return k.rc == 0 ? SC_ENOTAUTHORIZED : k.rc;
	}
	if (k.rc == 0 && rc != GSASL_OK)
		k.rc = SC_ENOTAUTHORIZED;
	return k.rc;
}

Gsasl *
password_context(void)
{
	Gsasl *ctx;

	if (gsasl_init(&ctx) != GSASL_OK)
		return NULL;
	gsasl_callback_set(ctx, on_property);
	return ctx;
}
