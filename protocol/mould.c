/* SPDX-License-Identifier: ISC */
#include "protocol/mould.h"

#include <string.h>

#include "protocol/frame.h"
#include "protocol/shape.h"
#include "protocol/varint.h"

void
mould_init(struct mould *m)
{
	memset(m, 0, sizeof(*m));
	buf_init(&m->body, 0);
}

void
mould_fini(struct mould *m)
{
	buf_fini(&m->body);
}

/* Whether the value is one integer on the wire. */
static bool
is_integer(const struct value *v)
{
	switch (v->type) {
	case VALUE_UINT:
	case VALUE_INT:
	case VALUE_ENUM:
	case VALUE_TIME:
		return true;
	case VALUE_CHAT:
		return v->chat.kind == CHAT_BY_NUMBER;
	default:
		return false;
	}
}

/* Finds the gaps in the body. */
static bool
find_gaps(struct mould *m, const struct elem *e, const struct form *f)
{
	struct slice all = buf_slice(&m->body), in = all;
	const struct shape *s = f->shape;
	size_t head = s->noptional > 0 ? 2 : 1;
	uint64_t ignored;

	in.p += head;
	in.len -= head;
	for (unsigned i = 0; i < s->nattr && m->time.len == 0; i++) {
		const struct value *v;
		struct mould_gap gap;

		if (!attr_set_has(&f->have, s->attrs[i].name))
			continue;
		v = &e->attrs[f->at[s->attrs[i].name]].v;
		gap.at = (size_t)(in.p - all.p);
		if (!is_integer(v) || varint_take(&in, &ignored) != 0)
			return false;
		gap.len = (size_t)(in.p - all.p) - gap.at;
		if (v->type == VALUE_CHAT) {
			m->chat = gap;
		} else if (v->type == VALUE_TIME) {
			m->time = gap;
			m->when = v->i;
		}
	}
	return m->chat.len > 0 && m->time.len > 0;
}

bool
mould_make(struct mould *m, const struct elem *e)
{
	static const struct stanza_ctx base = {.base_time = 0};
	struct form f;

	buf_clear(&m->body);
	m->chat = m->time = (struct mould_gap){0, 0};
	if (form_choose(e, true, &f) != 0 || f.shape == NULL || f.tail)
		return false;
	return stanza_encode(&base, e, &m->body) == 0 &&
	    m->body.len + 2 * VARINT_MAX <= FRAME_MAX && find_gaps(m, e, &f);
}

static uint8_t *
copy(uint8_t *to, const void *p, size_t n)
{
	memcpy(to, p, n);
	return to + n;
}

void
mould_put(const struct mould *m, const struct stanza_ctx *ctx,
    uint64_t number, struct buf *b)
{
	struct slice body = buf_slice(&m->body);
	size_t after_chat = m->chat.at + m->chat.len;
	size_t after_time = m->time.at + m->time.len;
	uint8_t head[VARINT_MAX], chat[VARINT_MAX], time[VARINT_MAX], *to;
	size_t nchat = varint_write(chat, number);
	/* wraps around, as all differences of times */
	size_t ntime = varint_write(time, zigzag((int64_t)((uint64_t)m->when -
	    (uint64_t)ctx->base_time)));
	size_t len = body.len - m->chat.len - m->time.len + nchat + ntime;
	size_t nhead = frame_write_head(head, len, false);

	to = buf_room(b, nhead + len);
	if (to == NULL)
		return;
	to = copy(to, head, nhead);
	to = copy(to, body.p, m->chat.at);
	to = copy(to, chat, nchat);
	to = copy(to, body.p + after_chat, m->time.at - after_chat);
	to = copy(to, time, ntime);
	(void)copy(to, body.p + after_time, body.len - after_time);
	buf_added(b, nhead + len);
}
