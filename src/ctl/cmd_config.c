/* SPDX-License-Identifier: ISC */
/* Commands: the configuration of the server. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/ctl/ctl.h"

/* ---- config check ---------------------------------------------------- */

static int
say_good(const struct ctl *c, const char *file)
{
	json_t *j;

	if (!c->json) {
		printf("%s: the configuration is good\n", file);
		return 0;
	}
	j = json_pack("{s:s, s:b}", "file", file, "ok", 1);
	if (j == NULL)
		return ctl_fail("the name of the file is not UTF-8");
	ctl_print_json(j);
	json_decref(j);
	return 0;
}

/* In the child: does not return. */
_Noreturn static void
run_server(char *program, char *file, int to)
{
	char check_only[] = "-t", config[] = "-c";
	char *argv[] = {program, check_only, config, file, NULL};

	if (dup2(to, STDERR_FILENO) >= 0 && dup2(to, STDOUT_FILENO) >= 0)
		execv(program, argv);
	_exit(127);
}

/* What the server says of FILE, in SAID; its exit status, or -1. */
static int
ask_server(char *program, char *file, char *said, size_t size)
{
	size_t used = 0;
	int fd[2], status;
	ssize_t n;
	pid_t pid;

	if (pipe(fd) != 0)
		return -1;
	pid = fork();
	if (pid == 0)
		run_server(program, file, fd[1]);
	close(fd[1]);
	while (pid > 0 && used + 1 < size &&
	    (n = read(fd[0], said + used, size - used - 1)) > 0)
		used += (size_t)n;
	said[used] = '\0';
	close(fd[0]);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

/* Needs no server that runs. */
static int
check_file(const struct ctl *c, char *file)
{
	char program[CTL_PATH], said[4096];
	size_t prefix = strlen("stonechatd: ");
	int status;

	if (access(file, R_OK) != 0)
		return ctl_fail("%s: %s: name the file of a configuration",
		    file, strerror(errno));
	status = ctl_find_server(program, sizeof(program));
	if (status != 0)
		return status;
	status = ask_server(program, file, said, sizeof(said));
	if (status == 0)
		return say_good(c, file);
	said[strcspn(said, "\n")] = '\0';
	if (status < 0 || status == 127 || strlen(said) < prefix)
		return ctl_fail("%s cannot be run", program);
	return ctl_fail("%s", said + prefix);
}

static int
check_running(struct ctl *c)
{
	const char *file;
	json_t *last;
	int rc;

	rc = ctl_connect(c);
	if (rc == 0)
		rc = ctl_send_take(c, ctl_request(c));
	if (rc == 0)
		rc = ctl_answer(c, NULL, NULL, &last);
	if (rc != 0)
		return rc;
	file = json_string_value(json_object_get(last, "file"));
	rc = say_good(c, file == NULL ? "" : file);
	json_decref(last);
	return rc;
}

static int
check(struct ctl *c)
{
	return c->nargs > 0 ? check_file(c, c->args[0]) : check_running(c);
}

/* ---- config reload --------------------------------------------------- */

static int
reload(struct ctl *c)
{
	json_int_t changes;
	json_t *last;
	int rc;

	rc = ctl_send_take(c, ctl_request(c));
	if (rc == 0)
		rc = ctl_answer(c, NULL, NULL, &last);
	if (rc != 0)
		return rc;
	changes = json_integer_value(json_object_get(last, "changes"));
	if (c->json)
		ctl_print_json(last);
	else
		printf("reloaded: %" JSON_INTEGER_FORMAT " element%s changed\n",
		    changes, changes == 1 ? " has" : "s have");
	json_decref(last);
	return 0;
}

/* ---- config diff ----------------------------------------------------- */

static const struct ctl_column diff_columns[] = {
	{"element", "element"},
	{"running", "running"},
	{"file", "in the file"},
	{"line", "line"},
	{"reload", "reload takes it"},
	{NULL, NULL},
};

const struct ctl_command cmd_config[] = {
	{.name = "config check",
	    .what = "check a configuration, or that of the server",
	    .args = "[FILE]", .run = check,
	    .offline = true},
	{.name = "config reload",
	    .what = "make the server read its configuration again",
	    .args = "", .run = reload},
	{.name = "config diff",
	    .what = "print how the file differs from what runs",
	    .args = "", .columns = diff_columns,
	    .list = true},
	{.name = NULL},
};
