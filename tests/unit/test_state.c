/* SPDX-License-Identifier: ISC */
/* The client's state in a directory: locks, torn ends, damage, replacement. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/client/stonechat.h"

enum { RECORDS = 20, FILE_MAX = 8192 };

struct dir {
	char base[64];		/* made by mkdtemp */
	char path[96];		/* of the state, two levels below */
	char journal[128];
	struct sc_state *s;
	struct sc_state_io io;
	char why[300];
	/* what the last load gave */
	char loaded[FILE_MAX];
	unsigned count;
};

static int
setup(void **state)
{
	struct dir *d = calloc(1, sizeof(*d));

	assert_non_null(d);
	(void)snprintf(d->base, sizeof(d->base), "/tmp/test-state-XXXXXX");
	assert_non_null(mkdtemp(d->base));
	(void)snprintf(d->path, sizeof(d->path), "%s/one/two", d->base);
	(void)snprintf(d->journal, sizeof(d->journal), "%s/journal",
	    d->path);
	*state = d;
	return 0;
}

static void
remove_all(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *e;

	while (dir != NULL && (e = readdir(dir)) != NULL) {
		char sub[512];

		if (strcmp(e->d_name, ".") == 0 ||
		    strcmp(e->d_name, "..") == 0)
			continue;
		(void)snprintf(sub, sizeof(sub), "%s/%s", path, e->d_name);
		if (unlink(sub) != 0)
			remove_all(sub);
	}
	if (dir != NULL)
		closedir(dir);
	(void)rmdir(path);
}

static int
teardown(void **state)
{
	struct dir *d = *state;

	sc_state_close(d->s);
	remove_all(d->base);
	free(d);
	return 0;
}

static int
open_state(struct dir *d)
{
	return sc_state_open(d->path, true, &d->s, &d->io, d->why,
	    sizeof(d->why));
}

static void
close_state(struct dir *d)
{
	sc_state_close(d->s);
	d->s = NULL;
}

static int
on_record(void *arg, const void *p, size_t n)
{
	struct dir *d = arg;

	(void)snprintf(d->loaded + strlen(d->loaded),
	    sizeof(d->loaded) - strlen(d->loaded), "%.*s;", (int)n,
	    (const char *)p);
	d->count++;
	return 0;
}

static const char *
load(struct dir *d)
{
	d->loaded[0] = '\0';
	d->count = 0;
	assert_int_equal(d->io.load(d->io.arg, on_record, d), 0);
	return d->loaded;
}

static void
append(struct dir *d, const char *text)
{
	assert_int_equal(d->io.append(d->io.arg, text, strlen(text)), 0);
}

static size_t
read_journal(const struct dir *d, uint8_t *bytes)
{
	int fd = open(d->journal, O_RDONLY);
	ssize_t n = read(fd, bytes, FILE_MAX);

	assert_true(fd >= 0 && n >= 0 && n < FILE_MAX);
	close(fd);
	return (size_t)n;
}

static void
write_journal(const struct dir *d, const uint8_t *bytes, size_t n)
{
	int fd = open(d->journal, O_WRONLY | O_TRUNC);

	assert_true(fd >= 0 && write(fd, bytes, n) == (ssize_t)n);
	close(fd);
}

static void
test_records_come_back_in_order(void **state)
{
	struct dir *d = *state;

	assert_int_equal(open_state(d), 0);
	assert_string_equal(load(d), "");
	append(d, "one");
	append(d, "");
	append(d, "three");
	assert_int_equal(d->io.sync(d->io.arg), 0);
	assert_string_equal(load(d), "one;;three;");
	close_state(d);
	assert_int_equal(open_state(d), 0);
	assert_string_equal(load(d), "one;;three;");
	append(d, "four");
	close_state(d);
	assert_int_equal(open_state(d), 0);
	assert_string_equal(load(d), "one;;three;four;");
}

static void
test_nobody_else_can_read_it(void **state)
{
	struct dir *d = *state;
	struct stat st;
	char path[128];

	assert_int_equal(open_state(d), 0);
	append(d, "secret");
	assert_int_equal(stat(d->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_int_equal(stat(d->journal, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	(void)snprintf(path, sizeof(path), "%s/one", d->base);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
}

static void
test_r9_the_directory_is_locked(void **state)
{
	struct dir *d = *state;
	struct sc_state_io io;
	struct sc_state *s;
	char why[200];

	assert_int_equal(open_state(d), 0);
	assert_int_equal(sc_state_open(d->path, true, &s, &io, why,
	    sizeof(why)), SC_CODE_CONFLICT);
	assert_null(s);
	assert_non_null(strstr(why, "is in use by another process"));
	close_state(d);
	assert_int_equal(open_state(d), 0);
}

/* Records of different lengths; some synced together, some alone. */
static size_t
fill(struct dir *d, uint8_t *bytes)
{
	for (int i = 0; i < RECORDS; i++) {
		char text[64];

		(void)snprintf(text, sizeof(text), "record %d %.*s", i, i,
		    "........................");
		append(d, text);
		if (i % 3 == 2)
			assert_int_equal(d->io.sync(d->io.arg), 0);
	}
	assert_int_equal(d->io.sync(d->io.arg), 0);
	close_state(d);
	return read_journal(d, bytes);
}

static void
assert_prefix(const char *part, const char *whole)
{
	assert_int_equal(strncmp(part, whole, strlen(part)), 0);
}

static void
test_every_torn_end_is_cut_off(void **state)
{
	struct dir *d = *state;
	uint8_t bytes[FILE_MAX];
	char whole[FILE_MAX];
	size_t size;
	unsigned last = 0;

	assert_int_equal(open_state(d), 0);
	size = fill(d, bytes);
	assert_int_equal(open_state(d), 0);
	(void)snprintf(whole, sizeof(whole), "%s", load(d));
	close_state(d);
	for (size_t n = 8; n <= size; n++) {
		write_journal(d, bytes, n);
		assert_int_equal(open_state(d), 0);
		/* a prefix, never shorter than that of fewer bytes */
		assert_prefix(load(d), whole);
		assert_true(d->count >= last);
		last = d->count;
		/* and it goes on from there */
		append(d, "more");
		close_state(d);
		assert_int_equal(open_state(d), 0);
		(void)load(d);
		assert_int_equal(d->count, last + 1);
		close_state(d);
	}
	assert_int_equal(last, RECORDS);
	/* an unused file that was not even begun */
	write_journal(d, bytes, 0);
	assert_int_equal(open_state(d), 0);
	assert_string_equal(load(d), "");
}

static void
test_garbage_after_the_end_is_cut_off(void **state)
{
	struct dir *d = *state;
	uint8_t bytes[FILE_MAX];
	size_t size;

	assert_int_equal(open_state(d), 0);
	size = fill(d, bytes);
	memset(bytes + size, 0, 512);	/* a page that was never written */
	write_journal(d, bytes, size + 512);
	assert_int_equal(open_state(d), 0);
	(void)load(d);
	assert_int_equal(d->count, RECORDS);
	close_state(d);
	memset(bytes + size, 0xff, 512);
	write_journal(d, bytes, size + 512);
	assert_int_equal(open_state(d), 0);
	(void)load(d);
	assert_int_equal(d->count, RECORDS);
}

static void
test_every_damaged_byte_is_found(void **state)
{
	struct dir *d = *state;
	uint8_t bytes[FILE_MAX];
	char whole[FILE_MAX];
	size_t size;
	unsigned refused = 0;

	assert_int_equal(open_state(d), 0);
	size = fill(d, bytes);
	assert_int_equal(open_state(d), 0);
	(void)snprintf(whole, sizeof(whole), "%s", load(d));
	close_state(d);
	for (size_t i = 0; i < size; i++) {
		int rc;

		bytes[i] ^= 0x55;
		write_journal(d, bytes, size);
		bytes[i] ^= 0x55;
		rc = open_state(d);
		if (rc != 0) {
			assert_int_equal(rc, SC_CODE_MALFORMED);
			assert_non_null(strstr(d->why, "is damaged at byte"));
			refused++;
			continue;
		}
		/* only the last batch can be taken for a torn end */
		assert_prefix(load(d), whole);
		assert_in_range(d->count, RECORDS - 3, RECORDS - 1);
		close_state(d);
	}
	assert_true(refused > size * 3 / 4);
}

static int
refill(void *engine, int (*add)(void *ctx, const void *p, size_t n),
    void *ctx)
{
	const int *count = engine;
	int rc = 0;

	for (int i = 0; rc == 0 && i < *count; i++)
		rc = add(ctx, "fresh", 5);
	return *count < 0 ? SC_CODE_NO_MEMORY : rc;
}

static void
test_replace_is_all_or_nothing(void **state)
{
	struct dir *d = *state;
	int count = -1;

	assert_int_equal(open_state(d), 0);
	append(d, "old");
	assert_int_equal(d->io.replace(d->io.arg, refill, &count),
	    SC_CODE_NO_MEMORY);
	assert_string_equal(load(d), "old;");
	append(d, "older");
	count = 2;
	assert_int_equal(d->io.replace(d->io.arg, refill, &count), 0);
	append(d, "newer");
	assert_int_equal(d->io.sync(d->io.arg), 0);
	assert_string_equal(load(d), "fresh;fresh;newer;");
	close_state(d);
	assert_int_equal(open_state(d), 0);
	assert_string_equal(load(d), "fresh;fresh;newer;");
	/* more than fits the buffer */
	count = 30000;
	assert_int_equal(d->io.replace(d->io.arg, refill, &count), 0);
	(void)load(d);
	assert_int_equal(d->count, 30000);
	close_state(d);
	assert_int_equal(open_state(d), 0);
	(void)load(d);
	assert_int_equal(d->count, 30000);
}

static void
test_errors_say_what_is_wrong(void **state)
{
	struct dir *d = *state;
	char *name = malloc(5000);
	struct sc_state_io io;
	struct sc_state *s;
	int fd;

	assert_non_null(name);
	memset(name, 'x', 5000);
	name[4999] = '\0';
	assert_int_equal(sc_state_open("", true, &s, &io, d->why,
	    sizeof(d->why)), SC_CODE_BAD_REQUEST);
	assert_int_equal(sc_state_open(name, true, &s, &io, NULL, 0),
	    SC_CODE_BAD_REQUEST);
	free(name);
	(void)snprintf(d->journal, sizeof(d->journal), "%s/one", d->base);
	fd = open(d->journal, O_WRONLY | O_CREAT, 0600);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(open_state(d), SC_CODE_IO);
	assert_non_null(strstr(d->why, "cannot create"));
	sc_state_close(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, setup, teardown)
	    TEST(test_records_come_back_in_order),
	    TEST(test_nobody_else_can_read_it),
	    TEST(test_r9_the_directory_is_locked),
	    TEST(test_every_torn_end_is_cut_off),
	    TEST(test_garbage_after_the_end_is_cut_off),
	    TEST(test_every_damaged_byte_is_found),
	    TEST(test_replace_is_all_or_nothing),
	    TEST(test_errors_say_what_is_wrong),
	};

	return cmocka_run_group_tests_name("state", tests, NULL, NULL);
}
