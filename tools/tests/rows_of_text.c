/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/tests/rows_of_text.h"

#include "core/tests/check.h"
#include "tools/store/store.h"
#include "tools/store/summary.h"

#include <CUnit/CUnit.h>
#include <stdlib.h>

/* All that were made. */
typedef struct made {
    struct made *next;
    json_t *summary;
    summary_rows rows;
} made;

const summary_rows *rows_of_text(const char *text)
{
    static made *all;
    if (!text)
        return NULL;
    made *const self = calloc(1, sizeof *self);
    CU_ASSERT_PTR_NOT_NULL_FATAL(self);
    self->next = all;
    all = self;
    self->summary = json_loads(text, 0, NULL);
    if (!CHECK(store_read_summary(self->summary, &self->rows), STORE_OK, "reading %s", text))
        CU_FAIL_FATAL("no summary");
    return &self->rows;
}
