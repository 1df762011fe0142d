/* SPDX-License-Identifier: ISC */
/* The clients of server_kit.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/base64url.h"
#include "protocol/frame.h"
#include "src/chat/device.h"
#include "src/common/err.h"
#include "tests/unit/server_kit.h"

void
kit_connect(struct kit *k, struct kit_conn *c)
{
	memset(c, 0, offsetof(struct kit_conn, text));
	c->text[0] = '\0';
	c->kit = k;
	buf_init(&c->in, 0);
	c->session = worker_accept(k->worker,
	    server_session_id(k->server), c, "test");
	sc_assert(c->session != NULL);
}

void
kit_disconnect(struct kit_conn *c)
{
	size_t unsent = c->kit == NULL ? 0 : c->kit->unsent;

	if (c->session != NULL)
		c->kit->unsent = unsent + 1;
	kit_die(c);
	if (c->kit != NULL)
		c->kit->unsent = unsent;
}

void
kit_die(struct kit_conn *c)
{
	if (c->session != NULL)
		worker_closed(c->session, false);
	c->session = NULL;
	c->closed = true;
	buf_fini(&c->in);
}

void
kit_send(struct kit_conn *c, const char *xml)
{
	struct arena arena;
	struct buf out;
	char why[256];
	const char *end = xml + strlen(xml);

	arena_init(&arena, 0);
	buf_init(&out, 0);
	while (xml < end) {
		const char *stop = strchr(xml, '\n');
		struct elem e;

		if (stop == NULL)
			stop = end;
		if (xmltext_parse(NULL, slice_of(xml, (size_t)(stop - xml)),
			&arena, &e, why, sizeof(why)) != 0) {
			fprintf(stderr, "kit_send: %s: %s\n", xml, why);
			abort();
		}
		sc_assert(stanza_put(&c->said, &e, &out) == 0);
		xml = stop < end ? stop + 1 : end;
	}
	if (c->session != NULL)
		(void)worker_input(c->session, buf_slice(&out));
	kit_run(c->kit);
	buf_fini(&out);
	arena_fini(&arena);
}

/* Both ends change the base alike: what the client says keeps that of the
 * login. */
static void
follow_base(struct kit_conn *c, const struct elem *e)
{
	if (e->tag == TAG_SUCCESS || e->tag == TAG_BASE)
		c->ctx.base_time = elem_int(e, ATTR_TIME, 0);
	if (e->tag == TAG_SUCCESS)
		c->said = c->ctx;
}

const char *
kit_received(struct kit_conn *c)
{
	struct arena arena;
	struct buf text, inflated;

	arena_init(&arena, 0);
	buf_init(&text, sizeof(c->text) - 1);
	buf_init(&inflated, FRAME_INFLATED_MAX);
	while (c->in.len > 0) {
		struct slice in = buf_slice(&c->in);
		struct slice body;
		struct frame f;
		struct elem e;

		sc_assert(frame_next(&in, 65536, &f) == 0);
		body = f.body;
		if (f.deflated)
			sc_assert(frame_inflate(c->kit->deflate, &f, &inflated,
				      &body) == 0);
		sc_assert(stanza_decode(&c->ctx, body, &arena, &e) == 0);
		follow_base(c, &e);
		sc_assert(xmltext_print(c->kit->deflate, &e, &text) == 0);
		buf_put_u8(&text, '\n');
		buf_consume(&c->in, c->in.len - in.len);
	}
	if (text.len > 0)
		memcpy(c->text, text.p + text.off, text.len);
	c->text[text.len] = '\0';
	buf_fini(&text);
	buf_fini(&inflated);
	arena_fini(&arena);
	return c->text;
}

static void
print_base64(const uint8_t *p, size_t n, char *out)
{
	struct buf text;

	buf_init(&text, 0);
	base64url_put(&text, slice_of(p, n));
	memcpy(out, text.p + text.off, text.len);
	out[text.len] = '\0';
	buf_fini(&text);
}

void
kit_hello(struct kit_conn *c)
{
	char xml[256], text[32];
	uint8_t hash[8];
	uint64_t h = dictionary_hash(dictionary_version());

	for (int i = 7; i >= 0; i--, h >>= 8)
		hash[i] = (uint8_t)h;
	print_base64(hash, sizeof(hash), text);
	(void)snprintf(xml, sizeof(xml),
	    "<hello version=\"%u\" hash=\"%s\"/>", dictionary_version(),
	    text);
	kit_send(c, xml);
}

void
kit_auth(struct kit_conn *c, const char *user, uint32_t device,
    const uint8_t *token)
{
	char xml[512], text[128];

	print_base64(token, DEVICE_TOKEN_SIZE, text);
	(void)snprintf(xml, sizeof(xml),
	    "<auth mechanism=\"token\" user=\"%s\" device=\"%u\" data=\"%s\"/>",
	    user, (unsigned)device, text);
	kit_send(c, xml);
}

void
kit_login(struct kit_conn *c, const char *user, uint32_t device,
    const uint8_t *token)
{
	kit_hello(c);
	kit_auth(c, user, device, token);
	kit_send(c, "<sync account=\"0\" stamp=\"0\" sum=\"AAAAAAAAAAA\"/>");
	(void)kit_received(c);
}

void
kit_enter(struct kit *k, struct kit_conn *c, const char *user,
    uint32_t device, const uint8_t *token)
{
	kit_connect(k, c);
	kit_login(c, user, device, token);
}

uint64_t
kit_arrive(struct kit *k, struct kit_conn *c, const char *user,
    uint8_t *token)
{
	uint8_t own[DEVICE_TOKEN_SIZE];
	uint64_t id = kit_user(k, user);

	kit_token(k, id, "phone", own);
	kit_enter(k, c, user, 1, own);
	if (token != NULL)
		memcpy(token, own, sizeof(own));
	return id;
}
