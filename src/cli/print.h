/* SPDX-License-Identifier: ISC */
/*
 * print: what a command says.  Results go to standard output, one line of
 * text or one JSON object each; errors to standard error, one line each.
 */
#ifndef CLI_PRINT_H
#define CLI_PRINT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "src/common/slice.h"

struct cli;

enum { CLI_USAGE = 2 };

/* "stonechat: ...", or with --json {"event":"error","text":...}; returns 1.
 * What others wrote is made harmless. */
int cli_fail(const struct cli *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* The usage of the command on standard error; returns 2. */
int cli_usage(const struct cli *);

/* Prints an object as one line; takes the reference. */
void cli_print_json_take(json_t *);

/* Bytes in an object, as base64url, as XML has them. */
void cli_json_bytes(json_t *, const char *key, const void *p, size_t n);

/* Prints a line of text, in which what others wrote is made harmless: lines
 * after the first are indented. */
void cli_print(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void cli_print_slice(struct slice);

/* UTC milliseconds as local time of day, local date and time, or ISO 8601 in
 * UTC. */
const char *cli_time_of_day(int64_t ms, char *out, size_t size);
const char *cli_time_local(int64_t ms, char *out, size_t size);
const char *cli_time_iso(int64_t ms, char *out, size_t size);

/* A number with MIN <= *N <= MAX; false otherwise. */
bool cli_number(const char *text, uint64_t min, uint64_t max, uint64_t *n);

#endif
