/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <unistd.h>

#include "src/wire/convert.h"
#include "tests/fuzz/fuzz.h"

/* Standard output and standard error go nowhere meanwhile. */
struct silence {
	int out, err;
};

static struct silence
silence_begin(void)
{
	struct silence s;
	int null;

	fflush(stdout);
	s = (struct silence){dup(STDOUT_FILENO), dup(STDERR_FILENO)};
	null = open("/dev/null", O_WRONLY);
	fuzz_check(s.out >= 0 && s.err >= 0 && null >= 0);
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	close(null);
	return s;
}

static void
silence_end(const struct silence *s)
{
	fflush(stdout);
	dup2(s->out, STDOUT_FILENO);
	dup2(s->err, STDERR_FILENO);
	close(s->out);
	close(s->err);
}

/* A file for stonechat-wire; the first byte says what to do with it. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct convert c = {.file = "test", .deflate = deflate_create()};
	struct silence s;
	struct slice text;

	fuzz_check(c.deflate != NULL);
	if (size > 0) {
		c.raw = (data[0] & 4) != 0;
		c.json = (data[0] & 8) != 0;
		text = slice_of(data + 1, size - 1);
		s = silence_begin();
		switch (data[0] & 3) {
		case 0:
			(void)convert_to_bytes(&c, text);
			break;
		case 1:
			(void)convert_to_xml(&c, text);
			break;
		default:
			(void)convert_sizes(&c, text);
			break;
		}
		silence_end(&s);
	}
	deflate_destroy(c.deflate);
	return 0;
}
