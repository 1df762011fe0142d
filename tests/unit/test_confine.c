/* SPDX-License-Identifier: ISC */
/* What a confined process tries in vain.  Only root can be confined. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <pwd.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/daemon/config.h"
#include "src/daemon/confine.h"

static char jail[] = "/tmp/confine-XXXXXX";

/* Descriptors of directories, which lead out of a jail. */
static unsigned
directories(int proc_fds)
{
	DIR *d = fdopendir(proc_fds);
	struct dirent *e;
	struct stat st;
	unsigned n = 0;

	while (d != NULL && (e = readdir(d)) != NULL)
		if (e->d_name[0] != '.' && atoi(e->d_name) != dirfd(d) &&
		    fstat(atoi(e->d_name), &st) == 0 && S_ISDIR(st.st_mode))
			n++;
	if (d != NULL)
		closedir(d);
	return n;
}

static bool
finds_nothing(void)
{
	return open("/etc/passwd", O_RDONLY) < 0 && errno == ENOENT &&
	    open("../../../../../../etc/passwd", O_RDONLY) < 0 &&
	    open("/proc/self/status", O_RDONLY) < 0 &&
	    open("/dev/null", O_RDWR) < 0;
}

/* The old way out: a second jail, and up from a directory outside of it. */
static bool
stays_inside(void)
{
	(void)mkdir("deeper", 0700);
	return chroot("deeper") != 0 && errno == EPERM && chdir("..") == 0 &&
	    open("etc/passwd", O_RDONLY) < 0;
}

static bool
is_for_good(uid_t uid)
{
	const gid_t root = 0;

	return getuid() == uid && geteuid() == uid && setuid(0) != 0 &&
	    setresuid(0, 0, 0) != 0 && setgid(0) != 0 &&
	    setgroups(1, &root) != 0 &&
	    prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 &&
	    prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0;
}

/* PARENT has root's rights. */
static bool
reaches_nobody(pid_t parent)
{
	return ptrace(PTRACE_ATTACH, parent, NULL, NULL) != 0 &&
	    errno == EPERM && kill(parent, 0) != 0 && errno == EPERM;
}

/* In the child: the number of what went wrong. */
static int
try_all(const struct config *c, const struct passwd *pw, pid_t parent)
{
	int fds = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	uid_t uid = pw->pw_uid;
	char why[256];

	/* What was open before is the caller's; nothing is in the daemon. */
	if (fds < 0 || directories(fds) != 0)
		return 1;
	if (confine_enter(c, uid, pw->pw_gid, jail, why, sizeof(why)) != 0) {
		fprintf(stderr, "# %s\n", why);
		return 2;
	}
	if (!finds_nothing())
		return 3;
	if (!stays_inside())
		return 4;
	if (!is_for_good(uid))
		return 5;
	if (!reaches_nobody(parent))
		return 6;
	/* But its own directory is its own. */
	return open("/file", O_WRONLY | O_CREAT, 0600) >= 0 ? 0 : 7;
}

static void
test_confined(void **state)
{
	static char user[] = "nobody";
	struct config c = {.user = user};
	const struct passwd *pw = getpwnam(user);
	pid_t pid, parent = getpid();
	char command[64];
	int status;

	(void)state;
	if (geteuid() != 0 || pw == NULL) {
		print_message("only root can be confined\n");
		skip();
	}
	assert_non_null(mkdtemp(jail));
	assert_int_equal(chown(jail, pw->pw_uid, pw->pw_gid), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(try_all(&c, pw, parent));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	snprintf(command, sizeof(command), "rm -rf %s", jail);
	assert_int_equal(system(command), 0);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* Nobody else loses anything but what programs would give. */
static void
test_not_root(void **state)
{
	struct config c = {.user = NULL};
	char why[256];
	int status;
	pid_t pid = fork();

	(void)state;
	if (pid == 0)
		_exit(confine_enter(&c, (uid_t)-1, (gid_t)-1, jail, why,
		    sizeof(why)) == 0 && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0,
		    0) == 1 && access("/etc/passwd", R_OK) == 0 ? 0 : 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void
test_no_jail_no_start(void **state)
{
	static char user[] = "nobody";
	struct config c = {.user = user};
	char why[256] = "";
	int status;
	pid_t pid;

	(void)state;
	if (geteuid() != 0 || getpwnam(user) == NULL)
		skip();
	pid = fork();
	if (pid == 0)
		_exit(confine_enter(&c, getpwnam(user)->pw_uid,
		    getpwnam(user)->pw_gid, "/nowhere", why,
		    sizeof(why)) == -1 && strstr(why, "/nowhere: it cannot "
		    "be made the root directory") != NULL ? 0 : 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_confined),
		cmocka_unit_test(test_not_root),
		cmocka_unit_test(test_no_jail_no_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
