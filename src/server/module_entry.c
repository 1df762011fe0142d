/* SPDX-License-Identifier: ISC */
#include "src/server/module_entry.h"

#include "protocol/payload.h"
#include "src/chat/entry.h"
#include "src/common/err.h"
#include "src/server/module.h"
#include "src/server/outbox.h"

/* What a payload may be inflated to (SPEC.md, "Limits"). */
enum { CONTENT_MAX = 65536 };

int
scm_entry_get(struct tx *tx, const struct chat_id *id, uint64_t seq,
    struct entry *e)
{
	return entry_get(tx, id, seq, e);
}

/* The bytes of the content, in the transaction's memory. */
static int
open_payload(struct tx *tx, struct slice wire, struct slice *content)
{
	struct payload p;
	struct buf scratch;
	int rc = payload_take(&wire, &p);

	if (rc != 0)
		return SC_EDAMAGED;	/* it was whole when it was appended */
	if (p.encoding == PAYLOAD_DEFLATE && tx->deflate == NULL)
		return SC_EUNAVAILABLE;
	buf_init(&scratch, CONTENT_MAX);
	rc = payload_open(tx->deflate, &p, &scratch, content);
	if (rc == 0 && content->len > 0) {
		*content = arena_copy(tx->arena, *content);
		rc = content->p == NULL ? SC_ENOMEM : 0;
	}
	buf_fini(&scratch);
	return rc;
}

int
scm_entry_open(struct tx *tx, const struct entry *entry,
    const struct elem **content, size_t *n)
{
	struct elem *list;
	struct slice bytes;
	int rc = open_payload(tx, entry->payload, &bytes);

	*n = 0;
	if (rc != 0)
		return rc;
	list = arena_array(tx->arena, SC_ELEMENTS_MAX, sizeof(*list));
	if (list == NULL)
		return SC_ENOMEM;
	*content = list;
	while (rc == 0 && bytes.len > 0) {
		if (*n == SC_ELEMENTS_MAX)
			return SC_ENOTACCEPTABLE;
		rc = payload_next(&bytes, tx->arena, &list[*n]);
		*n += rc == 0;
	}
	return rc;
}

int
scm_entry_delete(struct tx *tx, const struct entry *entry, uint64_t user,
    uint64_t by, const struct elem *kept)
{
	struct entry e = *entry;
	struct elem_buf deleted;
	struct elem content[2];
	size_t n = 0;
	int rc;

	elem_begin(&deleted, TAG_DELETED);
	if (user != 0) {
		elem_add_user_id(&deleted, ATTR_USER, user);
		elem_add_uint(&deleted, ATTR_SEQ, by);
	}
	if (kept != NULL)
		content[n++] = *kept;
	content[n++] = deleted.e;
	e.flags = ENTRY_DELETED;
	rc = scm_payload(tx, content, n, &e.payload);
	if (rc == 0)
		rc = entry_replace(tx, &e.chat, e.seq, e.flags, e.payload);
	return rc != 0 ? rc : outbox_replaced(tx->outbox, &e);
}
