/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A migration record as text, for the control socket and for people. */
#ifndef CORE_LIVE_RECORD_H
#define CORE_LIVE_RECORD_H

#include "core/roam.h"

#define LIVE_RECORD_TEXT_MAX 2048

/* Lines of "KEY VALUE"; times in nanoseconds after the request ("never" for what did not happen). Returns the
 * length. */
size_t live_record_format(const char *peer, const roam_migration_record *record,
                          char text[LIVE_RECORD_TEXT_MAX]);

#endif
