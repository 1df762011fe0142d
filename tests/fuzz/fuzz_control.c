/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <jansson.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "src/common/buf.h"
#include "src/daemon/config.h"
#include "src/daemon/daemon.h"
#include "tests/fuzz/fuzz.h"

enum { LINE_BYTES = 16384, INPUT_MAX = 1 << 16 };

/* A daemon in this process, from the first input to the end. */
struct world {
	char dir[64];
	struct config conf;
	pthread_t thread;
	bool running;
};

static struct world world;

/* ---- the daemon ---- */

static void
write_certificate(void)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x = X509_new();
	char path[96];
	FILE *f;

	fuzz_check(key != NULL && x != NULL);
	fuzz_check(ASN1_INTEGER_set(X509_get_serialNumber(x), 1) == 1 &&
	    X509_gmtime_adj(X509_getm_notBefore(x), 0) != NULL &&
	    X509_gmtime_adj(X509_getm_notAfter(x), 86400) != NULL &&
	    X509_set_pubkey(x, key) == 1 &&
	    X509_sign(x, key, EVP_sha256()) > 0);
	(void)snprintf(path, sizeof(path), "%s/pem", world.dir);
	f = fopen(path, "we");
	fuzz_check(f != NULL && PEM_write_X509(f, x) == 1 &&
	    PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL) == 1);
	fclose(f);
	X509_free(x);
	EVP_PKEY_free(key);
}

static void
configure(void)
{
	char text[2048], why[512];
	int n;

	n = snprintf(text, sizeof(text), "<stonechat>"
	    "<listen><address>127.0.0.1</address><port>0</port></listen>"
	    "<tls><certificate>%s/pem</certificate><key>%s/pem</key></tls>"
	    "<store><directory>%s/db</directory><sync>no</sync></store>"
	    "<control><socket>%s/sock</socket></control>"
	    "<password><iterations>4096</iterations></password>"
	    "<threads><workers>1</workers></threads>"
	    "<log><file>%s/log</file><level>error</level></log>"
	    "</stonechat>", world.dir, world.dir, world.dir, world.dir,
	    world.dir);
	if (config_parse_again(&world.conf, NULL, "test.xml", text, (size_t)n, why,
	    sizeof(why)) != 0)
		fuzz_fail(__FILE__, __LINE__, why);
}

static void *
run(void *arg)
{
	char why[512] = "";

	(void)arg;
	if (daemon_run(&world.conf, why, sizeof(why)) != 0)
		fuzz_fail(__FILE__, __LINE__, why);
	return NULL;
}

static int
reach(void)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	struct timeval limit = {.tv_sec = 20};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	fuzz_check(fd >= 0);
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	(void)snprintf(sa.sun_path, sizeof(sa.sun_path), "%s/sock",
	    world.dir);
	while (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) != 0)
		sched_yield();	/* it is on its way */
	return fd;
}

static void
remove_all(void)
{
	char command[128];

	(void)snprintf(command, sizeof(command), "rm -rf '%s'", world.dir);
	fuzz_check(system(command) == 0);
}

static void
end(void)
{
	static const char stop[] = "{\"command\":\"stop\"}\n";
	int fd = reach();

	fuzz_check(send(fd, stop, sizeof(stop) - 1, MSG_NOSIGNAL) > 0);
	pthread_join(world.thread, NULL);
	close(fd);
	config_fini(&world.conf);
	remove_all();
}

static void
begin(void)
{
	if (world.running)
		return;
	world.running = true;
	(void)snprintf(world.dir, sizeof(world.dir), "%s/fuzz-XXXXXX",
	    access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	fuzz_check(mkdtemp(world.dir) != NULL);
	write_certificate();
	configure();
	fuzz_check(pthread_create(&world.thread, NULL, run, NULL) == 0);
	atexit(end);
}

/* ---- requests ---- */

/* What ends the daemon, goes on for ever, or is not made of lines. */
static bool
is_for_others(const char *line, size_t n)
{
	static const char *const names[] = {"stop", "drain", "restart",
	    "trace", "backup"};
	json_t *request = json_loadb(line, n, 0, NULL);
	const char *name = json_string_value(json_object_get(request,
	    "command"));
	bool found = false;

	for (size_t i = 0; name != NULL &&
	    i < sizeof(names) / sizeof(names[0]); i++)
		found = found || strncmp(name, names[i],
		    strlen(names[i])) == 0;
	json_decref(request);
	return found;
}

/* The lines in INPUT that may be asked; *TOO_LONG: one is. */
static size_t
requests_put(struct buf *to, const char *p, size_t n, bool *too_long)
{
	size_t count = 0, len;
	const char *end;

	for (; n > 0; p += len, n -= len) {
		end = memchr(p, '\n', n);
		len = end == NULL ? n : (size_t)(end - p) + 1;
		if (is_for_others(p, len))
			continue;
		*too_long = *too_long || len > LINE_BYTES;
		buf_put(to, p, len);
		if (end == NULL)
			buf_put_u8(to, '\n');
		count++;
	}
	buf_put_str(to, "{\"command\":\"user list\"}\n");
	return count + 1;
}

/* One line of an answer; true: it ends it. */
static bool
answer_check(const char *line, size_t n)
{
	json_t *answer = json_loadb(line, n, JSON_REJECT_DUPLICATES, NULL);
	const json_t *ok = json_object_get(answer, "ok");
	bool ends = ok != NULL;

	fuzz_check(json_is_object(answer));
	fuzz_check(ends || json_object_get(answer, "item") != NULL);
	if (json_is_false(ok))
		fuzz_check(json_is_string(json_object_get(answer, "code")) &&
		    json_is_string(json_object_get(answer, "error")));
	json_decref(answer);
	return ends;
}

/* The fuzzer's own signals interrupt. */
static ssize_t
receive(int fd, void *p, size_t size)
{
	ssize_t n;

	do
		n = recv(fd, p, size, 0);
	while (n < 0 && errno == EINTR);
	return n;
}

/* Reads until COUNT answers have come; false: the connection ended before. */
static bool
answers_read(int fd, size_t count)
{
	struct buf in;
	const char *end;
	uint8_t *room;
	ssize_t n = 1;

	buf_init(&in, 0);
	while (count > 0) {
		end = in.len == 0 ? NULL : memchr(in.p + in.off, '\n', in.len);
		if (end != NULL) {
			size_t len = (size_t)(end - (char *)in.p) - in.off;

			count -= answer_check((char *)in.p + in.off, len);
			buf_consume(&in, len + 1);
			continue;
		}
		room = buf_room(&in, 65536);
		fuzz_check(room != NULL);
		n = receive(fd, room, 65536);
		if (n <= 0)
			break;
		buf_added(&in, (size_t)n);
	}
	fuzz_check(n >= 0);	/* -1: no answer within the limit */
	buf_fini(&in);
	return count == 0;
}

/* Until the daemon has seen it: it has few places. */
static void
leave(int fd)
{
	char rest[4096];

	(void)shutdown(fd, SHUT_WR);
	while (receive(fd, rest, sizeof(rest)) > 0)
		;
	close(fd);
}

struct sender {
	int fd;
	struct slice bytes;
};

static void *
send_all(void *arg)
{
	struct sender *s = arg;
	ssize_t n;

	while (s->bytes.len > 0) {
		n = send(s->fd, s->bytes.p, s->bytes.len, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		s->bytes = slice_of(s->bytes.p + n, s->bytes.len - (size_t)n);
	}
	return NULL;
}

/* Lines for the control socket of a real daemon: each gets one answer. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sender s;
	struct buf out;
	pthread_t thread;
	bool too_long = false;
	size_t count;

	if (size > INPUT_MAX)
		return 0;
	begin();
	buf_init(&out, 0);
	count = requests_put(&out, (const char *)data, size, &too_long);
	s = (struct sender){reach(), buf_slice(&out)};
	fuzz_check(pthread_create(&thread, NULL, send_all, &s) == 0);
	fuzz_check(answers_read(s.fd, count) || too_long);
	pthread_join(thread, NULL);
	leave(s.fd);
	buf_fini(&out);
	return 0;
}
