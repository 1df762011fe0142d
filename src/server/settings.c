/* SPDX-License-Identifier: ISC */
/* The configuration of a server: what it begins with, and what replaces it. */
#include <stdlib.h>
#include <string.h>

#include "src/common/alloc.h"
#include "src/common/err.h"
#include "src/server/module_conf.h"
#include "src/server/server_priv.h"

void
server_conf_init(struct server_conf *c)
{
	memset(c, 0, sizeof(*c));
	c->max_text = 4096;
	c->max_devices = 3;
	c->push_members = 1024;
	c->window_entries = 256;
	c->window_bytes = 128 << 10;
	c->page_entries = 128;
	c->mechanisms[MECHANISM_TOKEN] = true;
	c->mechanisms[MECHANISM_PLAIN] = true;
	c->mechanisms[MECHANISM_LINK] = true;
	c->mechanisms[MECHANISM_SCRAM_SHA_256] = true;
	c->mechanisms[MECHANISM_SCRAM_SHA_256_PLUS] = true;
	c->token_days = 30;
	c->login_ms = 10000;
	c->heartbeat_ms = 30000;
	c->pong_ms = 5000;
	c->ack_ms = 2000;
	c->mark_delay_ms = 50;
	c->sessions_max = 100000;
	c->rate = 50000;
	c->burst = 100000;
	c->tail_entries = 4096;
	c->period_s = 86400;
}

static struct server_settings *
create(const struct server_conf *conf, size_t nmodules)
{
	struct server_settings *t = xcalloc(1, sizeof(*t) + nmodules *
	    sizeof(t->modules[0]));

	t->conf = *conf;
	t->domain = (struct domain_conf){
	    .max_devices = conf->max_devices,
	    .push_members = conf->push_members,
	    .token_ms = (int64_t)conf->token_days * 86400000,
	    .period_s = conf->period_s,
	};
	t->nmodules = nmodules;
	return t;
}

struct server_settings *
settings_create(const struct server_conf *conf,
    const struct sc_module_def *const *modules)
{
	struct server_settings *t;
	size_t n = 0;

	while (modules[n] != NULL)
		n++;
	t = create(conf, n);
	for (size_t i = 0; i < n; i++)
		t->modules[i] = module_conf_create(modules[i]);
	return t;
}

struct server_settings *
server_settings_create(const struct server *s, const struct server_conf *conf)
{
	const struct server_settings *now = atomic_load(&s->settings);
	struct server_settings *t = create(conf, now->nmodules);

	sc_assert(conf->period_s == now->conf.period_s &&
	    strcmp(conf->domain, now->conf.domain) == 0);
	for (size_t i = 0; i < now->nmodules; i++) {
		t->modules[i] = module_conf_create(s->modules[i].def);
		memcpy(t->modules[i], now->modules[i],
		    s->modules[i].def->conf_size);
	}
	return t;
}

void
server_settings_free(struct server_settings *t)
{
	if (t == NULL)
		return;
	for (size_t i = 0; i < t->nmodules; i++)
		free(t->modules[i]);
	free(t);
}

void
server_settings_module(struct server_settings *t, const struct server *s,
    const struct sc_module_def *def, const void *options)
{
	for (size_t i = 0; i < s->nmodules; i++)
		if (s->modules[i].def == def)
			memcpy(t->modules[i], options, def->conf_size);
}

void
server_configure(struct server *s, const struct sc_module_def *def,
    const void *conf)
{
	server_settings_module(atomic_load(&s->settings), s, def, conf);
}

struct server_settings *
server_reconfigure_take(struct server *s, struct server_settings *t)
{
	struct server_settings *before = atomic_exchange(&s->settings, t);

	domain_configure(&s->domain, &t->domain);
	return before;
}

const struct server_conf *
server_conf(const struct server *s)
{
	return &atomic_load(&s->settings)->conf;
}

const void *
scm_conf(const struct sc_module *m)
{
	return atomic_load(&m->server->settings)->modules[m->index];
}
