/* SPDX-License-Identifier: ISC */
#include "src/bench/xmpp.h"

#include <expat.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOGIN_MAX = 1024 };

/* ---- writing ---- */

static void
put_escaped(struct bytes *b, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t plain = 0;

		while (i + plain < n && strchr("<>&'\"", p[i + plain]) == NULL)
			plain++;
		bytes_put(b, p + i, plain);
		i += plain;
		if (i < n)
			bytes_put_text(b, p[i] == '<' ? "&lt;" :
			    p[i] == '>' ? "&gt;" : p[i] == '&' ? "&amp;" :
			    p[i] == '\'' ? "&apos;" : "&quot;");
	}
}

/* BEFORE VALUE AFTER; only the value is escaped. */
static void
put_value(struct bytes *b, const char *before, const char *value,
    const char *after)
{
	bytes_put_text(b, before);
	put_escaped(b, value, strlen(value));
	bytes_put_text(b, after);
}

void
xmpp_put_stream(struct bytes *b, const char *domain)
{
	put_value(b, "<?xml version='1.0'?><stream:stream to='", domain,
	    "' version='1.0' xmlns='jabber:client' "
	    "xmlns:stream='http://etherx.jabber.org/streams'>");
}

void
xmpp_put_plain(struct bytes *b, const char *user, const char *password)
{
	char login[LOGIN_MAX];
	unsigned char text[LOGIN_MAX * 4 / 3 + 4];
	int n = snprintf(login, sizeof(login), "%c%s%c%s", '\0', user, '\0',
	    password);

	if (n >= (int)sizeof(login))
		n = sizeof(login) - 1;	/* the server will refuse it */
	(void)EVP_EncodeBlock(text, (unsigned char *)login, n);
	put_value(b, "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' "
	    "mechanism='PLAIN'>", (char *)text, "</auth>");
	explicit_bzero(login, sizeof(login));
	explicit_bzero(text, sizeof(text));
}

void
xmpp_put_bind(struct bytes *b, const char *resource)
{
	put_value(b, "<iq type='set' id='bind'><bind "
	    "xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>", resource,
	    "</resource></bind></iq>");
}

void
xmpp_put_enable(struct bytes *b)
{
	bytes_put_text(b, "<enable xmlns='urn:xmpp:sm:3'/>");
}

void
xmpp_put_presence(struct bytes *b)
{
	bytes_put_text(b, "<presence/>");
}

void
xmpp_put_ping(struct bytes *b, const char *domain)
{
	put_value(b, "<iq type='get' id='ping' to='", domain,
	    "'><ping xmlns='urn:xmpp:ping'/></iq>");
}

void
xmpp_put_message(struct bytes *b, const char *user, const char *domain,
    const char *id, bool request, const char *text, size_t len)
{
	put_value(b, "<message type='chat' to='", user, "@");
	put_value(b, "", domain, "' id='");
	put_value(b, "", id, "'><body>");
	put_escaped(b, text, len);
	bytes_put_text(b, request ?
	    "</body><request xmlns='urn:xmpp:receipts'/></message>" :
	    "</body></message>");
}

static void
put_room(struct bytes *b, const char *before, const char *room,
    const char *domain)
{
	put_value(b, before, room, "@" XMPP_ROOMS);
	put_value(b, "", domain, "");
}

void
xmpp_put_join(struct bytes *b, const char *room, const char *domain,
    const char *nick)
{
	put_room(b, "<presence to='", room, domain);
	put_value(b, "/", nick, "'><x xmlns='http://jabber.org/protocol/muc'>"
	    "<history maxstanzas='0'/></x></presence>");
}

void
xmpp_put_groupchat(struct bytes *b, const char *room, const char *domain,
    const char *id, const char *text, size_t len)
{
	put_room(b, "<message type='groupchat' to='", room, domain);
	put_value(b, "' id='", id, "'><body>");
	put_escaped(b, text, len);
	bytes_put_text(b, "</body></message>");
}

void
xmpp_put_receipt(struct bytes *b, const char *to, const char *id)
{
	put_value(b, "<message to='", to, "'>");
	put_value(b, "<received xmlns='urn:xmpp:receipts' id='", id,
	    "'/></message>");
}

void
xmpp_put_displayed(struct bytes *b, const char *to, const char *id)
{
	put_value(b, "<message to='", to, "'>");
	put_value(b, "<displayed xmlns='urn:xmpp:chat-markers:0' id='", id,
	    "'/></message>");
}

void
xmpp_put_composing(struct bytes *b, const char *user, const char *domain)
{
	put_value(b, "<message type='chat' to='", user, "@");
	put_value(b, "", domain, "'><composing "
	    "xmlns='http://jabber.org/protocol/chatstates'/></message>");
}

void
xmpp_put_request(struct bytes *b)
{
	bytes_put_text(b, "<r xmlns='urn:xmpp:sm:3'/>");
}

void
xmpp_put_answer(struct bytes *b, uint32_t h)
{
	char text[64];

	snprintf(text, sizeof(text), "<a xmlns='urn:xmpp:sm:3' h='%" PRIu32
	    "'/>", h);
	bytes_put_text(b, text);
}

/* ---- reading ---- */

struct xmpp_reader {
	XML_Parser parser;
	xmpp_stanza_fn *done;
	void *arg;
	unsigned depth;		/* 1: in the stream, 2: in a stanza */
	bool in_body, in_mechanism, restart;
	char mechanism[XMPP_NAME];
	struct xmpp_stanza stanza;
};

static void
copy(char *out, size_t size, const char *value)
{
	snprintf(out, size, "%s", value);
}

static void
begin_stanza(struct xmpp_reader *r, const char *name, const char **attributes)
{
	struct xmpp_stanza *s = &r->stanza;
	struct bytes body = s->body;

	memset(s, 0, sizeof(*s));
	s->body = body;
	s->body.n = 0;
	copy(s->name, sizeof(s->name), name);
	for (; *attributes != NULL; attributes += 2) {
		const char *value = attributes[1];

		if (strcmp(*attributes, "type") == 0)
			copy(s->type, sizeof(s->type), value);
		else if (strcmp(*attributes, "id") == 0)
			copy(s->id, sizeof(s->id), value);
		else if (strcmp(*attributes, "from") == 0)
			copy(s->from, sizeof(s->from), value);
		else if (strcmp(*attributes, "h") == 0)
			s->h = (uint32_t)strtoul(value, NULL, 10);
	}
}

static void
copy_id(char out[XMPP_NAME], const char **attributes)
{
	for (; *attributes != NULL; attributes += 2)
		if (strcmp(*attributes, "id") == 0)
			copy(out, XMPP_NAME, attributes[1]);
}

static void
begin_inside(struct xmpp_reader *r, const char *name, const char **attributes)
{
	struct xmpp_stanza *s = &r->stanza;

	if (s->child[0] == '\0')
		copy(s->child, sizeof(s->child), name);
	r->in_mechanism = strcmp(name, "mechanism") == 0;
	r->mechanism[0] = '\0';
	r->in_body = r->depth == 2 && strcmp(name, "body") == 0;
	if (strcmp(name, "sm") == 0)
		s->manage = true;
	else if (strcmp(name, "request") == 0)
		s->request = true;
	else if (strcmp(name, "received") == 0)
		copy_id(s->received, attributes);
	else if (strcmp(name, "composing") == 0)
		s->composing = true;
	else if (strcmp(name, "displayed") == 0)
		copy_id(s->displayed, attributes);
}

static void
on_begin(void *arg, const char *name, const char **attributes)
{
	struct xmpp_reader *r = arg;

	if (r->depth == 1)
		begin_stanza(r, name, attributes);
	else if (r->depth > 1)
		begin_inside(r, name, attributes);
	r->depth++;
}

static void
on_end(void *arg, const char *name)
{
	struct xmpp_reader *r = arg;

	(void)name;
	if (r->in_mechanism && strcmp(r->mechanism, "PLAIN") == 0)
		r->stanza.plain = true;
	r->in_body = r->in_mechanism = false;
	if (--r->depth == 1)
		r->done(r->arg, &r->stanza);
}

static void
on_text(void *arg, const char *p, int n)
{
	struct xmpp_reader *r = arg;
	size_t have = strlen(r->mechanism);

	if (r->in_body)
		bytes_put(&r->stanza.body, p, (size_t)n);
	else if (r->in_mechanism && have + (size_t)n < sizeof(r->mechanism)) {
		memcpy(r->mechanism + have, p, (size_t)n);
		r->mechanism[have + (size_t)n] = '\0';
	}
}

static void
prepare(struct xmpp_reader *r)
{
	XML_SetUserData(r->parser, r);
	XML_SetElementHandler(r->parser, on_begin, on_end);
	XML_SetCharacterDataHandler(r->parser, on_text);
	r->depth = 0;
	r->in_body = r->in_mechanism = r->restart = false;
}

struct xmpp_reader *
xmpp_reader_create(xmpp_stanza_fn *done, void *arg)
{
	struct xmpp_reader *r = calloc(1, sizeof(*r));

	if (r != NULL)
		r->parser = XML_ParserCreate("UTF-8");
	if (r == NULL || r->parser == NULL)
		abort();
	r->done = done;
	r->arg = arg;
	prepare(r);
	return r;
}

void
xmpp_reader_destroy(struct xmpp_reader *r)
{
	if (r == NULL)
		return;
	XML_ParserFree(r->parser);
	bytes_free(&r->stanza.body);
	free(r);
}

void
xmpp_reader_restart(struct xmpp_reader *r)
{
	r->restart = true;	/* the parser may be at work */
}

int
xmpp_reader_feed(struct xmpp_reader *r, const void *p, size_t n)
{
	if (r->restart) {
		(void)XML_ParserReset(r->parser, "UTF-8");
		prepare(r);
	}
	return XML_Parse(r->parser, p, (int)n, 0) == XML_STATUS_OK ? 0 : -1;
}
