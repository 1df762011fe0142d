/* SPDX-License-Identifier: ISC */
#include "src/client/people.h"

#include <stdlib.h>
#include <string.h>

#include "src/common/err.h"

void
people_free(struct people *p)
{
	for (size_t i = 0; i < p->n; i++)
		free(p->list[i].name);
	free(p->list);
	*p = (struct people){NULL, 0, 0};
}

/* The index of the first user that is not below USER. */
static size_t
lower_bound(const struct people *p, uint64_t user)
{
	size_t low = 0, high = p->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (p->list[mid].user < user)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

const char *
people_name(const struct people *p, uint64_t user)
{
	size_t i = lower_bound(p, user);

	return i < p->n && p->list[i].user == user ? p->list[i].name : NULL;
}

static int
make_room(struct people *p)
{
	size_t cap = p->cap == 0 ? 16 : p->cap * 2;
	struct person *list;

	if (p->n < p->cap)
		return 0;
	list = realloc(p->list, cap * sizeof(*list));
	if (list == NULL)
		return SC_ENOMEM;
	p->list = list;
	p->cap = cap;
	return 0;
}

int
people_set(struct people *p, uint64_t user, struct slice name)
{
	size_t i = lower_bound(p, user);
	char *copy = malloc(name.len + 1);

	if (copy == NULL)
		return SC_ENOMEM;
	if (name.len > 0)
		memcpy(copy, name.p, name.len);
	copy[name.len] = '\0';
	if (i < p->n && p->list[i].user == user) {
		free(p->list[i].name);
		p->list[i].name = copy;
		return 0;
	}
	if (make_room(p) != 0) {
		free(copy);
		return SC_ENOMEM;
	}
	memmove(p->list + i + 1, p->list + i,
	    (p->n - i) * sizeof(*p->list));
	p->list[i] = (struct person){user, copy};
	p->n++;
	return 0;
}
