/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/client/stonechat.h"
#include "tests/fuzz/fuzz.h"

/* The directory of this process, and the file in it. */
struct place {
	char dir[64], journal[96], lock[96];
};

static struct place place;

static void
place_remove(void)
{
	(void)unlink(place.journal);
	(void)unlink(place.lock);
	(void)rmdir(place.dir);
}

static void
place_make(void)
{
	if (place.dir[0] != '\0')
		return;
	(void)snprintf(place.dir, sizeof(place.dir), "%s/fuzz-XXXXXX",
	    access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	fuzz_check(mkdtemp(place.dir) != NULL);
	(void)snprintf(place.journal, sizeof(place.journal), "%s/journal",
	    place.dir);
	(void)snprintf(place.lock, sizeof(place.lock), "%s/lock", place.dir);
	atexit(place_remove);
}

static int
count(void *n, const void *p, size_t len)
{
	(void)p;
	(void)len;
	(*(size_t *)n)++;
	return 0;
}

/* The records in the file; MORE is added at its end. */
static bool
read_all(size_t *n, const char *more)
{
	struct sc_state *s;
	struct sc_state_io io;
	char why[300] = "";
	int rc = sc_state_open(place.dir, false, &s, &io, why, sizeof(why));

	fuzz_check(rc == 0 || rc == SC_CODE_MALFORMED);
	if (rc != 0) {
		fuzz_check(why[0] != '\0');
		return false;
	}
	*n = 0;
	fuzz_check(io.load(io.arg, count, n) == 0);
	if (more != NULL) {
		fuzz_check(io.append(io.arg, more, strlen(more)) == 0);
		fuzz_check(io.sync(io.arg) == 0);
	}
	sc_state_close(s);
	return true;
}

/* A file that a client finds where it left its state: it is refused, or it has
 * so many records, and one more after one was added. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t first, then;
	int fd;

	place_make();
	fd = open(place.journal, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	fuzz_check(fd >= 0);
	fuzz_check(write(fd, data, size) == (ssize_t)size);
	close(fd);
	if (read_all(&first, "one more"))
		fuzz_check(read_all(&then, NULL) && then == first + 1);
	return 0;
}
