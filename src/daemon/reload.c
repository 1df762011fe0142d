/* SPDX-License-Identifier: ISC */
#include "src/daemon/reload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/common/alloc.h"
#include "src/daemon/config.h"
#include "src/daemon/config_diff.h"
#include "src/daemon/config_module.h"
#include "src/daemon/control.h"
#include "src/daemon/daemon_priv.h"
#include "src/daemon/listener.h"
#include "src/daemon/notify.h"
#include "src/daemon/outside.h"
#include "src/daemon/switch.h"
#include "src/daemon/texts.h"
#include "src/daemon/tls_context.h"
#include "src/daemon/worker_thread.h"
#include "src/server/server.h"

enum { WHY = 2048 };

/* What is ready to be taken into use. */
struct fresh {
	struct config *conf;
	SSL_CTX *tls;
	struct log_next log;
};

/* A reload whose workers have not all answered. */
struct pending {
	struct daemon *d;
	struct server_settings *before;
	size_t waiting;
	size_t changes;
	void (*done)(void *arg, size_t changes);
	void *arg;
};

/* ---- what can go wrong ----------------------------------------------- */

/* What T says can be used; the configuration and, with it, its TLS.  0, or -1
 * and a sentence in WHY, and there is neither. */
static int
make(struct daemon *d, const struct texts *t, struct config *c, SSL_CTX **tls,
    char *why, size_t whylen)
{
	struct slice text = buf_slice(&t->conf);

	if (config_parse_again(c, d->conf, t->file, (const char *)text.p,
	    text.len, why, whylen) != 0)
		return -1;
	*tls = tls_context_create(c, t, why, whylen);
	if (*tls != NULL)
		return 0;
	config_fini(c);
	return -1;
}

int
reload_try(struct daemon *d, struct config *c, SSL_CTX **tls, char *why,
    size_t whylen)
{
	struct texts t;
	int rc;

	if (outside_read(&d->outside, &t, NULL, why, whylen) != 0)
		return -1;
	rc = make(d, &t, c, tls, why, whylen);
	texts_fini(&t);
	return rc;
}

/* 0, or -1 and a sentence in WHY; then there is nothing to drop. */
static int
prepare(struct daemon *d, struct fresh *f, char *why, size_t whylen)
{
	struct texts t;
	int log, rc;

	if (outside_read(&d->outside, &t, &log, why, whylen) != 0)
		return -1;
	f->conf = xcalloc(1, sizeof(*f->conf));
	rc = make(d, &t, f->conf, &f->tls, why, whylen);
	texts_fini(&t);
	if (rc == 0 && config_may_reload(d->conf, f->conf, f->conf->file, why,
	    whylen) == 0) {
		log_prepare_take(&f->log, &f->conf->log, log);
		return 0;
	}
	if (rc == 0) {
		SSL_CTX_free(f->tls);
		config_fini(f->conf);
	}
	free(f->conf);
	close(log);
	return -1;
}

/* ---- what cannot ----------------------------------------------------- */

static void
free_settings(void *p)
{
	server_settings_free(p);
}

static struct server_settings *
configure_server(struct daemon *d, const struct config *c)
{
	struct server *s = d->rt.server;
	struct server_settings *t = server_settings_create(s, &c->server);

	for (size_t i = 0; i < c->nmodules; i++)
		server_settings_module(t, s, c->modules[i].def,
		    c->modules[i].conf);
	return server_reconfigure_take(s, t);
}

static void
worker_configured(void *owner, const struct mail *m)
{
	struct pending *p = m->p;

	(void)owner;
	if (--p->waiting > 0)
		return;
	/* a worker was in the middle of something with the old ones */
	grace_retire_take(&p->d->grace, free_settings, p->before);
	grace_collect(&p->d->grace);
	p->done(p->arg, p->changes);
	free(p);
}

static void
configure_workers(struct daemon *d, struct fresh *f, struct pending *p)
{
	const struct worker_settings settings = {
		.core = f->conf->server,
		.tls = f->tls,
		.handshakes = f->conf->handshakes,
		.handshake_ms = f->conf->handshake_ms,
		.linger_ms = f->conf->linger_ms,
	};
	const struct mail done = {.fn = worker_configured, .p = p};

	tls_context_inherit(f->tls, d->rt.tls);
	SSL_CTX_free(d->rt.tls);
	d->rt.tls = f->tls;
	p->waiting = d->rt.nworkers;
	for (size_t i = 0; i < d->rt.nworkers; i++)
		worker_thread_configure(d->rt.workers[i], &settings, &done);
}

/* Their sum, and a line for each. */
struct changes {
	struct log *log;
	size_t n;
};

static void
log_change(void *arg, const struct config_change *c)
{
	char path[160], now[600], next[600];
	struct changes *s = arg;

	s->n++;
	log_line(s->log, UNIT_CONFIG, LOG_INFO, "config.changed",
	    "element=%s from=%s to=%s",
	    log_quote(path, sizeof(path), c->path),
	    log_quote(now, sizeof(now), c->now),
	    log_quote(next, sizeof(next), c->next));
}

static void
log_changes(struct daemon *d, const struct fresh *f, struct changes *s)
{
	char now[TLS_FINGERPRINT], next[TLS_FINGERPRINT];

	config_diff(d->conf, f->conf, log_change, s);
	config_diff_certificate(f->conf, tls_fingerprint(d->rt.tls, now),
	    tls_fingerprint(f->tls, next), log_change, s);
}

static void
take(struct daemon *d, struct fresh *f, struct pending *p)
{
	struct changes changes = {.log = &d->log};

	log_switch_take(&d->log, &f->log);
	log_changes(d, f, &changes);
	p->changes = changes.n;
	p->d = d;
	p->before = configure_server(d, f->conf);
	configure_workers(d, f, p);
	atomic_store(&d->rt.iterations, f->conf->iterations);
	atomic_store(&d->rt.guesses, f->conf->guesses);
	atomic_store(&d->rt.guess_ms, f->conf->guess_ms);
	listener_configure(d->listener, f->conf);
	control_configure(d->control, f->conf);
	config_free(d->reloaded);
	d->reloaded = f->conf;
	d->conf = f->conf;
	switches_follow(d->switches, f->conf);
	outside_accepted(&d->outside);
	log_line(&d->log, UNIT_CONFIG, LOG_NOTICE, "config.reloaded",
	    "changes=%zu", changes.n);
}

/* ---- both ------------------------------------------------------------ */

static int
refuse(struct daemon *d, const char *why)
{
	char quoted[WHY];

	log_line(&d->log, UNIT_CONFIG, LOG_ERR, "config.refused", "why=%s",
	    log_quote(quoted, sizeof(quoted), why));
	return -1;
}

int
reload(struct daemon *d, void (*done)(void *arg, size_t changes), void *arg,
    char *why, size_t whylen)
{
	struct pending *p;
	struct fresh f;
	int rc;

	if (d->stopping) {
		snprintf(why, whylen, "the server is stopping");
		return -1;
	}
	notify_reloading(&d->outside);
	rc = prepare(d, &f, why, whylen);
	if (rc == 0) {
		p = xcalloc(1, sizeof(*p));
		p->done = done;
		p->arg = arg;
		take(d, &f, p);
	} else {
		rc = refuse(d, why);
	}
	notify_ready(&d->outside, rc == 0 ? "reloaded" : "the reload was "
	    "refused, see the log; the server runs as before");
	return rc;
}

static void
nobody_waits(void *arg, size_t changes)
{
	(void)arg, (void)changes;
}

void
reload_by_signal(struct daemon *d)
{
	int log = outside_reopen(&d->outside, &d->conf->log);
	char why[WHY];

	/* Whoever has moved the file away waits for this. */
	if (log >= 0)
		log_reopen_take(&d->log, log);
	else
		log_line(&d->log, UNIT_DAEMON, LOG_WARNING, "log.kept",
		    "why=\"the file cannot be opened\"");
	reload(d, nobody_waits, NULL, why, sizeof(why));
}
