/* SPDX-License-Identifier: ISC */
/* The log: the form of lines, levels of units, switching, the journal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "src/daemon/log.h"
#include "src/daemon/log_journal.h"

enum { TEXT = 8192 };

struct fixture {
	char dir[64];
	char a[96], b[96];
	char text[TEXT];
	struct log log;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	snprintf(f->dir, sizeof(f->dir), "%s", "/tmp/test_log.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->a, sizeof(f->a), "%s/a", f->dir);
	snprintf(f->b, sizeof(f->b), "%s/b", f->dir);
	assert_int_equal(log_init(&f->log), 0);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	log_fini(&f->log);
	unlink(f->a);
	unlink(f->b);
	rmdir(f->dir);
	free(f);
	return 0;
}

/* What is in FILE, without the time in front of each line. */
static const char *
read_back(struct fixture *f, const char *file)
{
	FILE *in = fopen(file, "r");
	char line[4096];
	size_t n = 0;

	f->text[0] = '\0';
	assert_non_null(in);
	while (fgets(line, sizeof(line), in) != NULL) {
		assert_memory_equal(line, "time=20", 7);
		assert_non_null(strchr(line, ' '));
		n += (size_t)snprintf(f->text + n, sizeof(f->text) - n, "%s",
		    strchr(line, ' ') + 1);
		assert_true(n < sizeof(f->text));
	}
	fclose(in);
	return f->text;
}

static void
switch_to(struct fixture *f, char *file, int level, int unit, int unit_level)
{
	struct log_conf c = {.file = file, .level = level};
	struct log_next next;
	char why[256];
	int fd;

	for (int i = 0; i < LOG_UNITS; i++)
		c.units[i] = -1;
	if (unit >= 0)
		c.units[unit] = unit_level;
	fd = log_open(&c, why, sizeof(why));
	assert_true(fd >= 0);
	log_prepare_take(&next, &c, fd);
	log_switch_take(&f->log, &next);
}

static void
test_lines(void **state)
{
	struct fixture *f = *state;
	char quoted[64];

	switch_to(f, f->a, LOG_INFO, -1, 0);
	log_line(&f->log, UNIT_DAEMON, LOG_NOTICE, "ready", "port=%d", 5290);
	log_line(&f->log, UNIT_TLS, LOG_WARNING, "empty", "%s", "");
	log_line(&f->log, UNIT_STORE, LOG_ERR, "said", "text=%s",
	    log_quote(quoted, sizeof(quoted), "a \"b\"\nc\\"));
	assert_string_equal(read_back(f, f->a),
	    "level=notice unit=daemon event=ready port=5290\n"
	    "level=warning unit=tls event=empty\n"
	    "level=error unit=store event=said text=\"a \\\"b\\\"?c\\\\\"\n");
}

static void
test_long_lines_end(void **state)
{
	struct fixture *f = *state;
	char text[5000];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	switch_to(f, f->a, LOG_INFO, -1, 0);
	log_line(&f->log, UNIT_DAEMON, LOG_INFO, "long", "text=%s", text);
	log_line(&f->log, UNIT_DAEMON, LOG_INFO, "next", "%s", "");
	assert_non_null(strstr(read_back(f, f->a),
	    "x\nlevel=info unit=daemon event=next\n"));
}

static void
test_levels_of_units(void **state)
{
	struct fixture *f = *state;

	switch_to(f, f->a, LOG_WARNING, UNIT_SESSION, LOG_DEBUG);
	assert_true(log_writes(&f->log, UNIT_SESSION, LOG_DEBUG));
	assert_false(log_writes(&f->log, UNIT_TLS, LOG_INFO));
	log_line(&f->log, UNIT_SESSION, LOG_DEBUG, "one", "%s", "");
	log_line(&f->log, UNIT_TLS, LOG_INFO, "two", "%s", "");
	log_text(&f->log, UNIT_TLS, LOG_WARNING, "three", "");
	switch_to(f, f->a, LOG_INFO, UNIT_SESSION, LOG_ERR);
	log_line(&f->log, UNIT_SESSION, LOG_WARNING, "four", "%s", "");
	log_line(&f->log, UNIT_TLS, LOG_INFO, "five", "%s", "");
	assert_string_equal(read_back(f, f->a),
	    "level=debug unit=session event=one\n"
	    "level=warning unit=tls event=three\n"
	    "level=info unit=tls event=five\n");
}

static void
test_units_have_names(void **state)
{
	(void)state;
	for (int i = 0; i < LOG_UNITS; i++)
		assert_int_equal(log_unit_find(
		    log_unit_name((enum log_unit)i)), i);
	assert_int_equal(log_unit_find("sessions"), -1);
	assert_int_equal(log_unit_find(""), -1);
}

/* Also with a thread in the middle of a line: the number stays. */
static void
test_switching_keeps_the_descriptor(void **state)
{
	struct fixture *f = *state;
	int fd = f->log.fd;

	switch_to(f, f->a, LOG_INFO, -1, 0);
	log_text(&f->log, UNIT_DAEMON, LOG_INFO, "one", "");
	switch_to(f, f->b, LOG_INFO, -1, 0);
	log_text(&f->log, UNIT_DAEMON, LOG_INFO, "two", "");
	assert_int_equal(f->log.fd, fd);
	assert_non_null(strstr(read_back(f, f->a), "event=one\n"));
	assert_null(strstr(f->text, "two"));
	assert_string_equal(read_back(f, f->b),
	    "level=info unit=daemon event=two\n");
}

static void
test_reopening(void **state)
{
	struct fixture *f = *state;
	struct log_conf c = {.file = f->a};
	char why[256];
	int fd;

	switch_to(f, f->a, LOG_INFO, -1, 0);
	log_text(&f->log, UNIT_DAEMON, LOG_INFO, "one", "");
	assert_int_equal(rename(f->a, f->b), 0);
	log_text(&f->log, UNIT_DAEMON, LOG_INFO, "two", "");
	fd = log_open(&c, why, sizeof(why));
	assert_true(fd >= 0);
	log_reopen_take(&f->log, fd);
	log_text(&f->log, UNIT_DAEMON, LOG_INFO, "three", "");
	assert_non_null(strstr(read_back(f, f->b), "event=two\n"));
	assert_string_equal(read_back(f, f->a),
	    "level=info unit=daemon event=three\n");
}

static void
test_a_file_that_cannot_be(void **state)
{
	struct fixture *f = *state;
	struct log_conf c = {.file = f->dir, .level = LOG_INFO};
	char why[256];

	switch_to(f, f->a, LOG_INFO, -1, 0);
	assert_int_equal(log_open(&c, why, sizeof(why)), -1);
	assert_non_null(strstr(why, "choose another <log><file>"));
	log_text(&f->log, UNIT_DAEMON, LOG_INFO, "still", "");
	assert_string_equal(read_back(f, f->a),
	    "level=info unit=daemon event=still\n");
}

/* ---- the journal ---- */

static void
test_fields_of_the_journal(void **state)
{
	const char *p = "session=7 device-name=\"my \\\"big\\\" one\" n= last";
	char out[64];

	(void)state;
	assert_int_equal(journal_field(&p, out, sizeof(out)), 19);
	assert_string_equal(out, "STONECHAT_SESSION=7");
	journal_field(&p, out, sizeof(out));
	assert_string_equal(out, "STONECHAT_DEVICE_NAME=my \"big\" one");
	journal_field(&p, out, sizeof(out));
	assert_string_equal(out, "STONECHAT_N=");
	journal_field(&p, out, sizeof(out));
	assert_string_equal(out, "STONECHAT_LAST=");
	assert_int_equal(journal_field(&p, out, sizeof(out)), 0);
}

static void
test_long_fields_are_cut(void **state)
{
	const char *p = "averyveryverylongname=\"x y z\" b=2";
	char out[16];

	(void)state;
	assert_true(journal_field(&p, out, sizeof(out)) < sizeof(out));
	assert_int_equal(strlen(out), sizeof(out) - 1);
	p = "a=0123456789 b=2";
	journal_field(&p, out, sizeof(out));
	assert_string_equal(out, "STONECHAT_A=012");
	journal_field(&p, out, sizeof(out));
	assert_string_equal(out, "STONECHAT_B=2");
}

#ifdef HAVE_SYSTEMD

int __wrap_sd_journal_sendv(const struct iovec *, int n);

int
__wrap_sd_journal_sendv(const struct iovec *v, int n)
{
	char *all = mock_ptr_type(char *);
	size_t used = 0;

	for (int i = 0; i < n; i++) {
		assert_true(used + v[i].iov_len + 2 < TEXT);
		memcpy(all + used, v[i].iov_base, v[i].iov_len);
		used += v[i].iov_len;
		all[used++] = '\n';
	}
	all[used] = '\0';
	return 0;
}

static void
test_entries_of_the_journal(void **state)
{
	struct fixture *f = *state;

	atomic_store(&f->log.sink, LOG_SINK_JOURNAL);
	will_return(__wrap_sd_journal_sendv, f->text);
	log_line(&f->log, UNIT_SESSION, LOG_INFO, "session.bye",
	    "session=7 why=\"%s\"", "the server stops");
	assert_string_equal(f->text, "PRIORITY=6\n"
	    "SYSLOG_IDENTIFIER=stonechatd\nSTONECHAT_UNIT=session\n"
	    "STONECHAT_EVENT=session.bye\n"
	    "MESSAGE=session.bye session=7 why=\"the server stops\"\n"
	    "STONECHAT_SESSION=7\nSTONECHAT_WHY=the server stops\n");
	will_return(__wrap_sd_journal_sendv, f->text);
	log_line(&f->log, UNIT_DAEMON, LOG_ERR, "stopping", "%s", "");
	assert_non_null(strstr(f->text, "\nMESSAGE=stopping\n"));
}

/* More fields and bytes than an entry holds: what fits is sent. */
static void
test_large_entries_of_the_journal(void **state)
{
	struct fixture *f = *state;
	char fields[1900] = "";
	size_t n = 0;

	atomic_store(&f->log.sink, LOG_SINK_JOURNAL);
	for (int i = 0; i < 30; i++)
		n += (size_t)snprintf(fields + n, sizeof(fields) - n,
		    "field%d=%040d ", i, i);
	will_return(__wrap_sd_journal_sendv, f->text);
	log_text(&f->log, UNIT_DAEMON, LOG_ERR, "many", fields);
	assert_non_null(strstr(f->text, "STONECHAT_FIELD18="));
	memset(fields, 'x', sizeof(fields) - 1);
	fields[4] = '=';
	will_return(__wrap_sd_journal_sendv, f->text);
	log_text(&f->log, UNIT_DAEMON, LOG_ERR, "wide", fields);
	assert_non_null(strstr(f->text, "STONECHAT_XXXX=xxx"));
}

#endif

static void
test_without_a_journal(void **state)
{
	char why[256] = "";

	(void)state;
	if (journal_built_in() &&
	    access("/run/systemd/journal/socket", W_OK) == 0)
		skip();
	assert_int_equal(journal_check(why, sizeof(why)), -1);
	assert_non_null(strstr(why, "<log><sink>"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_lines, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_long_lines_end, setup,
		teardown),
	    cmocka_unit_test_setup_teardown(test_levels_of_units, setup,
		teardown),
	    cmocka_unit_test(test_units_have_names),
	    cmocka_unit_test_setup_teardown(
		test_switching_keeps_the_descriptor, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_reopening, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_a_file_that_cannot_be, setup,
		teardown),
	    cmocka_unit_test(test_fields_of_the_journal),
	    cmocka_unit_test(test_long_fields_are_cut),
#ifdef HAVE_SYSTEMD
	    cmocka_unit_test_setup_teardown(test_entries_of_the_journal, setup,
		teardown),
	    cmocka_unit_test_setup_teardown(test_large_entries_of_the_journal,
		setup, teardown),
#endif
	    cmocka_unit_test(test_without_a_journal),
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
