/* SPDX-License-Identifier: ISC */
#include "protocol/payload.h"

#include "protocol/element.h"
#include "protocol/tables.h"
#include "protocol/utf8.h"
#include "protocol/varint.h"
#include "src/common/err.h"

int
payload_take(struct slice *in, struct payload *p)
{
	struct slice rest = *in;
	uint64_t head;
	int rc;

	rc = varint_take(&rest, &head);
	if (rc != 0)
		return rc;
	if ((head & 3) > PAYLOAD_OPAQUE)
		return SC_EMALFORMED;
	p->encoding = (enum payload_encoding)(head & 3);
	p->dictionary = 0;
	if (p->encoding == PAYLOAD_DEFLATE) {
		if (rest.len == 0)
			return SC_EMORE;
		p->dictionary = rest.p[0];
		rest = slice_of(rest.p + 1, rest.len - 1);
	}
	if (head >> 2 > rest.len)
		return SC_EMORE;
	p->bytes = slice_of(rest.p, (size_t)(head >> 2));
	*in = slice_of(rest.p + p->bytes.len, rest.len - p->bytes.len);
	return 0;
}

int
payload_open(struct deflate *d, const struct payload *p, struct buf *scratch,
    struct slice *content)
{
	int rc;

	switch (p->encoding) {
	case PAYLOAD_RAW:
		*content = p->bytes;
		return 0;
	case PAYLOAD_DEFLATE:
		buf_clear(scratch);
		rc = deflate_unpack(d, p->dictionary, p->bytes, scratch);
		*content = buf_slice(scratch);
		return rc;
	case PAYLOAD_OPAQUE:
		break;
	}
	return SC_ENOTACCEPTABLE;
}

int
payload_next(struct slice *content, struct arena *arena, struct elem *e)
{
	int64_t base = 0;
	int rc;

	memset(e, 0, sizeof(*e));
	if (content->len == 0)
		return SC_EMORE;
	rc = element_take(content, &base, arena, e, 1);
	if (rc == SC_EMORE || (rc == 0 && e->tag == TAG_OPAQUE))
		return SC_EMALFORMED;
	return rc;
}

int
payload_add(struct buf *content, const struct elem *e)
{
	size_t start = content->len;
	int64_t base = 0;
	int rc;

	if (buf_failed(content))
		return SC_ETOOLARGE;
	if (e->tag == TAG_OPAQUE)
		return SC_EMALFORMED;
	rc = element_put(content, e, &base, 1);
	if (rc == 0 && buf_failed(content))
		rc = SC_ETOOLARGE;
	if (rc != 0) {
		buf_truncate(content, start);
		content->failed = false;
	}
	return rc;
}

int
payload_add_body(struct buf *content, struct slice text)
{
	struct elem_buf body;

	elem_begin(&body, TAG_BODY);
	elem_set_text(&body, text);
	return payload_add(content, &body.e);
}

static void
put(struct buf *to, enum payload_encoding encoding, const uint8_t *dictionary,
    struct slice bytes)
{
	varint_put(to, (uint64_t)bytes.len << 2 | encoding);
	if (dictionary != NULL)
		buf_put_u8(to, *dictionary);
	buf_put_slice(to, bytes);
}

static int
put_checked(struct buf *to, enum payload_encoding encoding,
    const uint8_t *dictionary, struct slice bytes)
{
	size_t start = to->len;

	if (buf_failed(to))
		return SC_ETOOLARGE;
	put(to, encoding, dictionary, bytes);
	if (!buf_failed(to))
		return 0;
	buf_truncate(to, start);
	to->failed = false;
	return SC_ETOOLARGE;
}

/* The bytes of a payload of LEN with a head of EXTRA bytes after the varint. */
static size_t
size_of(size_t len, size_t extra)
{
	return varint_size((uint64_t)len << 2) + extra + len;
}

int
payload_put(struct deflate *d, struct slice content,
    const uint8_t *dictionaries, size_t n, struct buf *to)
{
	struct buf packed;
	uint8_t id;
	int rc = SC_ENOTFOUND;

	buf_init(&packed, 0);
	if (d != NULL && content.len > 0)
		rc = deflate_pack_best(d, dictionaries, n, content, &packed,
		    &id);
	if (rc == 0 && size_of(packed.len, 1) < size_of(content.len, 0))
		rc = put_checked(to, PAYLOAD_DEFLATE, &id,
		    buf_slice(&packed));
	else if (rc == 0 || rc == SC_ENOTFOUND)
		rc = put_checked(to, PAYLOAD_RAW, NULL, content);
	buf_fini(&packed);
	return rc;
}

int
payload_put_opaque(struct slice bytes, struct buf *to)
{
	return put_checked(to, PAYLOAD_OPAQUE, NULL, bytes);
}

enum script { LATIN, CYRILLIC, DEVANAGARI, ARABIC, HAN, SCRIPTS };

static enum script
script_of_language(const char *language)
{
	static const struct {
		const char *language;
		enum script script;
	} others[] = {
		{"ru", CYRILLIC},
		{"hi", DEVANAGARI},
		{"ar", ARABIC},
		{"zh", HAN},
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strcmp(others[i].language, language) == 0)
			return others[i].script;
	return LATIN;
}

static enum script
script_of(uint32_t c)
{
	if (c >= 0x400 && c < 0x530)
		return CYRILLIC;
	if (c >= 0x600 && c < 0x780)
		return ARABIC;
	if (c >= 0x900 && c < 0x980)
		return DEVANAGARI;
	if ((c >= 0x3000 && c < 0x3040) || (c >= 0x3400 && c < 0xa000) ||
	    (c >= 0xff00 && c < 0xffef))
		return HAN;
	return LATIN;
}

size_t
payload_guess(struct slice text, uint8_t *out, size_t max)
{
	size_t count[SCRIPTS] = {0}, n = 0;
	enum script script = LATIN;

	while (text.len > 0) {
		uint32_t c = ' ';

		if (utf8_take(&text, &c) != 0)
			text = slice_of(text.p + 1, text.len - 1);
		if (c >= 0x80 || (c | 0x20) - 'a' < 26)
			count[script_of(c)]++;
	}
	for (enum script s = CYRILLIC; s < SCRIPTS; s++)
		if (count[s] > count[script])
			script = s;
	for (unsigned i = 1; i < deflate_table_count && n < max; i++)
		if (script_of_language(deflate_table[i].language) == script)
			out[n++] = (uint8_t)i;
	return n;
}
