/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/qlog/qlog.h"

#include <string.h>

static const char *const names[QLOG_FORMS] = {[QLOG_CURRENT] = "current", [QLOG_0_3] = "0.3"};

const char *qlog_form_name(qlog_form form)
{
    return form < QLOG_FORMS ? names[form] : NULL;
}

qlog_form qlog_form_named(const char *name)
{
    for (qlog_form form = QLOG_CURRENT; form < QLOG_FORMS; form++)
        if (strcmp(names[form], name) == 0)
            return form;
    return QLOG_NONE;
}
