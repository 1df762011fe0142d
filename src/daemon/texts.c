/* SPDX-License-Identifier: ISC */
#include "src/daemon/texts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/common/alloc.h"
#include "src/daemon/config.h"
#include "src/daemon/line.h"

enum { TEXT_MAX = 1 << 20, ROOM = 32768, CHUNK = 4096 };

void
texts_init(struct texts *t)
{
	t->file = NULL;
	buf_init(&t->conf, TEXT_MAX);
	buf_init(&t->certificate, TEXT_MAX);
	buf_init(&t->key, TEXT_MAX);
}

void
texts_fini(struct texts *t)
{
	free(t->file);
	buf_fini(&t->conf);
	buf_fini(&t->certificate);
	buf_wipe(&t->key);
	texts_init(t);
}

void
texts_take(struct texts *t, const struct line_message *m)
{
	char file[PATH_MAX];

	texts_init(t);
	t->file = xstrdup(line_text(m, 0, file, sizeof(file)));
	buf_put_slice(&t->conf, m->fields[1]);
	buf_put_slice(&t->certificate, m->fields[2]);
	buf_put_slice(&t->key, m->fields[3]);
}

void
texts_copy(struct texts *to, const struct texts *from)
{
	texts_init(to);
	to->file = xstrdup(from->file);
	buf_put_slice(&to->conf, buf_slice(&from->conf));
	buf_put_slice(&to->certificate, buf_slice(&from->certificate));
	buf_put_slice(&to->key, buf_slice(&from->key));
}

/* 0, or -1 with errno. */
static int
read_all(const char *file, struct buf *to)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC), saved;
	ssize_t n = -1;
	uint8_t *p;

	if (fd < 0)
		return -1;
	/* Room at once: what grows leaves pieces of a key behind. */
	p = buf_room(to, ROOM);
	while (p != NULL && (n = read(fd, p, CHUNK)) > 0) {
		buf_added(to, (size_t)n);
		p = buf_room(to, CHUNK);
	}
	saved = p == NULL ? EFBIG : errno;
	close(fd);
	errno = saved;
	return p == NULL || n < 0 ? -1 : 0;
}

int
texts_read_file(struct texts *t, const char *file, char *why, size_t whylen)
{
	texts_init(t);
	t->file = xstrdup(file);
	if (read_all(file, &t->conf) == 0)
		return 0;
	snprintf(why, whylen, "%s: %s: put the configuration there, or name "
	    "another file (stonechatd -c, stonechatctl --config)", file,
	    strerror(errno));
	texts_fini(t);
	return -1;
}

static int
read_pem(const char *file, const char *element, struct buf *to, char *why,
    size_t whylen)
{
	if (read_all(file, to) == 0)
		return 0;
	snprintf(why, whylen, "%s: %s: name a file in <tls><%s> that the "
	    "server may read", file, strerror(errno), element);
	return -1;
}

int
texts_read_named(struct texts *t, const struct config *conf, char *why,
    size_t whylen)
{
	if (read_pem(conf->certificate, "certificate", &t->certificate, why,
	    whylen) != 0)
		return -1;
	return read_pem(conf->key, "key", &t->key, why, whylen);
}

int
texts_read(struct texts *t, struct config *conf, const char *file, char *why,
    size_t whylen)
{
	struct slice text;

	if (texts_read_file(t, file, why, whylen) != 0)
		return -1;
	text = buf_slice(&t->conf);
	if (config_parse_outer(conf, file, (const char *)text.p, text.len,
	    why, whylen) == 0) {
		if (texts_read_named(t, conf, why, whylen) == 0)
			return 0;
		config_fini(conf);
	}
	texts_fini(t);
	return -1;
}
