/* SPDX-License-Identifier: ISC */
/*
 * dictgen WHAT DICTIONARY.xml DEFLATE-DIR >FILE
 *
 * Checks the dictionary and writes the C and the tables that follow from it.
 * It runs while building, so a build is for the machine that it runs on.
 */
#include <stdlib.h>
#include <string.h>

#include "protocol/gen/dict.h"

static const struct {
	const char *name;
	void (*emit)(const struct dict *, FILE *);
} outputs[] = {
	{"names", emit_names},
	{"tables", emit_tables},
	{"deflate", emit_deflate},
	{"spec", emit_spec},
};

int
main(int argc, char **argv)
{
	struct dict *d = calloc(1, sizeof(*d));
	size_t n = sizeof(outputs) / sizeof(outputs[0]);

	if (argc != 4 || d == NULL) {
		fprintf(stderr, "usage: dictgen names|tables|deflate|spec "
		    "DICTIONARY.xml DEFLATE-DIR\n");
		return 2;
	}
	dict_load(d, argv[2]);
	dict_check(d);
	if (strcmp(argv[1], "names") != 0)
		dict_load_deflate(d, argv[3]);
	for (size_t i = 0; i < n; i++) {
		if (strcmp(outputs[i].name, argv[1]) != 0)
			continue;
		outputs[i].emit(d, stdout);
		if (fflush(stdout) != 0 || ferror(stdout)) {
			perror("dictgen");
			return 1;
		}
		for (size_t j = 1; j <= d->ndeflate; j++)
			free(d->deflate[j].bytes);
		free(d);
		return 0;
	}
	fprintf(stderr, "dictgen: cannot make %s\n", argv[1]);
	return 2;
}
