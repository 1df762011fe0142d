/* SPDX-License-Identifier: ISC */
#include "src/client/content.h"

#include <string.h>

#include "src/common/err.h"

enum { OPTIONS_MAX = 64, MENTIONS_MAX = 256 };

/* In the order of enum media_type. */
static const char *const media_types[MEDIA_TYPE_COUNT] = {
	"application/octet-stream", "image/jpeg", "image/png", "image/webp",
	"image/gif", "audio/ogg", "audio/mpeg", "audio/mp4", "video/mp4",
	"video/webm", "application/pdf", "text/plain", "text/vcard",
	"application/zip"};

static const enum tag tags[SC_KIND_COUNT] = {
	[SC_KIND_TEXT] = TAG_BODY,
	[SC_KIND_EDIT] = TAG_EDIT,
	[SC_KIND_DELETE] = TAG_DELETE,
	[SC_KIND_REACTION] = TAG_REACTION,
	[SC_KIND_LOCATION] = TAG_LOCATION,
	[SC_KIND_CARD] = TAG_CARD,
	[SC_KIND_MEDIA] = TAG_MEDIA,
	[SC_KIND_STICKER] = TAG_STICKER,
	[SC_KIND_POLL] = TAG_POLL,
	[SC_KIND_VOTE] = TAG_VOTE,
	[SC_KIND_PIN] = TAG_PIN,
	[SC_KIND_UNPIN] = TAG_UNPIN,
	[SC_KIND_DELETED] = TAG_DELETED,
};

/* ---- making ---- */

static int
add(struct buf *content, const struct elem_buf *e)
{
	int rc = payload_add(content, &e->e);

	return rc == SC_EMALFORMED ? SC_CODE_BAD_REQUEST
	    : rc != 0 ? SC_CODE_TOO_LARGE : 0;
}

static void
add_type(struct elem_buf *e, const char *mime)
{
	for (unsigned i = 0; mime != NULL && i < MEDIA_TYPE_COUNT; i++) {
		if (strcmp(mime, media_types[i]) != 0)
			continue;
		elem_add_enum(e, ATTR_TYPE, i);
		return;
	}
	elem_add_text(e, ATTR_MIME, slice_str(mime == NULL ? "" : mime));
}

static void
add_file(struct elem_buf *e, const struct sc_message *m)
{
	elem_add_bytes(e, ATTR_REF, slice_of(m->ref, m->reflen));
	add_type(e, m->mime);
	elem_add_uint(e, ATTR_SIZE, m->size);
	elem_add_bytes(e, ATTR_HASH, slice_of(m->hash, m->hashlen));
	if (m->keylen > 0)
		elem_add_bytes(e, ATTR_KEY, slice_of(m->key, m->keylen));
}

static void
add_place(struct elem_buf *e, const struct sc_message *m)
{
	elem_add_int(e, ATTR_LATITUDE, m->latitude);
	elem_add_int(e, ATTR_LONGITUDE, m->longitude);
	if (m->accuracy != 0)
		elem_add_uint(e, ATTR_ACCURACY, m->accuracy);
	if (m->name != NULL)
		elem_add_text(e, ATTR_NAME, slice_str(m->name));
	if (m->until != 0)
		elem_add_time(e, ATTR_UNTIL, m->until);
}

/* The options become children, in OPTIONS. */
static int
add_poll(struct elem_buf *e, const struct sc_message *m, struct elem *options)
{
	if (m->name == NULL || m->noptions == 0 || m->noptions > OPTIONS_MAX)
		return SC_CODE_BAD_REQUEST;
	elem_add_text(e, ATTR_NAME, slice_str(m->name));
	if (m->most > 1)
		elem_add_uint(e, ATTR_MOST, m->most);
	for (size_t i = 0; i < m->noptions; i++)
		options[i] = (struct elem){.tag = TAG_OPTION,
		    .content = CONTENT_TEXT,
		    .text = slice_str(m->options[i])};
	elem_set_children(e, options, m->noptions);
	return 0;
}

/* The element that makes M what it is. */
static int
make_main(const struct sc_message *m, struct buf *content)
{
	struct elem options[OPTIONS_MAX];
	struct elem_buf e;
	int rc = 0;

	if (m->kind <= SC_KIND_NONE || m->kind >= SC_KIND_DELETED)
		return SC_CODE_BAD_REQUEST;
	elem_begin(&e, tags[m->kind]);
	if (m->textlen > 0)
		elem_set_text(&e, slice_of(m->text, m->textlen));
	if (m->seq != 0)
		elem_add_uint(&e, ATTR_SEQ, m->seq);
	if (m->kind == SC_KIND_VOTE)
		elem_add_uint(&e, ATTR_CHOICES, m->choices);
	else if (m->kind == SC_KIND_LOCATION)
		add_place(&e, m);
	else if (m->kind == SC_KIND_MEDIA || m->kind == SC_KIND_STICKER)
		add_file(&e, m);
	else if (m->kind == SC_KIND_POLL)
		rc = add_poll(&e, m, options);
	if (m->kind == SC_KIND_CARD) {
		elem_add_text(&e, ATTR_NAME,
		    slice_str(m->name == NULL ? "" : m->name));
		if (m->user != 0)
			elem_add_user_id(&e, ATTR_USER, m->user);
	}
	return rc != 0 ? rc : add(content, &e);
}

static int
make_mentions(const struct sc_message *m, struct buf *content)
{
	struct elem_buf e;
	int rc = 0;

	for (size_t i = 0; i < m->nmentions && rc == 0; i++) {
		elem_begin(&e, TAG_MENTION);
		elem_add_user_id(&e, ATTR_USER, m->mentions[i].user);
		elem_add_uint(&e, ATTR_FIRST, m->mentions[i].first);
		elem_add_uint(&e, ATTR_LAST, m->mentions[i].last);
		rc = add(content, &e);
	}
	return rc;
}

static int
make_after(const struct sc_message *m, struct buf *content)
{
	struct chat_ref chat = {.kind = CHAT_BY_ID};
	struct elem_buf e;

	if (chat_id_parse(slice_str(m->after), &chat.id) != 0)
		return SC_CODE_BAD_REQUEST;
	elem_begin(&e, TAG_AFTER);
	elem_add_chat(&e, ATTR_CHAT, &chat);
	elem_add_uint(&e, ATTR_SEQ, m->after_seq);
	return add(content, &e);
}

int
content_make(const struct sc_message *m, struct buf *content)
{
	struct elem_buf e;
	int rc = make_main(m, content);

	if (rc == 0 && m->reply != 0) {
		elem_begin(&e, TAG_REPLY);
		elem_add_uint(&e, ATTR_SEQ, m->reply);
		rc = add(content, &e);
	}
	if (rc == 0 && m->forwarded) {
		elem_begin(&e, TAG_FORWARDED);
		rc = add(content, &e);
	}
	if (rc == 0)
		rc = make_mentions(m, content);
	return rc == 0 && m->after != NULL ? make_after(m, content) : rc;
}

/* ---- reading ---- */

/* A copy with a 0 behind it; NULL without memory. */
static const char *
string(struct arena *a, struct slice s)
{
	char *to = arena_alloc(a, s.len + 1);

	if (to == NULL)
		return NULL;
	if (s.len > 0)
		memcpy(to, s.p, s.len);
	to[s.len] = '\0';
	return to;
}

static int
note_options(struct sc_message *m, const struct elem *e, struct arena *a)
{
	const char **options = arena_array(a, e->nchild + 1,
	    sizeof(*options));

	if (options == NULL)
		return SC_CODE_NO_MEMORY;
	for (size_t i = 0; i < e->nchild; i++) {
		if (e->children[i].tag != TAG_OPTION)
			continue;
		options[m->noptions] = string(a, e->children[i].text);
		if (options[m->noptions++] == NULL)
			return SC_CODE_NO_MEMORY;
	}
	m->options = options;
	m->most = elem_uint(e, ATTR_MOST, 1);
	return 0;
}

static int
note_file(struct sc_message *m, const struct elem *e, struct arena *a)
{
	uint64_t type = elem_uint(e, ATTR_TYPE, MEDIA_TYPE_COUNT);
	struct slice ref = arena_copy(a, elem_slice(e, ATTR_REF));
	struct slice hash = arena_copy(a, elem_slice(e, ATTR_HASH));
	struct slice key = arena_copy(a, elem_slice(e, ATTR_KEY));

	m->ref = ref.p;
	m->reflen = ref.len;
	m->hash = hash.p;
	m->hashlen = hash.len;
	m->key = key.p;
	m->keylen = key.len;
	m->size = elem_uint(e, ATTR_SIZE, 0);
	m->mime = type < MEDIA_TYPE_COUNT ? media_types[type]
	    : string(a, elem_slice(e, ATTR_MIME));
	return m->mime == NULL ? SC_CODE_NO_MEMORY : 0;
}

/* The element that makes a message what it is. */
static int
note_main(struct sc_message *m, enum sc_kind kind, const struct elem *e,
    struct arena *a)
{
	const struct value *user = elem_get(e, ATTR_USER);

	/* an edit that has been deleted: what it was, and what it is */
	if (kind == SC_KIND_DELETED && m->kind == SC_KIND_EDIT)
		m->edited = m->seq;
	else if (m->kind != SC_KIND_NONE)
		return 0;
	m->kind = kind;
	m->seq = elem_uint(e, ATTR_SEQ, 0);
	m->user = user == NULL ? 0 : user->user.id;
	m->text = string(a, e->text);
	m->textlen = e->text.len;
	m->choices = elem_uint(e, ATTR_CHOICES, 0);
	m->latitude = elem_int(e, ATTR_LATITUDE, 0);
	m->longitude = elem_int(e, ATTR_LONGITUDE, 0);
	m->accuracy = elem_uint(e, ATTR_ACCURACY, 0);
	m->until = elem_int(e, ATTR_UNTIL, 0);
	m->name = string(a, elem_slice(e, ATTR_NAME));
	if (m->text == NULL || m->name == NULL)
		return SC_CODE_NO_MEMORY;
	if (kind == SC_KIND_POLL)
		return note_options(m, e, a);
	return kind == SC_KIND_MEDIA || kind == SC_KIND_STICKER
	    ? note_file(m, e, a) : 0;
}

static int
note_mention(struct sc_message *m, const struct elem *e, struct arena *a)
{
	const struct value *user = elem_get(e, ATTR_USER);
	struct sc_mention *list;

	if (user == NULL || user->user.id == 0 ||
	    m->nmentions == MENTIONS_MAX)
		return 0;
	list = arena_array(a, m->nmentions + 1, sizeof(*list));
	if (list == NULL)
		return SC_CODE_NO_MEMORY;
	if (m->nmentions > 0)
		memcpy(list, m->mentions, m->nmentions * sizeof(*list));
	list[m->nmentions++] = (struct sc_mention){user->user.id,
	    elem_uint(e, ATTR_FIRST, 0), elem_uint(e, ATTR_LAST, 0)};
	m->mentions = list;
	return 0;
}

static int
note_after(struct sc_message *m, const struct elem *e, struct arena *a)
{
	const struct value *chat = elem_get(e, ATTR_CHAT);
	char *id;

	if (chat == NULL || chat->chat.kind != CHAT_BY_ID)
		return 0;
	id = arena_alloc(a, CHAT_ID_TEXT + 1);
	if (id == NULL)
		return SC_CODE_NO_MEMORY;
	chat_id_print(&chat->chat.id, id);
	m->after = id;
	m->after_seq = elem_uint(e, ATTR_SEQ, 0);
	return 0;
}

int
content_note(struct sc_message *m, const struct elem *e, struct arena *a)
{
	for (unsigned i = SC_KIND_TEXT; i < SC_KIND_COUNT; i++)
		if (e->tag == tags[i])
			return note_main(m, (enum sc_kind)i, e, a);
	if (e->tag == TAG_MENTION)
		return note_mention(m, e, a);
	if (e->tag == TAG_AFTER)
		return note_after(m, e, a);
	if (e->tag == TAG_REPLY)
		m->reply = elem_uint(e, ATTR_SEQ, 0);
	if (e->tag == TAG_FORWARDED)
		m->forwarded = true;
	return 0;
}
