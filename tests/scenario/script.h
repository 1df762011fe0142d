/* SPDX-License-Identifier: ISC */
/*
 * script: a .chat file as lines of words (README.md, "A line").  Knows nothing
 * of what the words mean.
 */
#ifndef SCENARIO_SCRIPT_H
#define SCENARIO_SCRIPT_H

#include <stdbool.h>

#include "src/common/buf.h"

enum { WORDS_MAX = 64 };

enum word_kind {
	WORD_BARE,	/* up to the next space; a comma at its end is gone */
	WORD_TEXT,	/* was in quotes; escapes are undone */
	WORD_XML	/* from < to the last > of the line */
};

struct word {
	enum word_kind kind;
	char *text;
};

struct line {
	unsigned number;
	const char *source;	/* as in the file, without leading space */
	struct word words[WORDS_MAX];
	size_t count;
};

struct script {
	char *name;		/* of the file, for messages */
	char *title;		/* the first comment but for the licence */
	struct line *lines;
	size_t count;
	char *bytes;
};

/* 0, or -1 with a sentence in WHY that names the file and the line. */
int script_load(const char *path, struct script *, char *why, size_t whylen);
void script_fini(struct script *);

/* Variables, which ${NAME} stands for. */
struct variable {
	struct variable *next;
	char *name, *value;
};

void variable_set(struct variable **, const char *name, const char *value);
void variables_fini(struct variable **);

/*
 * Appends TEXT with what stands in ${...} (README.md, "Texts") in its place.
 * 0, or -1 with a sentence in WHY.
 */
int script_expand(const struct variable *, const char *text, struct buf *,
    char *why, size_t whylen);

#endif
