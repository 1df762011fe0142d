/* SPDX-License-Identifier: ISC */
/*
 * The least that a server of TLS does: one recv for each descriptor that is
 * ready, one SSL_write and one send for each connection that got something in
 * a turn.  Records go through memory that all connections share.
 */
#include "tests/bench/limit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/bench/bytes.h"

enum { READ_SIZE = 65536, PLAIN_SIZE = 16384, EVENTS = 256, BACKLOG = 4096 };

struct server;

struct conn {
	struct server *server;
	struct conn *next_dirty;
	bool dirty, established;
	int fd;
	uint64_t index;		/* UINT64_MAX: not known yet */
	SSL *ssl;
	struct bytes in;	/* a part of a frame */
	struct bytes out;	/* not encrypted */
	struct bytes left;	/* encrypted, the socket was full */
};

struct server {
	int epoll, listener;
	SSL_CTX *tls;
	BIO_METHOD *method;
	struct conn **conns;	/* by index */
	uint64_t connections, members;
	struct conn *dirty;
	const uint8_t *received;	/* what TLS may read now */
	size_t received_len;
	struct bytes cipher;		/* what TLS has written */
	uint8_t buffer[READ_SIZE], plain[PLAIN_SIZE];
};

/* ---- TLS ---- */

static int
bio_read(BIO *b, char *out, int size)
{
	struct server *s = ((struct conn *)BIO_get_data(b))->server;
	size_t n = s->received_len < (size_t)size ? s->received_len :
	    (size_t)size;

	BIO_clear_retry_flags(b);
	if (n == 0) {
		BIO_set_retry_read(b);
		return -1;
	}
	memcpy(out, s->received, n);
	s->received += n;
	s->received_len -= n;
	return (int)n;
}

static int
bio_write(BIO *b, const char *p, int n)
{
	struct server *s = ((struct conn *)BIO_get_data(b))->server;

	bytes_put(&s->cipher, p, (size_t)n);
	return n;
}

static long
bio_ctrl(BIO *b, int what, long n, void *p)
{
	(void)b;
	(void)n;
	(void)p;
	return what == BIO_CTRL_FLUSH;
}

static X509 *
make_certificate(EVP_PKEY *key)
{
	X509 *x = X509_new();
	X509_NAME *name = X509_get_subject_name(x);

	if (ASN1_INTEGER_set(X509_get_serialNumber(x), 1) != 1 ||
	    X509_gmtime_adj(X509_getm_notBefore(x), -3600) == NULL ||
	    X509_gmtime_adj(X509_getm_notAfter(x), 86400) == NULL ||
	    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
	    (const unsigned char *)"limit", -1, -1, 0) != 1 ||
	    X509_set_issuer_name(x, name) != 1 ||
	    X509_set_pubkey(x, key) != 1 ||
	    X509_sign(x, key, EVP_sha256()) <= 0)
		limit_die("no certificate can be made");
	return x;
}

static void
make_tls(struct server *s)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x = make_certificate(key);
	char groups[] = "X25519";	/* the macro below wants no const */

	s->tls = SSL_CTX_new(TLS_server_method());
	if (s->tls == NULL || SSL_CTX_use_certificate(s->tls, x) != 1 ||
	    SSL_CTX_use_PrivateKey(s->tls, key) != 1 ||
	    SSL_CTX_set_min_proto_version(s->tls, TLS1_3_VERSION) != 1 ||
	    SSL_CTX_set1_groups_list(s->tls, groups) != 1 ||
	    SSL_CTX_set_ciphersuites(s->tls, "TLS_AES_128_GCM_SHA256") != 1 ||
	    SSL_CTX_set_session_id_context(s->tls,
	    (const unsigned char *)"limit", 5) != 1)
		limit_die("TLS cannot be set up");
	SSL_CTX_set_mode(s->tls, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_session_cache_mode(s->tls, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_num_tickets(s->tls, 1);
	X509_free(x);
	EVP_PKEY_free(key);
	s->method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "limit");
	BIO_meth_set_read(s->method, bio_read);
	BIO_meth_set_write(s->method, bio_write);
	BIO_meth_set_ctrl(s->method, bio_ctrl);
}

/* ---- connections ---- */

static void
wait_for(struct conn *c, bool write, int op)
{
	struct epoll_event e = {.data.ptr = c,
	    .events = EPOLLIN | (write ? EPOLLOUT : 0u)};

	if (epoll_ctl(c->server->epoll, op, c->fd, &e) != 0)
		limit_die("epoll");
}

static void
conn_accept(struct server *s)
{
	const int on = 1;
	int fd = accept4(s->listener, NULL, NULL, SOCK_NONBLOCK);
	struct conn *c;
	BIO *b;

	if (fd < 0)
		return;
	c = calloc(1, sizeof(*c));
	b = BIO_new(s->method);
	if (c == NULL || b == NULL)
		limit_die("out of memory");
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	c->server = s;
	c->fd = fd;
	c->index = UINT64_MAX;
	BIO_set_data(b, c);
	BIO_set_init(b, 1);
	c->ssl = SSL_new(s->tls);
	SSL_set_bio(c->ssl, b, b);
	SSL_set_accept_state(c->ssl);
	wait_for(c, false, EPOLL_CTL_ADD);
}

static void
conn_close(struct conn *c)
{
	struct conn **p = &c->server->dirty;

	while (c->dirty && *p != c)
		p = &(*p)->next_dirty;
	if (c->dirty)
		*p = c->next_dirty;
	if (c->index != UINT64_MAX)
		c->server->conns[c->index] = NULL;
	SSL_set_shutdown(c->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	SSL_free(c->ssl);
	close(c->fd);
	bytes_free(&c->in);
	bytes_free(&c->out);
	bytes_free(&c->left);
	free(c);
}

static void
put(struct conn *c, const void *p, size_t n)
{
	bytes_put(&c->out, p, n);
	if (c->dirty)
		return;
	c->dirty = true;
	c->next_dirty = c->server->dirty;
	c->server->dirty = c;
}

/* Sends what TLS has written, behind what is left. */
static void
send_cipher(struct conn *c)
{
	struct server *s = c->server;
	bool was_full = c->left.n > 0, full;
	ssize_t n;

	if (was_full) {
		bytes_put(&c->left, s->cipher.p, s->cipher.n);
		s->cipher.n = 0;
		n = send(c->fd, c->left.p, c->left.n, MSG_NOSIGNAL);
		bytes_drop(&c->left, n > 0 ? (size_t)n : 0);
	} else if (s->cipher.n > 0) {
		n = send(c->fd, s->cipher.p, s->cipher.n, MSG_NOSIGNAL);
		if (n < 0)
			n = 0;
		bytes_put(&c->left, s->cipher.p + n, s->cipher.n - (size_t)n);
		s->cipher.n = 0;
	}
	full = c->left.n > 0;
	if (full != was_full)
		wait_for(c, full, EPOLL_CTL_MOD);
}

/* ---- frames ---- */

static void
hello(struct conn *c, const uint8_t *p, size_t n)
{
	uint32_t index;

	if (n != HELLO_SIZE)
		limit_die("a connection does not say which it is");
	memcpy(&index, p + FRAME_HEAD, sizeof(index));
	if (index >= c->server->connections)
		limit_die("a connection too many");
	c->index = index;
	c->server->conns[index] = c;
	put(c, "", 1);
}

static void
on_frame(struct conn *c, const uint8_t *p, size_t n)
{
	const struct server *s = c->server;

	if (c->index == UINT64_MAX) {
		hello(c, p, n);
		return;
	}
	if (c->index % s->members != 0)
		return;
	for (uint64_t i = 1; i < s->members; i++)
		if (s->conns[c->index + i] != NULL)
			put(s->conns[c->index + i], p, n);
}

/* How much was whole frames. */
static size_t
cut_frames(struct conn *c, const uint8_t *p, size_t n)
{
	size_t at = 0;

	while (n - at >= FRAME_HEAD) {
		size_t len = (size_t)p[at] << 8 | p[at + 1];

		if (len < FRAME_HEAD || n - at < len)
			break;
		on_frame(c, p + at, len);
		at += len;
	}
	return at;
}

static void
take(struct conn *c, const uint8_t *p, size_t n)
{
	size_t used;

	if (c->in.n == 0) {
		used = cut_frames(c, p, n);
		bytes_put(&c->in, p + used, n - used);
		return;
	}
	bytes_put(&c->in, p, n);
	bytes_drop(&c->in, cut_frames(c, c->in.p, c->in.n));
}

/* ---- turns ---- */

static void
receive(struct conn *c)
{
	struct server *s = c->server;
	ssize_t n = recv(c->fd, s->buffer, sizeof(s->buffer), 0);
	int got;

	if (n <= 0) {
		if (n == 0 || errno != EAGAIN)
			conn_close(c);
		return;
	}
	s->received = s->buffer;
	s->received_len = (size_t)n;
	if (!c->established && SSL_do_handshake(c->ssl) == 1) {
		c->established = true;
		if (s->members == 0)
			(void)SSL_write(c->ssl, "", 1);
	}
	while (c->established &&
	    (got = SSL_read(c->ssl, s->plain, sizeof(s->plain))) > 0)
		take(c, s->plain, (size_t)got);
	send_cipher(c);
}

static void
flush(struct server *s)
{
	struct conn *c;

	while ((c = s->dirty) != NULL) {
		s->dirty = c->next_dirty;
		c->dirty = false;
		if (SSL_write(c->ssl, c->out.p, (int)c->out.n) <= 0)
			limit_die("TLS does not write");
		c->out.n = 0;
		send_cipher(c);
	}
}

static void __attribute__((noreturn))
serve(struct server *s)
{
	struct epoll_event e[EVENTS], listen = {.events = EPOLLIN};

	s->epoll = epoll_create1(0);
	if (epoll_ctl(s->epoll, EPOLL_CTL_ADD, s->listener, &listen) != 0)
		limit_die("epoll");
	for (;;) {
		int n = epoll_wait(s->epoll, e, EVENTS, -1);

		for (int i = 0; i < n; i++) {
			struct conn *c = e[i].data.ptr;

			if (c == NULL)
				conn_accept(s);
			else if ((e[i].events & ~(uint32_t)EPOLLOUT) != 0)
				receive(c);
			else
				send_cipher(c);
		}
		flush(s);
	}
}

/* ---- life ---- */

static int
listen_somewhere(uint16_t *port)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) != 0 ||
	    listen(fd, BACKLOG) != 0 ||
	    getsockname(fd, (struct sockaddr *)&a, &len) != 0)
		limit_die("cannot listen");
	*port = ntohs(a.sin_port);
	return fd;
}

static void
choose_core(uint64_t core)
{
	cpu_set_t set;

	if (core == 0)
		return;
	CPU_ZERO(&set);
	CPU_SET((size_t)core - 1, &set);
	if (sched_setaffinity(0, sizeof(set), &set) != 0)
		limit_die("--server-core");
}

void
limit_server_start(struct limit_server *l, const struct limits *limits,
    uint64_t connections, uint64_t members)
{
	int listener = listen_somewhere(&l->port);
	struct server *s;

	l->pid = fork();
	if (l->pid < 0)
		limit_die("fork");
	if (l->pid > 0) {
		close(listener);
		return;
	}
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	choose_core(limits->server_core);
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		limit_die("out of memory");
	s->listener = listener;
	s->connections = connections;
	s->members = members;
	s->conns = calloc(connections + 1, sizeof(struct conn *));
	if (s->conns == NULL)
		limit_die("out of memory");
	make_tls(s);
	serve(s);
}

void
limit_server_stop(struct limit_server *l)
{
	(void)kill(l->pid, SIGKILL);
	(void)waitpid(l->pid, NULL, 0);
}
