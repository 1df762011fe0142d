/* SPDX-License-Identifier: ISC */
#include "src/ctl/ctl.h"

#include <ctype.h>
#include <errno.h>
#include <libgen.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "src/common/wipe.h"
#include "src/ctl/table.h"

int
ctl_fail(const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fprintf(stderr, "stonechatctl: ");
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return EXIT_FAILURE;
}

/* ---- the socket ------------------------------------------------------ */

int
ctl_connect(struct ctl *c)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	int fd;

	if (strlen(c->path) >= sizeof(sa.sun_path))
		return ctl_fail("%s: too long for a socket", c->path);
	memcpy(sa.sun_path, c->path, strlen(c->path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&sa, sizeof(sa)) != 0)
		return ctl_fail("%s: %s: is the server running, and is this "
		    "its <control><socket>? Name it with -S", c->path,
		    strerror(errno));
	c->in = fdopen(fd, "r");
	return c->in == NULL ? ctl_fail("%s", strerror(errno)) : 0;
}

void
ctl_disconnect(struct ctl *c)
{
	if (c->in != NULL)
		fclose(c->in);
	c->in = NULL;
}

int
ctl_lost(const struct ctl *c)
{
	return ctl_fail("%s: the server has closed the connection", c->path);
}

/* ---- requests -------------------------------------------------------- */

bool
ctl_option(const struct ctl *c, const char *name, int64_t *n)
{
	const struct ctl_option *o = c->command->options;

	for (int i = 0; i < CTL_OPTIONS_MAX && o[i].name != NULL; i++) {
		if (strcmp(o[i].name, name) != 0)
			continue;
		if (c->given[i] && n != NULL)
			*n = c->numbers[i];
		return c->given[i];
	}
	return false;
}

const char *
ctl_option_text(const struct ctl *c, const char *name)
{
	const struct ctl_option *o = c->command->options;

	for (int i = 0; i < CTL_OPTIONS_MAX && o[i].name != NULL; i++)
		if (strcmp(o[i].name, name) == 0)
			return c->texts[i];
	return NULL;
}

/* The next word of a command's args as the name of a field; false at the
 * end. */
static bool
next_field(const char **args, char *out, size_t size)
{
	size_t n = 0;

	*args += strspn(*args, " [");
	for (; **args != '\0' && strchr(" ]", **args) == NULL; (*args)++)
		if (n + 1 < size)
			out[n++] = (char)tolower((unsigned char)**args);
	*args += strspn(*args, " ]");
	out[n] = '\0';
	return n > 0;
}

static int
add_options(const struct ctl *c, json_t *request)
{
	const struct ctl_option *o = c->command->options;
	int rc = 0;

	for (int i = 0; i < CTL_OPTIONS_MAX && o[i].name != NULL; i++) {
		if (!c->given[i])
			continue;
		if (o[i].type == CTL_FLAG)
			rc |= json_object_set_new(request, o[i].name,
			    json_true());
		else if (o[i].type == CTL_NUMBER)
			rc |= json_object_set_new(request, o[i].name,
			    json_integer(c->numbers[i]));
	}
	return rc;
}

json_t *
ctl_request(const struct ctl *c)
{
	json_t *request = json_pack("{s:s}", "command", c->command->name);
	const char *args = c->command->args;
	char field[32];
	int rc = 0;

	for (int i = 0; i < c->nargs; i++)
		if (next_field(&args, field, sizeof(field)))
			rc |= json_object_set_new(request, field,
			    json_string(c->args[i]));
	if ((rc | add_options(c, request)) == 0)
		return request;
	json_decref(request);
	return NULL;
}

/* That the server has gone is an error to be told, not to die of. */
static int
send_all(struct ctl *c, const char *p, size_t n)
{
	ssize_t sent;

	while (n > 0) {
		sent = send(fileno(c->in), p, n, MSG_NOSIGNAL);
		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			return ctl_lost(c);
		p += sent;
		n -= (size_t)sent;
	}
	return 0;
}

int
ctl_send_take(struct ctl *c, json_t *request)
{
	char *text;
	size_t n;
	int rc;

	if (request == NULL)
		return ctl_fail("what is given to the server must be UTF-8");
	text = json_dumps(request, JSON_COMPACT);
	json_decref(request);
	if (text == NULL)
		return ctl_fail("%s", strerror(ENOMEM));
	n = strlen(text);
	rc = send_all(c, text, n);
	wipe(text, n);		/* there may be a password in it */
	free(text);
	return rc != 0 ? rc : send_all(c, "\n", 1);
}

/* ---- answers --------------------------------------------------------- */

json_t *
ctl_receive(struct ctl *c)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t n = getline(&line, &size, c->in);
	json_t *j = n <= 0 ? NULL : json_loadb(line, (size_t)n, 0, NULL);

	free(line);
	return j;
}

void
ctl_print_json(const json_t *j)
{
	json_dumpf(j, stdout, JSON_COMPACT);
	putchar('\n');
	fflush(stdout);
}

void
ctl_print_clean(const char *s)
{
	char *copy = table_clean(s);

	fputs(copy, stdout);
	free(copy);
}

int
ctl_ended(const json_t *j)
{
	const char *error =
	    json_string_value(json_object_get(j, "error"));

	if (json_is_true(json_object_get(j, "ok")))
		return 0;
	return ctl_fail("%s", error == NULL ? "the server gives no reason"
					    : error);
}

int
ctl_answer(struct ctl *c, ctl_item_fn *item, void *arg, json_t **last)
{
	json_t *j, *i;

	*last = NULL;
	while ((j = ctl_receive(c)) != NULL) {
		i = json_object_get(j, "item");
		if (i == NULL)
			break;
		if (c->json)
			ctl_print_json(i);
		else if (item != NULL)
			item(arg, i);
		json_decref(j);
	}
	if (j == NULL)
		return ctl_lost(c);
	if (ctl_ended(j) == 0) {
		*last = j;
		return 0;
	}
	json_decref(j);
	return EXIT_FAILURE;
}

static void
table_item(void *arg, const json_t *item)
{
	table_add(arg, item);
}

int
ctl_run(struct ctl *c)
{
	return ctl_run_columns(c, c->command->columns);
}

int
ctl_run_columns(struct ctl *c, const struct ctl_column *columns)
{
	struct table t;
	json_t *last;
	int rc;

	rc = ctl_send_take(c, ctl_request(c));
	if (rc != 0)
		return rc;
	table_init(&t, columns, c->command->list);
	rc = ctl_answer(c, table_item, &t, &last);
	table_fini(&t);
	json_decref(last);
	return rc;
}

int
ctl_run_request_take(struct ctl *c, json_t *request, const char *done)
{
	json_t *last;
	int rc;

	rc = ctl_send_take(c, request);
	if (rc == 0)
		rc = ctl_answer(c, NULL, NULL, &last);
	if (rc != 0)
		return rc;
	if (c->json)
		ctl_print_json(last);
	else {
		const char *at = strstr(done, "%s");
		const char *kept = json_string_value(json_object_get(last,
		    "name"));
		int head = at == NULL ? (int)strlen(done) : (int)(at - done);

		printf("%.*s%s%s\n", head, done, at == NULL ? "" :
		    kept != NULL ? kept : c->args[0],
		    at == NULL ? "" : at + 2);
	}
	json_decref(last);
	return 0;
}

/* ---- the server's program -------------------------------------------- */

int
ctl_find_server(char *out, size_t size)
{
	char self[CTL_PATH - 16];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n < 0)
		return ctl_fail("/proc/self/exe: %s", strerror(errno));
	self[n] = '\0';
	if (snprintf(out, size, "%s/stonechatd", dirname(self)) >= (int)size)
		return ctl_fail("%s: too long", self);
	return 0;
}
