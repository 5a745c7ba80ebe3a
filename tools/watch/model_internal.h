/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_WATCH_MODEL_INTERNAL_H
#define TOOLS_WATCH_MODEL_INTERNAL_H

/* What the model*.c files share. model.c owns all and keeps the log, model_take.c takes lines of
 * events.jsonl, model_paths.c keeps the paths of an end. */

#include "tools/watch/model.h"

/* Room for one more of *count things; NULL: out of memory, which sticks. The new one is zeroed. */
void *watch_model_grow(watch_model *self, void **things, size_t *count, size_t size);

/* By the kind of thing and its one or two names. WATCH_NONE: it is not in the model. */
uint32_t watch_model_find(const watch_model *self, const char *kind, const char *one, const char *other);
void watch_model_keep(watch_model *self, const char *kind, const char *one, const char *other, size_t at);

/* The line changes what is known. */
void watch_model_take(watch_model *self, const json_t *line, const char *event);
/* The end of the line's call; NULL: none that is known. */
watch_end *watch_model_end_of_call(const watch_model *self, const json_t *line);

/* The path of the end with these addresses, which is made when it is not there; remote NULL or "": of any, or
 * not known yet. NULL: local is "", or out of memory. Valid until the next call for this end. */
watch_path *watch_end_path(watch_model *self, watch_end *end, const char *local, const char *remote);
/* It has no connection any more. */
void watch_end_forget(watch_end *end);

#endif
