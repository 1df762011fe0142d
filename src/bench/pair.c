/* SPDX-License-Identifier: ISC */
#include "src/bench/pair.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/bench/loop.h"
#include "src/bench/run.h"

/* ---- what is waited for ---- */

static void
waiting_grow(struct gen *g, struct waiting *w)
{
	struct waiting old = *w;

	w->cap = old.cap == 0 ? 16 : 2 * old.cap;
	w->v = gen_alloc(g, w->cap, sizeof(w->v[0]));
	for (size_t i = 0; i < old.n; i++)
		w->v[i] = old.v[(old.first + i) & (old.cap - 1)];
	w->first = 0;
	free(old.v);
}

void
waiting_add(struct gen *g, struct waiting *w, uint64_t key, int64_t since)
{
	size_t at;

	if (w->n == w->cap)
		waiting_grow(g, w);
	at = (w->first + w->n++) & (w->cap - 1);
	w->v[at].key = key;
	w->v[at].since = since;
}

bool
waiting_take(struct waiting *w, uint64_t key, int64_t *since)
{
	if (w->n == 0 || w->v[w->first].key > key)
		return false;
	*since = w->v[w->first].since;
	w->first = (w->first + 1) & (w->cap - 1);
	w->n--;
	return true;
}

/* ---- texts ---- */

static const char words[] = "we meet at the station at half past seven, "
    "bring the tickets and something to read for the way back; ";

void
pair_text(const struct conf *conf, char *out, uint64_t pair, uint64_t place,
    int64_t since)
{
	int head = snprintf(out, PAIR_TEXT_MIN,
	    "%08" PRIx32 " %" PRIx64 " %" PRIx64 " %" PRIx64 " ", conf->run,
	    pair, place, (uint64_t)since);
	size_t at = head < 0 ? 0 : (size_t)head;

	for (size_t i = 0; at < conf->size; at++, i++)
		out[at] = words[i % (sizeof(words) - 1)];
}

bool
pair_parse(const struct conf *conf, const struct link_event *e,
    uint64_t *pair, uint64_t *place, int64_t *since)
{
	char head[PAIR_TEXT_MIN + 1];
	size_t len = e->len < PAIR_TEXT_MIN ? e->len : PAIR_TEXT_MIN;
	uint64_t ns;
	uint32_t run;

	memcpy(head, e->text, len);
	head[len] = '\0';
	if (sscanf(head, "%8" SCNx32 " %" SCNx64 " %" SCNx64 " %" SCNx64,
	    &run, pair, place, &ns) != 4)
		return false;
	*since = (int64_t)ns;
	return run == conf->run;
}

/* ---- sending ---- */

uint64_t
pairs_users(const struct conf *c)
{
	return 2 * c->pairs;
}

void
pairs_prepare(struct gen *g, size_t size)
{
	const struct conf *c = g->conf;
	struct pairs *ps = g->state = gen_alloc(g, 1, size);

	for (uint64_t i = g->process; i < c->pairs; i += c->processes)
		ps->n++;
	ps->v = gen_alloc(g, ps->n, sizeof(ps->v[0]));
	for (size_t k = 0; k < ps->n; k++) {
		struct pair *p = &ps->v[k];

		p->index = g->process + k * c->processes;
		p->from = gen_add_user(g, 2 * p->index, p);
		p->to = gen_add_user(g, 2 * p->index + 1, p);
	}
}

void
pairs_end(struct gen *g)
{
	struct pairs *ps = g->state;

	for (size_t i = 0; i < ps->n; i++) {
		free(ps->v[i].acks.v);
		free(ps->v[i].ticks.v);
		free(ps->v[i].reads.v);
	}
	free(ps->v);
	free(ps);
}

bool
pair_send(struct gen *g, struct pair *p, int64_t since)
{
	char text[PAIR_TEXT_MAX];
	uint64_t n;

	pair_text(g->conf, text, p->index, p->sent, since);
	if (!gen_send(g, p->from, p->to->name, text, g->conf->size, &n))
		return false;
	p->sent++;
	tally_add(g->tally, COUNT_SENT, 1);
	waiting_add(g, &p->acks, n, since);
	return true;
}

/* ---- what happens ---- */

static void
time_since(struct gen *g, enum timing what, int64_t since)
{
	int64_t now = loop_clock();

	hist_add(&g->tally->times[what], now - since);
	g->tally->last = now;
}

static bool
on_sent(struct gen *g, struct pair *p, const struct link_event *e)
{
	int64_t since;

	if (!waiting_take(&p->acks, e->n, &since))
		return false;
	p->acked++;
	tally_add(g->tally, COUNT_ACKED, 1);
	time_since(g, TIME_ACK, since);
	waiting_add(g, &p->ticks, e->position, since);
	if (g->conf->mode->reads)
		waiting_add(g, &p->reads, e->position, since);
	return true;
}

static bool
on_refused(struct gen *g, struct pair *p, const struct link_event *e)
{
	int64_t since;

	if (!waiting_take(&p->acks, e->n, &since))
		return false;
	p->refused++;
	tally_add(g->tally, COUNT_REFUSED, 1);
	return true;
}

static void
on_tick(struct gen *g, struct pair *p, const struct link_event *e)
{
	int64_t since;

	while (waiting_take(&p->ticks, e->position, &since)) {
		p->ticked++;
		tally_add(g->tally, COUNT_TICKED, 1);
		time_since(g, TIME_TICK, since);
	}
}

static void
on_read(struct gen *g, struct pair *p, const struct link_event *e)
{
	int64_t since;

	while (waiting_take(&p->reads, e->position, &since)) {
		p->read++;
		tally_add(g->tally, COUNT_READ, 1);
		time_since(g, TIME_READ, since);
	}
}

static void
on_message(struct gen *g, struct pair *p, const struct link_event *e)
{
	uint64_t pair, place;
	int64_t since;

	if (!pair_parse(g->conf, e, &pair, &place, &since) ||
	    pair != p->index) {
		tally_add(g->tally, COUNT_OLD, 1);
		return;
	}
	if (place < p->expected) {
		tally_add(g->tally, COUNT_DISORDERED, 1);
		return;
	}
	tally_add(g->tally, COUNT_MISSING, place - p->expected);
	p->expected = place + 1;
	tally_add(g->tally, COUNT_RECEIVED, 1);
	time_since(g, TIME_DELIVERY, since);
}

bool
pair_event(struct gen *g, struct user *u, const struct link_event *e)
{
	struct pair *p = u->state;

	if (u == p->from && e->type == LINK_SENT)
		return on_sent(g, p, e);
	if (u == p->from && e->type == LINK_REFUSED)
		return on_refused(g, p, e);
	if (u == p->from && e->type == LINK_TICK)
		on_tick(g, p, e);
	else if (u == p->from && e->type == LINK_READ)
		on_read(g, p, e);
	else if (u == p->to && e->type == LINK_MESSAGE)
		on_message(g, p, e);
	else if (e->type == LINK_SKIPPED)
		tally_add(g->tally, COUNT_MISSING, e->count);
	return false;
}

bool
pair_finished(const struct gen *g, const struct pair *p)
{
	uint64_t good = p->sent - p->refused;

	return p->acked == good && p->ticked == good && p->expected >= good &&
	    (!g->conf->mode->reads || p->read == good);
}

static void
give_up(struct gen *g, const struct pair *p)
{
	uint64_t good = p->sent - p->refused;
	uint64_t least = p->acked < p->ticked ? p->acked : p->ticked;

	if (p->expected < least)
		least = p->expected;
	if (g->conf->mode->reads && p->read < least)
		least = p->read;
	if (good > least)
		tally_add(g->tally, COUNT_MISSING, good - least);
}

void
pairs_give_up(struct gen *g)
{
	const struct pairs *ps = g->state;

	if (gen_progress(g))
		return;
	for (size_t i = 0; i < ps->n; i++)
		give_up(g, &ps->v[i]);
	gen_stage_done(g);
}

/* ---- what was found ---- */

void
pairs_report(const struct run *r, struct report *to, unsigned stage)
{
	run_report_messages(r, to, stage);
	run_report_latency(r, to, "ack", TIME_ACK);
	run_report_latency(r, to, "delivery", TIME_DELIVERY);
	run_report_latency(r, to, "tick", TIME_TICK);
}
