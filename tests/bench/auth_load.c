/* SPDX-License-Identifier: ISC */
/*
 * How many logins a server's threads can check: the steps that the auth pool
 * takes, without network and store.
 *
 *	auth_load [THREADS [SECONDS [ROUNDS]]]
 *
 * By PLAIN the server derives the keys from the password; by SCRAM the client
 * has done that, so here it does so with one round, and its part, some HMACs,
 * is in the figure.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "protocol/stanza.h"
#include "src/common/err.h"
#include "src/daemon/password.h"
#include "src/daemon/sasl.h"
#include "tests/unit/scram_client.h"

enum { THREADS_MAX = 64, BINDING = 32 };

struct load {
	Gsasl *gsasl;
	struct sasl_conf conf;
	struct scram_client client;
	double until;
	unsigned long done;
	pthread_t thread;
};

static double
seconds_of(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int
step(struct sasl *l, const void *p, size_t n, char *out, size_t size)
{
	struct buf reply;
	struct slice s;
	int rc;

	buf_init(&reply, size - 1);
	rc = sasl_step(l, slice_of(p, n), &reply);
	s = buf_slice(&reply);
	if (s.len > 0)
		memcpy(out, s.p, s.len);
	out[s.len] = '\0';
	buf_fini(&reply);
	return rc;
}

static int
login(struct load *o)
{
	static const char plain[] = "\0alice\0pencil";
	struct sasl *l = sasl_create(o->gsasl, &o->conf);
	char said[1024];
	int rc = SC_EINTERNAL;

	if (l == NULL)
		return rc;
	if (o->conf.mechanism == MECHANISM_PLAIN) {
		rc = step(l, plain, sizeof(plain) - 1, said, sizeof(said));
	} else if (step(l, o->client.first, strlen(o->client.first), said,
	    sizeof(said)) == SC_EMORE &&
	    scram_client_final(&o->client, said)) {
		rc = step(l, o->client.final, strlen(o->client.final), said,
		    sizeof(said));
		if (!scram_proved(&o->client, said))
			rc = SC_ENOTAUTHORIZED;
	}
	sasl_destroy(l);
	return rc;
}

static void *
run(void *arg)
{
	struct load *o = arg;

	while (seconds_of(CLOCK_MONOTONIC) < o->until) {
		sc_assert(login(o) == 0);
		o->done++;
	}
	return NULL;
}

static void
measure(const char *name, const struct load *one, unsigned threads,
    double seconds)
{
	static struct load loads[THREADS_MAX];
	unsigned long done = 0;
	double start = seconds_of(CLOCK_MONOTONIC);
	double cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
	unsigned i;

	for (i = 0; i < threads; i++) {
		loads[i] = *one;
		loads[i].until = start + seconds;
		sc_assert(pthread_create(&loads[i].thread, NULL, run,
		    &loads[i]) == 0);
	}
	for (i = 0; i < threads; i++) {
		pthread_join(loads[i].thread, NULL);
		done += loads[i].done;
	}
	cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	printf("%-20s %8.0f logins/s, %6.0f us of CPU each\n", name,
	    (double)done / (seconds_of(CLOCK_MONOTONIC) - start),
	    cpu * 1e6 / (double)done);
}

int
main(int argc, char **argv)
{
	unsigned threads = argc > 1 ? (unsigned)atoi(argv[1]) : 1;
	double seconds = argc > 2 ? atof(argv[2]) : 2;
	unsigned rounds = argc > 3 ? (unsigned)atoi(argv[3]) : 10000;
	static const uint8_t binding[BINDING] = "b";
	struct credential slow, quick;
	struct load o = {.gsasl = sasl_context(),
	    .conf = {.name = "alice", .domain = ""},
	    .client = {.password = "pencil", .header = "n,,",
	    .user = "alice", .nonce = "fyko+d2lbbFgONRv9qkxdawL"}};

	if (threads == 0 || threads > THREADS_MAX || o.gsasl == NULL ||
	    password_derive("pencil", rounds, &slow) != 0 ||
	    password_derive("pencil", 1, &quick) != 0) {
		fprintf(stderr, "usage: auth_load [THREADS [SECONDS "
		    "[ROUNDS]]]\n");
		return 2;
	}
	printf("%u threads, %u rounds\n", threads, rounds);
	o.conf.mechanism = MECHANISM_PLAIN;
	o.conf.credential = &slow;
	measure("plain", &o, threads, seconds);
	o.conf.mechanism = MECHANISM_SCRAM_SHA_256;
	o.conf.credential = &quick;
	scram_client_first(&o.client);
	measure("scram-sha-256", &o, threads, seconds);
	o.conf.mechanism = MECHANISM_SCRAM_SHA_256_PLUS;
	o.conf.binding = slice_of(binding, BINDING);
	o.client.header = "p=tls-exporter,,";
	o.client.binding = binding;
	o.client.bindinglen = BINDING;
	scram_client_first(&o.client);
	measure("scram-sha-256-plus", &o, threads, seconds);
	gsasl_done(o.gsasl);
	return 0;
}
