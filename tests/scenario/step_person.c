/* SPDX-License-Identifier: ISC */
/* Clients come, go and are refused. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/scenario/host.h"
#include "tests/scenario/person.h"
#include "tests/scenario/person_step.h"

struct person *
call_person(const struct call *c, size_t arg)
{
	struct person *p = person_find(c->stage, c->arg[arg]);

	if (p == NULL || p->client == NULL) {
		(void)stage_fail(c->stage, "%s is not running", c->arg[arg]);
		return NULL;
	}
	return p;
}

/* As in the enum "code" of the dictionary: -1, -2 ... */
static const char *const codes[] = {"bad-request", "not-authorized",
    "forbidden", "not-found", "conflict", "too-large", "rate-limited",
    "resource-constraint", "not-acceptable", "unavailable", "internal"};

#define CODES (sizeof(codes) / sizeof(codes[0]))

int
call_code(const struct call *c, size_t arg)
{
	for (size_t i = 0; i < CODES; i++)
		if (strcmp(codes[i], c->arg[arg]) == 0)
			return -(int)i - 1;
	(void)stage_fail(c->stage, "%s is no code", c->arg[arg]);
	return 0;
}

const char *
code_name(int code)
{
	return code < 0 && code >= -(int)CODES ? codes[-code - 1]
	    : sc_code_text(code);
}

/* ---- coming ---- */

static int
is_synced(struct stage *s, void *arg)
{
	struct person *p = arg;

	if (p->failure != 0)
		return stage_fail(s, "the login of %s is refused: %s",
		    p->name, p->failure_why);
	if (p->over != 0)
		return stage_fail(s, "%s gives up: %s", p->name,
		    sc_driver_why(p->driver));
	if (p->logins == p->logins_seen || !p->synced)
		return 0;
	p->logins_seen = p->logins;
	return 1;
}

static int
start(const struct call *c, const char *password, enum sc_mechanism mechanism,
    struct person **person)
{
	if (host_need(c->stage->host) != 0)
		return -1;
	*person = person_get(c->stage, c->arg[0]);
	return *person == NULL ? -1 : person_start(*person, password,
	    mechanism);
}

static int
connect_by(const struct call *c, enum sc_mechanism mechanism)
{
	struct person *p;

	if (start(c, NULL, mechanism, &p) != 0)
		return -1;
	return stage_wait(c->stage, is_synced, p, "%s to be up to date",
	    p->name);
}

static int
play_connects(struct call *c)
{
	return connect_by(c, SC_MECHANISM_AUTOMATIC);
}

/* The mechanism that an argument names; -1 after stage_fail. */
static int
call_mechanism(const struct call *c, size_t arg)
{
	static const char *const names[] = {
	    [SC_MECHANISM_PLAIN] = "plain",
	    [SC_MECHANISM_SCRAM_SHA_256] = "scram-sha-256",
	    [SC_MECHANISM_SCRAM_SHA_256_PLUS] = "scram-sha-256-plus"};

	for (int i = SC_MECHANISM_PLAIN;
	    i <= SC_MECHANISM_SCRAM_SHA_256_PLUS; i++)
		if (strcmp(names[i], c->arg[arg]) == 0)
			return i;
	return stage_fail(c->stage, "%s is no mechanism", c->arg[arg]);
}

static int
play_connects_by(struct call *c)
{
	int mechanism = call_mechanism(c, 1);

	return mechanism < 0 ? -1 :
	    connect_by(c, (enum sc_mechanism)mechanism);
}

static int
play_tries(struct call *c)
{
	struct person *p;

	return start(c, c->nargs > 1 ? c->arg[1] : NULL,
	    SC_MECHANISM_AUTOMATIC, &p);
}

static int
play_tries_by(struct call *c)
{
	int mechanism = call_mechanism(c, 1);
	struct person *p;

	return mechanism < 0 ? -1 : start(c, NULL,
	    (enum sc_mechanism)mechanism, &p);
}

static int
play_comes_back(struct call *c)
{
	struct person *p = call_person(c, 0);

	if (p == NULL)
		return -1;
	return stage_wait(c->stage, is_synced, p, "%s to be back", p->name);
}

/* ---- not coming ---- */

struct refusal {
	struct person *person;
	int code;
	const char *text;
};

static int
is_turned_away(struct stage *s, void *arg)
{
	const struct refusal *r = arg;
	const struct person *p = r->person;

	if (p->synced)
		return stage_fail(s, "%s is let in", p->name);
	if (p->failure == 0)
		return 0;
	if (p->failure != r->code)
		return stage_fail(s, "%s is turned away with %s: %s", p->name,
		    code_name(p->failure), p->failure_why);
	if (r->text != NULL && strstr(p->failure_why, r->text) == NULL)
		return stage_fail(s, "%s is told: %s", p->name,
		    p->failure_why);
	return 1;
}

static int
play_turned_away(struct call *c)
{
	struct refusal r = {call_person(c, 0), call_code(c, 1),
	    c->nargs > 2 ? c->arg[2] : NULL};
	int rc;

	if (r.person == NULL || r.code == 0)
		return -1;
	rc = stage_wait(c->stage, is_turned_away, &r,
	    "%s to be turned away", r.person->name);
	if (rc == 0)
		person_crash(r.person);
	return rc;
}

static int
is_told(struct stage *s, void *arg)
{
	const struct refusal *r = arg;

	(void)s;
	return r->person->bye_why != NULL &&
	    strstr(r->person->bye_why, r->text) != NULL;
}

static int
play_told(struct call *c)
{
	struct refusal r = {call_person(c, 0), 0, c->arg[1]};
	int rc;

	if (r.person == NULL)
		return -1;
	rc = stage_wait(c->stage, is_told, &r, "%s to be told %s",
	    r.person->name, r.text);
	free(r.person->bye_why);
	r.person->bye_why = NULL;
	return rc;
}

/* ---- going ---- */

static int
play_disconnects(struct call *c)
{
	struct person *p = call_person(c, 0);

	return p == NULL ? -1 : person_leave(p);
}

static int
play_crashes(struct call *c)
{
	struct person *p = call_person(c, 0);

	if (p == NULL)
		return -1;
	person_crash(p);
	return 0;
}

static int
play_cut_off(struct call *c)
{
	struct person *p = call_person(c, 0);

	return p == NULL ? -1 : person_cut(p);
}

/* ---- being slow ---- */

static int
play_freezes(struct call *c)
{
	struct person *p = call_person(c, 0);

	if (p == NULL)
		return -1;
	p->frozen = true;
	return 0;
}

static int
play_thaws(struct call *c)
{
	struct person *p = call_person(c, 0);

	if (p == NULL)
		return -1;
	p->frozen = false;
	return 0;
}

static int
play_holds(struct call *c)
{
	struct person *p = call_person(c, 0);

	if (p == NULL)
		return -1;
	p->holding = true;
	return 0;
}

static int
play_goes_on(struct call *c)
{
	struct person *p = call_person(c, 0);

	if (p == NULL)
		return -1;
	p->holding = false;
	return person_resume(p);
}

/* ---- states ---- */

static int
play_saves(struct call *c)
{
	struct person *p = person_find(c->stage, c->arg[0]);

	return p == NULL ? stage_fail(c->stage, "%s was never here",
	    c->arg[0]) : person_save(p);
}

static int
play_restores(struct call *c)
{
	struct person *p = person_find(c->stage, c->arg[0]);

	return p == NULL ? stage_fail(c->stage, "%s was never here",
	    c->arg[0]) : person_restore(p);
}

const struct step person_steps[] = {
	{"WHO connects", play_connects},
	{"WHO connects by MECHANISM", play_connects_by},
	{"WHO tries to connect", play_tries},
	{"WHO tries to connect by MECHANISM", play_tries_by},
	{"WHO tries to connect with password TEXT", play_tries},
	{"WHO comes back", play_comes_back},
	{"WHO is turned away CODE", play_turned_away},
	{"WHO is turned away CODE saying TEXT", play_turned_away},
	{"WHO is told WHY", play_told},
	{"WHO disconnects", play_disconnects},
	{"WHO crashes", play_crashes},
	{"WHO is cut off", play_cut_off},
	{"WHO freezes", play_freezes},
	{"WHO thaws", play_thaws},
	{"WHO holds back", play_holds},
	{"WHO goes on", play_goes_on},
	{"WHO saves its state", play_saves},
	{"WHO restores its state", play_restores},
	{NULL, NULL},
};
