/* SPDX-License-Identifier: ISC */
/* event_json: events that several commands print as objects. */
#ifndef CLI_EVENT_JSON_H
#define CLI_EVENT_JSON_H

#include "src/client/stonechat.h"

void event_json_message(const struct sc_event *);
/* As an event of another name. */
void event_json_message_as(const char *name, const struct sc_event *);
void event_json_skip(const struct sc_event *);
/* THIS is the number of the device that asks. */
void event_json_device(const struct sc_event *, uint32_t this_one);
/* One that has nothing but its name. */
void event_json_plain(const char *name);

#endif
