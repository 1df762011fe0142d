/* SPDX-License-Identifier: ISC */
#include "src/daemon/config_value.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "src/common/alloc.h"
#include "src/daemon/config.h"

void
config_value_expected(const struct conf_def *d, char *out, size_t size)
{
	const struct conf_choice *c;
	size_t n;

	switch (d->type) {
	case CONF_UINT32:
		snprintf(out, size, "a number from %lld to %lld",
		    (long long)d->min, (long long)d->max);
		return;
	case CONF_BYTES:
		snprintf(out, size, "bytes from %lld to %lld (K, M or G may "
		    "follow the number)", (long long)d->min,
		    (long long)d->max);
		return;
	case CONF_BOOL:
		snprintf(out, size, "yes or no");
		return;
	case CONF_PATH:
	case CONF_NEEDED_PATH:
		snprintf(out, size, "an absolute path%s",
		    d->type == CONF_PATH ? ", or nothing" : "");
		return;
	case CONF_NAME:
		snprintf(out, size, "a user name, or nothing");
		return;
	case CONF_DOMAIN:
		snprintf(out, size, "a domain name in lower case, or nothing");
		return;
	case CONF_ADDRESS:
		snprintf(out, size, "a numeric IPv4 or IPv6 address or *, "
		    "at most %d of them", CONFIG_ADDRESSES);
		return;
	case CONF_OF_MODULE:
	case CONF_OF_UNIT:
		snprintf(out, size, "attributes only");
		return;
	case CONF_CHOICE:
		n = (size_t)snprintf(out, size, "one of");
		for (c = d->choices; c->word != NULL && n < size; c++)
			if (c->missing == NULL)
				n += (size_t)snprintf(out + n, size - n,
				    "%s %s", c == d->choices ? "" : ",",
				    c->word);
		return;
	}
}

static int
read_number(const char *text, uint64_t *out, const char **rest)
{
	uint64_t v = 0;
	const char *p = text;

	for (; *p >= '0' && *p <= '9'; p++) {
		if (v > (UINT64_MAX - 9) / 10)
			return -1;
		v = v * 10 + (uint64_t)(*p - '0');
	}
	*out = v;
	*rest = p;
	return p == text ? -1 : 0;
}

static int
set_uint32(const struct conf_def *d, uint32_t *to, const char *text)
{
	uint64_t v;
	const char *rest;

	if (read_number(text, &v, &rest) != 0 || *rest != '\0' ||
	    v < (uint64_t)d->min || v > (uint64_t)d->max)
		return -1;
	*to = (uint32_t)v;
	return 0;
}

static int
set_bytes(const struct conf_def *d, uint64_t *to, const char *text)
{
	static const char units[] = "KMG";
	const char *rest, *unit;
	unsigned shift = 0;
	uint64_t v;

	if (read_number(text, &v, &rest) != 0)
		return -1;
	if (*rest != '\0') {
		unit = strchr(units, *rest);
		if (unit == NULL || rest[1] != '\0')
			return -1;
		shift = 10 * ((unsigned)(unit - units) + 1);
	}
	if (v > (uint64_t)d->max >> shift || v << shift < (uint64_t)d->min)
		return -1;
	*to = v << shift;
	return 0;
}

static int
set_string(char **to, const char *text)
{
	free(*to);
	*to = *text == '\0' ? NULL : xstrdup(text);
	return 0;
}

static int
set_domain(char *to, const char *text)
{
	size_t n = strlen(text);

	if (n >= sizeof(((struct server_conf *)0)->domain) ||
	    strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789.-") != n ||
	    *text == '.' || *text == '-')
		return -1;
	memcpy(to, text, n + 1);
	return 0;
}

static int
add_address(struct config *c, const char *text)
{
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST,
		.ai_socktype = SOCK_STREAM}, *ai;

	if (c->naddresses == CONFIG_ADDRESSES)
		return -1;
	if (strcmp(text, "*") != 0) {
		if (getaddrinfo(text, NULL, &hints, &ai) != 0)
			return -1;
		freeaddrinfo(ai);
	}
	c->addresses[c->naddresses++] = xstrdup(text);
	return 0;
}

static int
set_choice(const struct conf_def *d, int *to, const char *text)
{
	const struct conf_choice *c;

	for (c = d->choices; c->word != NULL; c++) {
		if (strcmp(c->word, text) != 0 || c->missing != NULL)
			continue;
		*to = c->value;
		return 0;
	}
	return -1;
}

static int
set_bool(bool *to, const char *text)
{
	*to = strcmp(text, "yes") == 0;
	return *to || strcmp(text, "no") == 0 ? 0 : -1;
}

int
config_value_set(struct config *c, const struct conf_def *d, const char *text)
{
	char *at = (char *)c + d->offset;

	switch (d->type) {
	case CONF_UINT32:
		return set_uint32(d, (void *)at, text);
	case CONF_BYTES:
		return set_bytes(d, (void *)at, text);
	case CONF_BOOL:
		return set_bool((void *)at, text);
	case CONF_PATH:
		if (*text != '\0' && *text != '/')
			return -1;
		return set_string((void *)at, text);
	case CONF_NEEDED_PATH:
		return *text == '/' ? set_string((void *)at, text) : -1;
	case CONF_NAME:
		if (strpbrk(text, " \t\n:") != NULL)
			return -1;
		return set_string((void *)at, text);
	case CONF_DOMAIN:
		return set_domain(at, text);
	case CONF_CHOICE:
		return set_choice(d, (void *)at, text);
	case CONF_ADDRESS:
		return add_address(c, text);
	case CONF_OF_MODULE:
	case CONF_OF_UNIT:
		return *text == '\0' ? 0 : -1;
	}
	return -1;
}

const char *
config_value_missing(const struct conf_def *d, const char *text)
{
	const struct conf_choice *c;

	if (d->type == CONF_CHOICE)
		for (c = d->choices; c->word != NULL; c++)
			if (c->missing != NULL && strcmp(c->word, text) == 0)
				return c->missing;
	return "";
}

void
config_value_clear(struct config *c, const struct conf_def *d)
{
	switch (d->type) {
	case CONF_PATH:
	case CONF_NEEDED_PATH:
	case CONF_NAME:
		set_string((void *)((char *)c + d->offset), "");
		return;
	case CONF_ADDRESS:
		while (c->naddresses > 0)
			free(c->addresses[--c->naddresses]);
		return;
	default:
		return;
	}
}

/* ---- comparing and printing ------------------------------------------ */

static bool
equal_strings(const char *a, const char *b)
{
	return strcmp(a == NULL ? "" : a, b == NULL ? "" : b) == 0;
}

static bool
equal_addresses(const struct config *a, const struct config *b)
{
	if (a->naddresses != b->naddresses)
		return false;
	for (size_t i = 0; i < a->naddresses; i++)
		if (strcmp(a->addresses[i], b->addresses[i]) != 0)
			return false;
	return true;
}

bool
config_value_equal(const struct conf_def *d, const struct config *a,
    const struct config *b)
{
	const void *x = (const char *)a + d->offset;
	const void *y = (const char *)b + d->offset;

	switch (d->type) {
	case CONF_UINT32:
		return memcmp(x, y, sizeof(uint32_t)) == 0;
	case CONF_BYTES:
		return memcmp(x, y, sizeof(uint64_t)) == 0;
	case CONF_BOOL:
		return *(const bool *)x == *(const bool *)y;
	case CONF_CHOICE:
		return memcmp(x, y, sizeof(int)) == 0;
	case CONF_PATH:
	case CONF_NEEDED_PATH:
	case CONF_NAME:
		return equal_strings(*(char *const *)x, *(char *const *)y);
	case CONF_DOMAIN:
		return strcmp(x, y) == 0;
	case CONF_ADDRESS:
		return equal_addresses(a, b);
	case CONF_OF_MODULE:
	case CONF_OF_UNIT:
		return true;	/* config_diff.c */
	}
	return true;
}

static void
print_bytes(uint64_t v, char *out, size_t size)
{
	static const char units[] = "KMG";
	size_t unit = 0;

	while (unit < 3 && v > 0 && v % 1024 == 0) {
		v /= 1024;
		unit++;
	}
	snprintf(out, size, unit == 0 ? "%llu" : "%llu%c",
	    (unsigned long long)v, units[unit == 0 ? 0 : unit - 1]);
}

static void
print_choice(const struct conf_def *d, int value, char *out, size_t size)
{
	const struct conf_choice *c = d->choices;

	while (c->word != NULL && c->value != value)
		c++;
	snprintf(out, size, "%s", c->word == NULL ? "" : c->word);
}

static void
print_addresses(const struct config *c, char *out, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < c->naddresses && n < size; i++)
		n += (size_t)snprintf(out + n, size - n, "%s%s",
		    i == 0 ? "" : " ", c->addresses[i]);
}

const char *
config_value_print(const struct conf_def *d, const struct config *c,
    char *out, size_t size)
{
	const void *at = (const char *)c + d->offset;
	const char *text;

	*out = '\0';
	switch (d->type) {
	case CONF_UINT32:
		snprintf(out, size, "%u", *(const uint32_t *)at);
		break;
	case CONF_BYTES:
		print_bytes(*(const uint64_t *)at, out, size);
		break;
	case CONF_BOOL:
		snprintf(out, size, "%s", *(const bool *)at ? "yes" : "no");
		break;
	case CONF_CHOICE:
		print_choice(d, *(const int *)at, out, size);
		break;
	case CONF_PATH:
	case CONF_NEEDED_PATH:
	case CONF_NAME:
		text = *(char *const *)at;
		snprintf(out, size, "%s", text == NULL ? "" : text);
		break;
	case CONF_DOMAIN:
		snprintf(out, size, "%s", (const char *)at);
		break;
	case CONF_ADDRESS:
		print_addresses(c, out, size);
		break;
	case CONF_OF_MODULE:
	case CONF_OF_UNIT:
		break;
	}
	return out;
}
