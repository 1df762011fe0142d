/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "src/daemon/doors.h"
#include "src/daemon/handover.h"
#include "src/daemon/line.h"

static int
setup(void **state)
{
	int *ends = calloc(2, sizeof(int));

	assert_int_equal(line_pair(ends), 0);
	*state = ends;
	return 0;
}

static int
teardown(void **state)
{
	int *ends = *state;

	close(ends[0]);
	close(ends[1]);
	free(ends);
	return 0;
}

static void
test_fields_and_descriptors(void **state)
{
	const int *ends = *state;
	struct line_message m;
	char text[8];
	int fds[2], fd;

	assert_int_equal(pipe(fds), 0);
	assert_int_equal(line_send(ends[0], LINE_TEXTS, (struct slice[]){
	    slice_str("one"), slice_str(""), slice_str("three, cut")}, 3, fds,
	    2), 0);
	close(fds[0]);
	assert_int_equal(line_receive(ends[1], &m), 1);
	assert_int_equal(m.type, LINE_TEXTS);
	assert_int_equal(m.nfields, 3);
	assert_string_equal(line_text(&m, 0, text, sizeof(text)), "one");
	assert_string_equal(line_text(&m, 1, text, sizeof(text)), "");
	assert_string_equal(line_text(&m, 2, text, sizeof(text)), "three, ");
	assert_string_equal(line_text(&m, 3, text, sizeof(text)), "");
	assert_int_equal(m.nfds, 2);
	fd = line_take_fd(&m, 0);
	assert_true((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
	assert_int_equal(line_take_fd(&m, 2), -1);
	line_drop(&m);
	/* the other end of the pipe was dropped, ours is the last */
	assert_int_equal(write(fds[1], "x", 1), 1);
	assert_int_equal(read(fd, text, 1), 1);
	close(fds[1]);
	assert_int_equal(read(fd, text, 1), 0);
	close(fd);
}

static void
test_the_end(void **state)
{
	int *ends = *state;
	struct line_message m;

	assert_int_equal(line_say(ends[0], LINE_NOTIFY, "last"), 0);
	shutdown(ends[0], SHUT_RDWR);
	assert_int_equal(line_receive(ends[1], &m), 1);
	line_drop(&m);
	assert_int_equal(line_receive(ends[1], &m), 0);
	assert_int_equal(line_say(ends[1], LINE_NOTIFY, "too late"), -1);
}

/* Bytes that are no message. */
static void
test_what_is_refused(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
	} bad[] = {
		{"\0\0\0\0\0\0\0\0", 8},		/* no type */
		{"\0\0\0\0\377\0\0\0", 8},		/* an unknown one */
		{"\0\100\0\001\002\0\0\0", 8},		/* too long */
		{"\377\377\377\377\002\0\0\0", 8},
		{"\0\0\0\0\002\001\0\0", 8},		/* a descriptor less */
		{"\0\0\0\0\002\0\001\0", 8},		/* kept for later */
		{"\0\0\0\003\002\0\0\0\0\0\0", 11},	/* half a length */
		{"\0\0\0\005\002\0\0\0\0\0\0\002x", 13},/* half a field */
		{"\0\0\0\0", 4},			/* half a head */
	};
	struct line_message m;
	int ends[2];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(line_pair(ends), 0);
		assert_int_equal(send(ends[0], bad[i].bytes, bad[i].n, 0),
		    bad[i].n);
		close(ends[0]);
		assert_int_equal(line_receive(ends[1], &m), -1);
		close(ends[1]);
	}
}

static void
test_too_much(void **state)
{
	const int *ends = *state;
	static uint8_t big[LINE_BYTES];
	struct slice fields[LINE_FIELDS + 1] = {{NULL, 0}};
	int fds[LINE_FDS + 1];

	assert_int_equal(line_send(ends[0], LINE_TEXTS, fields,
	    LINE_FIELDS + 1, NULL, 0), -1);
	assert_int_equal(line_send(ends[0], LINE_TEXTS, NULL, 0, fds,
	    LINE_FDS + 1), -1);
	fields[0] = slice_of(big, sizeof(big));
	assert_int_equal(line_send(ends[0], LINE_TEXTS, fields, 1, NULL, 0),
	    -1);
}

static void *
send_handover(void *arg)
{
	const int *ends = arg;
	struct handover h;
	struct doors d;

	doors_init(&d);
	d.control = open("/dev/null", O_RDONLY | O_CLOEXEC);
	d.listeners[d.nlisteners++] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	handover_init(&h);
	h.texts.file = strdup("stonechat.xml");
	for (int i = 0; i < 1 << 14; i++)
		buf_put_str(&h.texts.conf, "<stonechat/>                    ");
	buf_put_str(&h.texts.certificate, "certificate");
	buf_put_str(&h.texts.key, "key");
	h.alive_ms = 1500;
	assert_int_equal(handover_copy(&h, &d, d.control), 0);
	assert_int_equal(handover_send(ends[0], &h), 0);
	handover_fini(&h);
	doors_close(&d);
	return NULL;
}

/* More than a socket holds. */
static void
test_handover(void **state)
{
	int *ends = *state;
	struct handover h;
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, send_handover, ends),
	    0);
	assert_int_equal(handover_receive(ends[1], &h), 0);
	pthread_join(thread, NULL);
	assert_string_equal(h.texts.file, "stonechat.xml");
	assert_int_equal(h.texts.conf.len, 32 << 14);
	assert_true(slice_equal(buf_slice(&h.texts.certificate),
	    slice_str("certificate")));
	assert_true(slice_equal(buf_slice(&h.texts.key), slice_str("key")));
	assert_int_equal(h.alive_ms, 1500);
	assert_int_equal(h.nlisteners, 1);
	assert_true(h.log >= 0 && h.control >= 0 && h.listeners[0] >= 0);
	handover_fini(&h);
	assert_int_equal(line_say(ends[0], LINE_START, "too little"), 0);
	assert_int_equal(handover_receive(ends[1], &h), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_fields_and_descriptors,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(test_the_end, setup, teardown),
		cmocka_unit_test(test_what_is_refused),
		cmocka_unit_test_setup_teardown(test_too_much, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_handover, setup,
		    teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
