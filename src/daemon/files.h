/* SPDX-License-Identifier: ISC */
/*
 * files: what the daemon leaves in the file system, and who it is there.
 */
#ifndef DAEMON_FILES_H
#define DAEMON_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct config;

/* Who <process><user> is, if we are root and it is somebody else; else *UID is
 * -1.  0, or -1 and a sentence in WHY. */
int files_find_user(const struct config *, uid_t *uid, gid_t *gid, char *why,
    size_t whylen);

/* Makes the database directory and the control socket belong to that user.
 * 0, or -1 and a sentence in WHY. */
int files_give_away(const struct config *, uid_t uid, gid_t gid, char *why,
    size_t whylen);

/* Joins its groups; becomes it; both.  Root only. */
int files_join_groups(const struct config *, gid_t gid, char *why,
    size_t whylen);
int files_become(const struct config *, uid_t uid, char *why, size_t whylen);
int files_drop(const struct config *, uid_t uid, gid_t gid, char *why,
    size_t whylen);

/* Makes DIR with mode 0700 if it is not there.  0, or -1 and a sentence. */
int files_make_directory(const char *dir, char *why, size_t whylen);

/*
 * A file for one number: opened while we may still do so, written once the
 * number is known, removed at the end.  FD is -1 where there is none.
 */
struct number_file {
	char *path;
	int fd;
	bool written;
};

/* Opens PATH (NULL: nothing to do) and leaves what is in it.  0, or -1 and a
 * sentence; ELEMENT is what to change in the configuration. */
int number_file_open(struct number_file *, const char *path,
    const char *element, char *why, size_t whylen);

/* Writes NUMBER and a newline.  0, or -1 and a sentence. */
int number_file_write(struct number_file *, unsigned long number, char *why,
    size_t whylen);

/* Closes it; removes the file if we have written it, or nobody has. */
void number_file_close(struct number_file *);

/* Raises the soft limit of descriptors to the hard one. */
void files_raise_limit(void);

#endif
