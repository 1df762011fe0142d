/* SPDX-License-Identifier: ISC */
#include "tests/story/stage.h"

#include <getopt.h>
#include <stdio.h>

#include "tests/story/office.h"

bool
stage_option(struct stage_conf *conf, int opt)
{
	switch (opt) {
	case 's': conf->server = optarg; break;
	case 'c': conf->file = optarg; break;
	case 'C': conf->ca = optarg; break;
	case 'l': conf->log = optarg; break;
	case 'S': conf->socket = optarg; break;
	default: return false;
	}
	return true;
}

bool
stage_complete(const struct stage_conf *conf)
{
	return conf->server != NULL && conf->file != NULL &&
	    conf->ca != NULL && conf->log != NULL && conf->socket != NULL;
}

void
stage_cast(struct cast *c, const struct stage_conf *conf)
{
	static char dash_c[] = "-c";

	cast_init(c, conf->ca);
	c->server.argv[0] = conf->server;
	c->server.argv[1] = dash_c;
	c->server.argv[2] = conf->file;
	c->server.log = conf->log;
}

void
stage_init(struct stage *s, const struct stage_conf *conf)
{
	stage_cast(&s->cast, conf);
	s->socket = conf->socket;
	s->number = s->failed = 0;
}

void
stage_add_user(struct stage *s, const char *user)
{
	if (office_add_user(s->socket, user) != 0)
		cast_fail(&s->cast, "%s is not added", user);
}

struct device *
stage_enter(struct stage *s, const char *user)
{
	struct device *d;

	stage_add_user(s, user);
	d = cast_add(&s->cast, user, "main");
	stage_on(s, d);
	return d;
}

void
stage_on(struct stage *s, struct device *d)
{
	device_on(d, s->cast.server.port, NULL);
}

void
stage_verdict(struct stage *s, bool ok, const char *what)
{
	printf("%sok %u - %s\n", ok ? "" : "not ", ++s->number, what);
	fflush(stdout);
	s->failed += !ok;
}

int
stage_end(struct stage *s)
{
	cast_stop(&s->cast);
	printf("1..%u\n", s->number);
	cast_fini(&s->cast);
	return s->failed == 0 ? 0 : 1;
}
