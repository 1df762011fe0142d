/* SPDX-License-Identifier: ISC */
#include "tests/scenario/wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "protocol/frame.h"
#include "protocol/xmltext.h"
#include "src/common/alloc.h"
#include "src/common/err.h"
#include "tests/scenario/host.h"
#include "tests/scenario/person.h"
#include "tests/scenario/stage.h"

enum { READ_SIZE = 16384 };

/* ---- opening and closing ---- */

struct wire *
wire_find(struct stage *s, const char *name)
{
	struct wire *w = s->wires;

	while (w != NULL && strcmp(w->name, name) != 0)
		w = w->next;
	return w;
}

/* The context may go before the connection: that keeps a reference. */
static SSL *
make_tls(int fd)
{
	static const unsigned char alpn[] = "\x0bstonechat/1";
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	SSL *ssl = NULL;

	if (ctx != NULL && SSL_CTX_set_alpn_protos(ctx, alpn,
	    sizeof(alpn) - 1) == 0)
		ssl = SSL_new(ctx);
	SSL_CTX_free(ctx);
	if (ssl == NULL)
		return NULL;
	SSL_set_mode(ssl, SSL_MODE_ENABLE_PARTIAL_WRITE |
	    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	if (SSL_set_fd(ssl, fd) != 1) {
		SSL_free(ssl);
		return NULL;
	}
	SSL_set_connect_state(ssl);
	return ssl;
}

static int
connect_socket(const struct host *h)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
	    .sin_port = htons(host_port(h))};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    0);

	if (fd >= 0 && inet_pton(AF_INET, host_address(h),
	    &to.sin_addr) == 1 && (connect(fd, (struct sockaddr *)&to,
	    sizeof(to)) == 0 || errno == EINPROGRESS))
		return fd;
	if (fd >= 0)
		(void)close(fd);
	return -1;
}

struct wire *
wire_open(struct stage *s, const char *name, bool tls)
{
	struct wire *w;
	int fd;

	if (wire_find(s, name) != NULL || person_find(s, name) != NULL ||
	    strlen(name) >= sizeof(w->name)) {
		(void)stage_fail(s, "%s is somebody already", name);
		return NULL;
	}
	fd = connect_socket(s->host);
	if (fd < 0) {
		(void)stage_fail(s, "no connection: %s", strerror(errno));
		return NULL;
	}
	w = xcalloc(1, sizeof(*w));
	w->stage = s;
	w->fd = fd;
	w->phase = tls ? WIRE_HANDSHAKE : WIRE_UP;
	w->ssl = tls ? make_tls(fd) : NULL;
	w->blocked = true;	/* until it is connected */
	(void)snprintf(w->name, sizeof(w->name), "%s", name);
	buf_init(&w->in, 0);
	buf_init(&w->out, 0);
	buf_init(&w->payload, 0);
	w->next = s->wires;
	s->wires = w;
	return w;
}

void
wire_close(struct wire *w)
{
	struct wire **link = &w->stage->wires;

	while (*link != w)
		link = &(*link)->next;
	*link = w->next;
	SSL_free(w->ssl);
	if (w->fd >= 0)
		(void)close(w->fd);
	for (size_t i = 0; i < w->nheard; i++) {
		arena_fini(&w->heard[i]->arena);
		free(w->heard[i]);
	}
	free(w->heard);
	buf_fini(&w->in);
	buf_fini(&w->out);
	buf_fini(&w->payload);
	free(w);
}

void
wires_fini(struct stage *s)
{
	while (s->wires != NULL)
		wire_close(s->wires);
}

/* ---- what it says ---- */

static void
note_stanza(struct wire *w, const char *arrow, const struct elem *e)
{
	struct buf text;

	buf_init(&text, 0);
	if (xmltext_print(w->stage->deflate, e, &text) != 0)
		buf_printf(&text, "<%s ...>", tag_name(e->tag));
	stage_note(w->stage, w->name, "%s %.*s", arrow, (int)text.len,
	    (const char *)text.p + text.off);
	buf_fini(&text);
}

int
wire_bytes(struct wire *w, struct slice bytes)
{
	buf_put_slice(&w->out, bytes);
	return 0;
}

int
wire_say(struct wire *w, const char *xml, bool deflate)
{
	struct arena arena;
	struct elem e;
	char why[300];
	int rc;

	arena_init(&arena, 0);
	rc = xmltext_parse(deflate ? w->stage->deflate : NULL,
	    slice_str(xml), &arena, &e, why, sizeof(why));
	if (rc != 0) {
		rc = stage_fail(w->stage, "%s", why);
	} else if (stanza_put(&w->said, &e, &w->out) != 0) {
		rc = stage_fail(w->stage, "that is no stanza");
	} else {
		if (!w->quiet)
			note_stanza(w, "says", &e);
		if (e.content == CONTENT_PAYLOAD) {
			buf_clear(&w->payload);
			buf_put_slice(&w->payload, e.text);
		}
	}
	arena_fini(&arena);
	return rc;
}

/* ---- what it hears ---- */

struct heard *
wire_next(struct wire *w)
{
	while (w->next_heard < w->nheard && w->heard[w->next_heard]->taken)
		w->next_heard++;
	return w->next_heard < w->nheard ? w->heard[w->next_heard] : NULL;
}

void
wire_take(struct wire *w, struct heard *h)
{
	h->taken = true;
	w->last = h;
}

/* Times are relative to what these say; those that leave, to the login. */
static void
follow_base(struct wire *w, const struct elem *e)
{
	if (e->tag == TAG_SUCCESS || e->tag == TAG_BASE)
		w->ctx.base_time = elem_int(e, ATTR_TIME, 0);
	if (e->tag == TAG_SUCCESS)
		w->said = w->ctx;
}

static int
hear_frame(struct wire *w, const struct frame *f)
{
	struct heard *h = xcalloc(1, sizeof(*h));
	struct slice body = f->body;
	struct buf inflated;
	int rc = 0;

	buf_init(&inflated, 0);
	arena_init(&h->arena, 0);
	if (f->deflated)
		rc = frame_inflate(w->stage->deflate, f, &inflated, &body);
	if (rc == 0) {
		body = arena_copy(&h->arena, body);
		rc = stanza_decode(&w->ctx, body, &h->arena, &h->e);
	}
	buf_fini(&inflated);
	w->heard = xrealloc(w->heard, w->nheard + 1, sizeof(struct heard *));
	w->heard[w->nheard++] = h;
	if (rc != 0)
		return stage_fail(w->stage, "%s has got a malformed stanza",
		    w->name);
	h->taken = h->e.tag == TAG_BASE;
	note_stanza(w, "gets", &h->e);
	follow_base(w, &h->e);
	return 0;
}

static void
hear(struct wire *w)
{
	struct slice in = buf_slice(&w->in);
	struct frame f;
	int rc;

	while ((rc = frame_next(&in, FRAME_MAX, &f)) == 0)
		if (f.body.len > 0 && hear_frame(w, &f) != 0)
			break;
	if (rc != 0 && rc != SC_EMORE)
		(void)stage_fail(w->stage, "%s has got a malformed frame",
		    w->name);
	buf_consume(&w->in, w->in.len - in.len);
}

/* ---- moving bytes ---- */

/* Nobody is kept waiting for our end of it. */
static void
end(struct wire *w, const char *how)
{
	stage_note(w->stage, w->name, "%s", how);
	w->phase = WIRE_CLOSED;
	SSL_free(w->ssl);
	w->ssl = NULL;
	(void)close(w->fd);
	w->fd = -1;
}

/* RC is not positive; what does it mean? */
static void
after_tls(struct wire *w, int rc)
{
	int code = SSL_get_error(w->ssl, rc);

	if (code == SSL_ERROR_WANT_WRITE)
		w->blocked = true;
	else if (code == SSL_ERROR_ZERO_RETURN)
		end(w, "connection closed");
	else if (code != SSL_ERROR_WANT_READ)
		end(w, "connection lost");
}

static void
step_handshake(struct wire *w)
{
	int rc;

	ERR_clear_error();
	rc = SSL_do_handshake(w->ssl);
	if (rc != 1) {
		after_tls(w, rc);
		return;
	}
	w->phase = WIRE_UP;
}

/* As SSL_write and SSL_read, with errors dealt with. */
static int
put_some(struct wire *w, struct slice s)
{
	int n = s.len > READ_SIZE ? READ_SIZE : (int)s.len;
	ssize_t rc;

	if (w->ssl != NULL) {
		ERR_clear_error();
		rc = SSL_write(w->ssl, s.p, n);
		if (rc <= 0)
			after_tls(w, (int)rc);
		return (int)rc;
	}
	rc = send(w->fd, s.p, (size_t)n, MSG_NOSIGNAL);
	if (rc < 0 && (errno == EAGAIN || errno == ENOTCONN))
		w->blocked = true;
	else if (rc < 0)
		end(w, "connection lost");
	return (int)rc;
}

static int
get_some(struct wire *w, uint8_t *p, size_t size)
{
	ssize_t rc;

	if (w->ssl != NULL) {
		ERR_clear_error();
		rc = SSL_read(w->ssl, p, (int)size);
		if (rc <= 0)
			after_tls(w, (int)rc);
		return (int)rc;
	}
	rc = recv(w->fd, p, size, 0);
	if (rc == 0 || (rc < 0 && errno != EAGAIN && errno != ENOTCONN))
		end(w, "connection closed");
	return (int)rc;
}

static void
move_out(struct wire *w)
{
	while (w->phase == WIRE_UP && !w->blocked && w->out.len > 0) {
		int n = put_some(w, buf_slice(&w->out));

		if (n <= 0)
			return;
		buf_consume(&w->out, (size_t)n);
	}
}

static void
move_in(struct wire *w)
{
	uint8_t bytes[READ_SIZE];
	int n;

	while (w->phase == WIRE_UP &&
	    (n = get_some(w, bytes, sizeof(bytes))) > 0) {
		buf_put(&w->in, bytes, (size_t)n);
		hear(w);
	}
}

void
wires_poll(struct stage *s, struct polls *polls)
{
	for (struct wire *w = s->wires; w != NULL; w = w->next) {
		short events = w->deaf ? 0 : POLLIN;

		w->at = -1;
		if (w->phase == WIRE_CLOSED)
			continue;
		if (w->blocked || (w->phase == WIRE_UP && w->out.len > 0))
			events |= POLLOUT;
		w->at = polls_add(polls, w->fd, events);
	}
}

void
wires_step(struct stage *s, const struct polls *polls)
{
	for (struct wire *w = s->wires; w != NULL; w = w->next) {
		short got = polls_got(polls, w->at);

		if (w->phase == WIRE_CLOSED || got == 0)
			continue;
		if ((got & (POLLOUT | POLLHUP | POLLERR)) != 0)
			w->blocked = false;
		if (w->phase == WIRE_HANDSHAKE)
			step_handshake(w);
		/* first: what the server has said before it went away */
		if (!w->deaf)
			move_in(w);
		else if ((got & (POLLHUP | POLLERR)) != 0)
			end(w, "connection lost");
		move_out(w);
	}
}
