/* SPDX-License-Identifier: ISC */
#include "src/daemon/config.h"

#include <expat.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/common/alloc.h"
#include "src/common/buf.h"
#include "src/daemon/config_log.h"
#include "src/daemon/config_module.h"
#include "src/daemon/config_value.h"
#include "src/daemon/texts.h"

enum { PATH_SIZE = 128 };

static const char root[] = "stonechat";

/* One run over a file. */
struct reader {
	struct config *conf;
	XML_Parser xml;
	const char *file;
	char path[PATH_SIZE];	/* below the root */
	int depth;		/* 1: inside the root */
	const struct conf_def *def;	/* of the element at hand */
	struct buf text;
	bool failed;
	char *why;
	size_t whylen;
};

/* ---- elements -------------------------------------------------------- */

/* Only the first error is kept. */
static void __attribute__((format(printf, 3, 4)))
fail(struct reader *r, const char *element, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (r->failed)
		return;
	r->failed = true;
	n = snprintf(r->why, r->whylen, "%s:%lu: <%s>: ", r->file,
	    XML_GetCurrentLineNumber(r->xml), element);
	va_start(ap, fmt);
	if (n > 0 && (size_t)n < r->whylen)
		vsnprintf(r->why + n, r->whylen - (size_t)n, fmt, ap);
	va_end(ap);
	XML_StopParser(r->xml, XML_FALSE);
}

const struct conf_def *
config_find(const char *path)
{
	const struct conf_def *d;

	for (d = config_defs; d->path != NULL; d++)
		if (strcmp(d->path, path) == 0)
			return d;
	return NULL;
}

/* Whether PATH is the place of rows below it. */
static bool
is_section(const char *path)
{
	const struct conf_def *d;
	size_t n = strlen(path);

	for (d = config_defs; d->path != NULL; d++)
		if (strncmp(d->path, path, n) == 0 && d->path[n] == '/')
			return true;
	return false;
}

/* The elements that may stand directly below SECTION ("": the root). */
static void
print_allowed(const char *section, char *out, size_t size)
{
	size_t n = strlen(section), len, used = 0;
	const char *name, *before = "";
	const struct conf_def *d;

	*out = '\0';
	for (d = config_defs; d->path != NULL && used < size; d++) {
		if (n > 0 && (strncmp(d->path, section, n) != 0 ||
		    d->path[n] != '/'))
			continue;
		name = d->path + (n == 0 ? 0 : n + 1);
		len = strcspn(name, "/");
		/* Rows of a section stand together. */
		if (strlen(before) >= len && strncmp(before, name, len) == 0 &&
		    strchr("/", before[len]) != NULL)
			continue;
		used += (size_t)snprintf(out + used, size - used, "%s<%.*s>",
		    used == 0 ? "" : " ", (int)len, name);
		before = name;
	}
}

/* Whether elements of the row may stand several times. */
static bool
is_list(const struct conf_def *d)
{
	return d->type == CONF_ADDRESS || d->type == CONF_OF_MODULE ||
	    d->type == CONF_OF_UNIT;
}

/* Elements that say where modules are come before those that name one. */
static bool
is_late(const struct config *c, const struct conf_def *d)
{
	return strcmp(d->path, "modules/directory") == 0 &&
	    c->lines[config_find("modules/module") - config_defs] != 0;
}

static void
check_seen(struct reader *r, const char *name, const struct conf_def *d)
{
	unsigned *line = &r->conf->lines[d - config_defs];

	if (is_late(r->conf, d))
		fail(r, name, "expected before the first <module>");
	else if (*line != 0 && !is_list(d))
		fail(r, name, "expected once only; it is already on line %u",
		    *line);
	else
		*line = (unsigned)XML_GetCurrentLineNumber(r->xml);
}

static void
enter(struct reader *r, const char *name)
{
	char allowed[1024], parent[PATH_SIZE];
	size_t n = strlen(r->path);

	memcpy(parent, r->path, n + 1);
	if (n + strlen(name) + 2 > sizeof(r->path)) {
		fail(r, "element", "unknown: the name is too long");
		return;
	}
	snprintf(r->path + n, sizeof(r->path) - n, "%s%s", n > 0 ? "/" : "",
	    name);
	r->def = config_find(r->path);
	if (r->def != NULL) {
		check_seen(r, name, r->def);
	} else if (!is_section(r->path)) {
		print_allowed(parent, allowed, sizeof(allowed));
		fail(r, name, "unknown here: expected one of %s", allowed);
	}
}

/* 0, or -1 with what was expected of the attributes in WHY. */
static int
set_attributes(struct reader *r, const char *const *attrs, char *why,
    size_t whylen)
{
	unsigned line = (unsigned)XML_GetCurrentLineNumber(r->xml);

	switch (r->def == NULL ? CONF_BOOL : r->def->type) {
	case CONF_OF_MODULE:
		return config_module_take(r->conf, attrs, line, why, whylen);
	case CONF_OF_UNIT:
		return config_log_take(r->conf, attrs, line, why, whylen);
	default:
		if (attrs[0] == NULL)
			return 0;
		snprintf(why, whylen, "expected no attributes, found \"%.200s\"",
		    attrs[0]);
		return -1;
	}
}

static void
take_attributes(struct reader *r, const char *name, const XML_Char **attrs)
{
	char why[1024];

	if (set_attributes(r, (const char *const *)attrs, why,
	    sizeof(why)) != 0)
		fail(r, name, "%s", why);
}

static void XMLCALL
on_start(void *arg, const XML_Char *name, const XML_Char **attrs)
{
	struct reader *r = arg;

	if (r->failed)
		return;
	if (r->depth == 0 && strcmp(name, root) != 0)
		fail(r, name, "expected <%s> as the outermost element", root);
	else if (r->def != NULL)
		fail(r, name, "unknown here: <%s> holds a value, no elements",
		    r->path);
	else if (r->depth > 0)
		enter(r, name);
	if (!r->failed)
		take_attributes(r, name, attrs);
	r->depth++;
	buf_clear(&r->text);
}

/* The text of the element at hand, without white space around it. */
static char *
take_text(struct reader *r)
{
	static const char space[] = " \t\r\n";
	char *s;

	buf_put_u8(&r->text, 0);
	s = (char *)r->text.p + r->text.off;
	while (*s != '\0' && strchr(space, *s) != NULL)
		s++;
	while (*s != '\0' && strchr(space, s[strlen(s) - 1]) != NULL)
		s[strlen(s) - 1] = '\0';
	return s;
}

static void XMLCALL
on_end(void *arg, const XML_Char *name)
{
	struct reader *r = arg;
	char expected[512], *slash, *text;

	if (r->failed)
		return;
	text = take_text(r);
	if (r->def != NULL &&
	    config_value_set(r->conf, r->def, text) != 0) {
		config_value_expected(r->def, expected, sizeof(expected));
		fail(r, name, "expected %s, found \"%.200s\"%s", expected, text,
		    config_value_missing(r->def, text));
	}
	r->def = NULL;
	slash = strrchr(r->path, '/');
	if (slash == NULL)
		slash = r->path;
	*slash = '\0';
	r->depth--;
	buf_clear(&r->text);
}

static void XMLCALL
on_text(void *arg, const XML_Char *s, int len)
{
	struct reader *r = arg;
	int i;

	if (r->failed)
		return;
	if (r->def != NULL) {
		buf_put(&r->text, s, (size_t)len);
		if (buf_failed(&r->text))
			fail(r, r->path, "expected a value of at most %zu "
			    "bytes", r->text.limit - 1);
		return;
	}
	for (i = 0; i < len; i++)
		if (strchr(" \t\r\n", s[i]) == NULL)
			break;
	if (i < len)
		fail(r, r->depth > 1 ? r->path : root,
		    "expected elements, found text");
}

static void XMLCALL
on_doctype(void *arg, const XML_Char *name, const XML_Char *sysid,
    const XML_Char *pubid, int internal)
{
	(void)name, (void)sysid, (void)pubid, (void)internal;
	fail(arg, root, "expected no document type (<!DOCTYPE ...>) and no "
	    "entities");
}

/* ---- files ----------------------------------------------------------- */

static void
set_defaults(struct config *c)
{
	const struct conf_def *d;

	memset(c, 0, sizeof(*c));
	server_conf_init(&c->server);
	bdb_conf_init(&c->store, NULL);
	config_log_init(&c->log);
	for (d = config_defs; d->path != NULL; d++)
		if (!is_list(d))
			config_value_set(c, d, d->dflt);
}

static void
set_late_defaults(struct config *c)
{
	if (c->naddresses == 0)
		config_value_set(c, config_find("listen/address"), "*");
	c->store.dir = c->store_dir;
}

/* Also if none is mentioned. */
static void
map_modules(struct reader *r)
{
	char why[1024];

	if (r->failed)
		return;
	if (config_modules_map(r->conf, why, sizeof(why)) != 0 ||
	    config_modules_check(r->conf, why, sizeof(why)) != 0)
		fail(r, "modules", "%s", why);
}

static void
parse(struct reader *r, const char *text, size_t len)
{
	enum XML_Error code;

	XML_SetUserData(r->xml, r);
	XML_SetElementHandler(r->xml, on_start, on_end);
	XML_SetCharacterDataHandler(r->xml, on_text);
	XML_SetStartDoctypeDeclHandler(r->xml, on_doctype);
	if (XML_Parse(r->xml, text, (int)len, 1) == XML_STATUS_OK) {
		map_modules(r);
		return;
	}
	if (r->failed)
		return;
	code = XML_GetErrorCode(r->xml);
	fail(r, r->depth > 1 ? r->path : root, "expected well-formed XML, "
	    "found an error in column %lu: %s",
	    XML_GetCurrentColumnNumber(r->xml) + 1, XML_ErrorString(code));
}

/* Which modules there are; NULL: also those of the directory. */
typedef void modules_fn(struct config *, const struct config *running);

static int
parse_with(struct config *c, modules_fn *modules,
    const struct config *running, const char *file, const char *text,
    size_t len, char *why, size_t whylen)
{
	struct reader r = {.conf = c, .file = file, .why = why,
		.whylen = whylen};

	set_defaults(c);
	if (modules != NULL)
		modules(c, running);
	buf_init(&r.text, 4096);
	r.xml = XML_ParserCreate("UTF-8");
	if (r.xml == NULL) {
		r.failed = true;
		snprintf(why, whylen, "%s: no memory", file);
	} else {
		parse(&r, text, len);
		XML_ParserFree(r.xml);
	}
	buf_fini(&r.text);
	if (r.failed) {
		config_fini(c);
		return -1;
	}
	set_late_defaults(c);
	c->file = xstrdup(file);
	return 0;
}

int
config_parse(struct config *c, const char *file, const char *text, size_t len,
    char *why, size_t whylen)
{
	return parse_with(c, NULL, NULL, file, text, len, why, whylen);
}

static void
linked(struct config *c, const struct config *running)
{
	(void)running;
	config_modules_linked(c);
}

int
config_parse_again(struct config *c, const struct config *running,
    const char *file, const char *text, size_t len, char *why, size_t whylen)
{
	return parse_with(c, running == NULL ? linked : config_modules_share,
	    running, file, text, len, why, whylen);
}

static void
ignored(struct config *c, const struct config *running)
{
	(void)running;
	c->modules_known = c->modules_ignored = true;
}

int
config_parse_outer(struct config *c, const char *file, const char *text,
    size_t len, char *why, size_t whylen)
{
	return parse_with(c, ignored, NULL, file, text, len, why, whylen);
}

static int
load(struct config *c, modules_fn *modules, const struct config *running,
    const char *file, char *why, size_t whylen)
{
	struct slice text;
	struct texts t;
	int rc;

	if (texts_read_file(&t, file, why, whylen) != 0)
		return -1;
	text = buf_slice(&t.conf);
	rc = parse_with(c, modules, running, file, (const char *)text.p,
	    text.len, why, whylen);
	texts_fini(&t);
	return rc;
}

int
config_load(struct config *c, const char *file, char *why, size_t whylen)
{
	return load(c, NULL, NULL, file, why, whylen);
}

int
config_load_again(struct config *c, const struct config *running,
    const char *file, char *why, size_t whylen)
{
	return load(c, running == NULL ? linked : config_modules_share,
	    running, file, why, whylen);
}

void
config_fini(struct config *c)
{
	const struct conf_def *d;

	for (d = config_defs; d->path != NULL; d++)
		config_value_clear(c, d);
	config_modules_fini(c);
	free(c->file);
	memset(c, 0, sizeof(*c));
}

void
config_free(struct config *c)
{
	if (c == NULL)
		return;
	config_fini(c);
	free(c);
}
