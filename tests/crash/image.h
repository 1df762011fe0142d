/* SPDX-License-Identifier: ISC */
/*
 * image: what a disk holds of a directory, as the shim powerloss.c keeps it.
 *
 *	IMAGE/files/ID		contents of a file, as of its last sync
 *	IMAGE/now/PATH		hard links to them by their names of this moment
 *	IMAGE/durable/PATH	and by the names that survive a loss of power
 *	IMAGE/pending		changes of names that are not durable, in order
 *	IMAGE/committing	the same while they are becoming so
 *
 * Names are as ext4 has them: changes of names reach the disk in order, at the
 * latest with the next sync of a file that is new or has grown, or of a
 * directory; and a file whose name is there may be empty.
 */
#ifndef CRASH_IMAGE_H
#define CRASH_IMAGE_H

#include <stdint.h>

enum { IMAGE_BLOCK = 4096 };

/* Makes the changes in the file LIST, the first COUNT of them. */
void image_apply(const char *image, const char *list, uint64_t count);

/*
 * The power is lost: LIVE becomes what the disk had, and the image goes.  Of
 * what was not synced CHANCE per cent of the blocks survive, and as many
 * changes of names as SEED says; with 0 nothing does.
 */
void image_lose(const char *image, const char *live, unsigned chance,
    uint64_t seed);

#endif
