/* SPDX-License-Identifier: ISC */
/* From the connection to success. */
#include <string.h>

#include "src/client/engine_priv.h"
#include "src/common/err.h"
#include "src/common/wipe.h"

enum { SILENCE_MIN_MS = 10000, HEARTBEAT_MS = 30000, PLAIN_MAX = 1400 };

static int
fail(struct sc_client *c, int code, const char *why)
{
	struct sc_event ev = {.type = SC_EVENT_FAILURE, .code = code,
	    .why = why};

	c->stopped = true;
	(void)engine_event(c, &ev);
	return code;
}

/* A login by SCRAM has come to an end that is not the server's proof. */
static int
scram_failed(struct sc_client *c, int rc)
{
	switch (rc) {
	case SC_ENOMEM:
		return SC_CODE_NO_MEMORY;
	case SC_EINTERNAL:
		return fail(c, SC_CODE_INTERNAL, "there are no random bytes");
	case SC_EBADREQUEST:
		return fail(c, SC_CODE_BAD_REQUEST, "user or password have "
		    "characters that they may not have");
	case SC_ENOTACCEPTABLE:
		return fail(c, SC_CODE_NOT_ACCEPTABLE, "the server asks for "
		    "fewer rounds of hashing than are safe, or more than are "
		    "reasonable");
	default:
		return fail(c, SC_CODE_NOT_ACCEPTABLE, "the server does not "
		    "prove that it knows the password: it is not trusted, and "
		    "nothing that it said is kept");
	}
}

/* ---- hello, auth, sync ---- */

static void
bytes_be64(uint64_t v, uint8_t *p)
{
	for (unsigned i = 0; i < 8; i++)
		p[i] = (uint8_t)(v >> (56 - 8 * i));
}

static void
put_hello(struct sc_client *c)
{
	unsigned version = dictionary_version();
	struct elem_buf hello;
	uint8_t hash[8];

	bytes_be64(dictionary_hash(version), hash);
	elem_begin(&hello, TAG_HELLO);
	elem_add_uint(&hello, ATTR_VERSION, version);
	elem_add_bytes(&hello, ATTR_HASH, slice_of(hash, sizeof(hash)));
	engine_put(c, &hello.e);
}

static void
put_auth_token(struct sc_client *c, struct elem_buf *auth)
{
	const struct account *a = &c->account;

	c->token_tried = true;
	elem_add_enum(auth, ATTR_MECHANISM, MECHANISM_TOKEN);
	elem_add_uint(auth, ATTR_DEVICE, a->device);
	elem_add_bytes(auth, ATTR_DATA, slice_of(a->token, a->tokenlen));
	engine_put(c, &auth->e);
}

static void
put_auth_link(struct sc_client *c, struct elem_buf *auth)
{
	elem_add_enum(auth, ATTR_MECHANISM, MECHANISM_LINK);
	if (c->device[0] != '\0')
		elem_add_text(auth, ATTR_NAME, slice_str(c->device));
	elem_add_bytes(auth, ATTR_DATA, slice_of(c->link, sizeof(c->link)));
	engine_put(c, &auth->e);
}

/* The message of SASL PLAIN: authzid (none), authcid, password. */
static void
put_auth_plain(struct sc_client *c, struct elem_buf *auth)
{
	size_t user = strlen(c->user), password = strlen(c->password);
	uint8_t plain[PLAIN_MAX];

	plain[0] = '\0';
	memcpy(plain + 1, c->user, user + 1);
	memcpy(plain + 2 + user, c->password, password);
	elem_add_enum(auth, ATTR_MECHANISM, MECHANISM_PLAIN);
	if (c->device[0] != '\0')
		elem_add_text(auth, ATTR_NAME, slice_str(c->device));
	elem_add_bytes(auth, ATTR_DATA,
	    slice_of(plain, 2 + user + password));
	engine_put(c, &auth->e);
	wipe(plain, sizeof(plain));
}

/* Whether it says -PLUS, or why not. */
static enum scram_bind
choose_bind(const struct sc_client *c)
{
	switch (c->conf.mechanism) {
	case SC_MECHANISM_SCRAM_SHA_256:
		return SCRAM_BIND_NO;
	case SC_MECHANISM_SCRAM_SHA_256_PLUS:
		return SCRAM_BIND;
	default:
		if (c->bindinglen == 0)
			return SCRAM_BIND_NO;
		return c->plus_refused ? SCRAM_BIND_NOT_OFFERED : SCRAM_BIND;
	}
}

/* The first message of SCRAM; sync follows with the second. */
static int
put_auth_scram(struct sc_client *c, struct elem_buf *auth)
{
	enum scram_bind bind = choose_bind(c);
	struct buf first;
	int rc;

	if (bind == SCRAM_BIND && c->bindinglen == 0)
		return fail(c, SC_CODE_NOT_ACCEPTABLE, "nothing binds a login "
		    "to this connection: it must be TLS 1.3");
	rc = scram_create(c->user, c->password, bind,
	    slice_of(c->binding, c->bindinglen), NULL, &c->scram);
	if (rc != 0)
		return scram_failed(c, rc);
	buf_init(&first, 0);
	scram_first(c->scram, &first);
	if (buf_failed(&first))
		c->error = SC_CODE_NO_MEMORY;
	elem_add_enum(auth, ATTR_MECHANISM, bind == SCRAM_BIND
	    ? MECHANISM_SCRAM_SHA_256_PLUS : MECHANISM_SCRAM_SHA_256);
	if (c->device[0] != '\0')
		elem_add_text(auth, ATTR_NAME, slice_str(c->device));
	elem_add_bytes(auth, ATTR_DATA, buf_slice(&first));
	engine_put(c, &auth->e);
	buf_fini(&first);
	return c->error;
}

static void
put_sync(struct sc_client *c)
{
	const struct chat *account = account_find(&c->account, ACCOUNT_CHAT);
	struct elem_buf sync;
	uint8_t sum[8];

	bytes_be64(account_sum(&c->account), sum);
	elem_begin(&sync, TAG_SYNC);
	elem_add_uint(&sync, ATTR_ACCOUNT,
	    account == NULL ? 0 : account->cursor);
	elem_add_uint(&sync, ATTR_STAMP, c->account.stamp);
	elem_add_bytes(&sync, ATTR_SUM, slice_of(sum, sizeof(sum)));
	engine_put(c, &sync.e);
	presence_in_flight(c);
}

int
login_begin(struct sc_client *c)
{
	struct user_ref user = {0, slice_str(c->user)};
	struct elem_buf auth;

	/* one piece, so that no copy of the secret stays behind */
	if (buf_room(&c->out, FRAME_LOGIN_MAX) == NULL)
		return SC_CODE_NO_MEMORY;
	put_hello(c);
	elem_begin(&auth, TAG_AUTH);
	elem_add_user(&auth, ATTR_USER, &user);
	if (c->linking)
		put_auth_link(c, &auth);
	else if (c->account.tokenlen > 0)
		put_auth_token(c, &auth);
	else if (c->password == NULL)
		return SC_CODE_NOT_AUTHORIZED;
	else if (c->conf.mechanism == SC_MECHANISM_PLAIN)
		put_auth_plain(c, &auth);
	else
		return put_auth_scram(c, &auth);
	put_sync(c);
	c->syncing = true;
	return c->error;
}

int
login_sync(struct sc_client *c)
{
	put_sync(c);
	c->syncing = c->resynced = true;
	return c->error;
}

/* ---- hello ---- */

/*
 * The store is another one than before (R3).  The sync that is already on its
 * way speaks of what is gone, so the connection is made again at once.
 */
static int
new_epoch(struct sc_client *c, struct slice epoch)
{
	struct record r = {.type = RECORD_EPOCH, .s = {epoch}};
	struct sc_event ev = {.type = SC_EVENT_EPOCH};
	bool first = !c->account.has_epoch;
	int rc;

	rc = journal_put(c, &r);
	if (rc != 0)
		return rc;
	if (account_get(&c->account, ACCOUNT_CHAT) == NULL)
		return SC_CODE_NO_MEMORY;
	if (first)
		return 0;
	ask_forget(c);
	(void)engine_event(c, &ev);
	c->at_once = true;
	return SC_CODE_CONFLICT;
}

int
login_hello(struct sc_client *c, const struct elem *e)
{
	struct slice epoch = elem_slice(e, ATTR_EPOCH);
	struct slice domain = elem_slice(e, ATTR_DOMAIN);
	uint64_t version = elem_uint(e, ATTR_VERSION, 0);

	if (c->phase != PHASE_HELLO || epoch.len != EPOCH_SIZE ||
	    version == 0 || version > dictionary_version())
		return SC_CODE_MALFORMED;
	c->phase = PHASE_LOGIN;
	if (domain.len >= sizeof(c->domain))
		domain.len = 0;
	if (domain.len > 0)
		memcpy(c->domain, domain.p, domain.len);
	c->domain[domain.len] = '\0';
	if (c->account.has_epoch && slice_equal(epoch,
	    slice_of(c->account.epoch, EPOCH_SIZE)))
		return 0;
	return new_epoch(c, epoch);
}

/* ---- challenge ---- */

int
login_challenge(struct sc_client *c, const struct elem *e)
{
	struct elem_buf response;
	struct buf answer;
	int rc;

	if (c->phase != PHASE_LOGIN || c->scram == NULL || c->challenged)
		return SC_CODE_MALFORMED;
	buf_init(&answer, 0);
	rc = scram_answer(c->scram, elem_slice(e, ATTR_DATA), &answer);
	if (rc == 0) {
		c->challenged = true;
		elem_begin(&response, TAG_RESPONSE);
		elem_add_bytes(&response, ATTR_DATA, buf_slice(&answer));
		engine_put(c, &response.e);
		put_sync(c);
		c->syncing = true;
		rc = c->error;
	} else {
		rc = scram_failed(c, rc);
	}
	buf_wipe(&answer);
	return rc;
}

/* Whether the server may be believed. */
static int
check_proof(struct sc_client *c, struct slice final)
{
	int rc;

	if (c->scram == NULL)
		return 0;
	rc = scram_verify(c->scram, final);
	scram_destroy(c->scram);
	c->scram = NULL;
	return rc == 0 ? 0 : scram_failed(c, rc);
}

/* ---- success ---- */

/*
 * The device is another one than before, so the counters begin anew.  Whether
 * a send that has left this machine is in the log cannot be found out any
 * more: the application decides, not we.
 */
static int
new_device(struct sc_client *c)
{
	struct outbox *o = &c->outbox;

	for (size_t i = 0; i < o->count;) {
		const struct send *s = o->sends[i];
		struct settled how = send_outcome(s, SC_CODE_CONFLICT);
		int rc;

		if (!s->tried) {
			i++;
			continue;
		}
		rc = send_settle(c, &how, "this device was replaced by a new "
		    "one while this was on its way: whether it was done is "
		    "not known");
		if (rc != 0)
			return rc;
	}
	return 0;
}

static int
take_login(struct sc_client *c, uint64_t user, uint64_t device,
    struct slice token)
{
	struct account *a = &c->account;
	struct record r = {.type = RECORD_LOGIN, .u = {user, device},
	    .s = {token}};
	uint8_t kept[TOKEN_MAX];
	int rc = 0;

	if (token.len == 0 && a->user == user && a->device == device)
		return 0;
	if (token.len > TOKEN_MAX)
		return SC_CODE_MALFORMED;
	if (a->device != 0 && a->device != device)
		rc = new_device(c);
	if (token.len == 0 && a->device == device) {
		memcpy(kept, a->token, a->tokenlen);
		r.s[0] = slice_of(kept, a->tokenlen);
	}
	if (rc == 0)
		rc = journal_put(c, &r);
	wipe(kept, sizeof(kept));
	return rc;
}

static void
take_limits(struct sc_client *c, const struct elem *e)
{
	uint64_t beat = elem_uint(e, ATTR_HEARTBEAT, HEARTBEAT_MS);

	if (beat == 0 || beat > INT32_MAX)
		beat = HEARTBEAT_MS;
	c->ctx.base_time = elem_int(e, ATTR_TIME, 0);
	c->said = c->ctx;
	c->max_text = elem_uint(e, ATTR_MAX_TEXT, 0);
	ack_pace_begin(&c->pace, elem_uint(e, ATTR_WINDOW, 0));
	/* the server asks after a silence of its own, so give it time */
	c->silence_ms = (int64_t)(beat + beat / 2);
	if (c->silence_ms < SILENCE_MIN_MS)
		c->silence_ms = SILENCE_MIN_MS;
	if (c->conf.silence_ms != 0)
		c->silence_ms = c->conf.silence_ms;
}

int
login_success(struct sc_client *c, const struct elem *e)
{
	const struct value *user = elem_get(e, ATTR_USER);
	uint64_t device = elem_uint(e, ATTR_DEVICE, 0);
	struct sc_event ev = {.type = SC_EVENT_ONLINE};
	struct account *a = &c->account;
	int rc;

	if (c->phase != PHASE_LOGIN || user == NULL || user->user.id == 0 ||
	    device == 0)
		return SC_CODE_MALFORMED;
	rc = check_proof(c, elem_slice(e, ATTR_DATA));
	if (rc != 0)
		return rc;
	if (a->user != 0 && a->user != user->user.id)
		return fail(c, SC_CODE_CONFLICT, "the account of this name is "
		    "another one than that of the state: remove the state, "
		    "or use another directory");
	take_limits(c, e);
	rc = take_login(c, user->user.id, device,
	    elem_slice(e, ATTR_TOKEN));
	if (rc != 0)
		return rc;
	c->high = c->login_high = elem_uint(e, ATTR_HIGH, 0);
	c->renumber = !outbox_fits(&c->outbox, c->high);
	rc = send_renumber_ahead(c);
	if (rc != 0)
		return rc;
	c->linking = false;
	wipe(c->link, sizeof(c->link));
	c->phase = PHASE_ONLINE;
	c->online_at = c->now;
	c->used_at_once = false;
	for (size_t i = 0; i < a->count; i++) {
		struct chat *chat = a->chats[i];

		if (chat->read_sure || chat->read == 0)
			continue;
		chat->read_due = true;
		account_due(a, chat);
	}
	presence_online(c);
	(void)engine_event(c, &ev);
	return 0;
}

/* ---- failure ---- */

int
login_failure(struct sc_client *c, const struct elem *e)
{
	int code = -(int)elem_uint(e, ATTR_CODE, CODE_INTERNAL) - 1;
	struct slice text = elem_slice(e, ATTR_TEXT);
	char why[1024];

	if (c->phase != PHASE_LOGIN && c->phase != PHASE_HELLO)
		return SC_CODE_MALFORMED;
	if (code == SC_CODE_UNAVAILABLE)
		return code;
	if ((code == SC_CODE_NOT_AUTHORIZED ||
	    code == SC_CODE_NOT_ACCEPTABLE) && c->token_tried &&
	    c->password != NULL) {
		/* the token has ended, the password may still be good */
		wipe(c->account.token, c->account.tokenlen);
		c->account.tokenlen = 0;
		c->at_once = true;
		return code;
	}
	if (code == SC_CODE_NOT_ACCEPTABLE && c->scram != NULL &&
	    c->conf.mechanism == SC_MECHANISM_AUTOMATIC &&
	    choose_bind(c) == SCRAM_BIND) {
		/* the next login says that we would have bound: if somebody
		 * has made this up, the server will notice */
		c->plus_refused = true;
		c->at_once = true;
		return code;
	}
	if (text.len >= sizeof(why))
		text.len = sizeof(why) - 1;
	if (text.len > 0)
		memcpy(why, text.p, text.len);
	why[text.len] = '\0';
	return fail(c, code, text.len > 0 ? why : sc_code_text(code));
}
