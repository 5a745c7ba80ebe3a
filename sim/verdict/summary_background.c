/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/verdict/summary_background.h"

json_t *summary_background_json(const summary_input *input)
{
    const scenario *const whole = input->scenario;
    json_t *const array = json_array();
    bool failed = !array;
    for (size_t i = 0; i < whole->background_count; i++) {
        const scenario_background *const of = &whole->background[i];
        const background_counts *const counts = &input->background[i];
        failed |=
            json_array_append_new(
                array,
                json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:I}", "network", whole->networks[of->network].name,
                          "direction", of->up ? "up" : "down", "pattern", scenario_pattern_name(of->pattern),
                          "sent", (json_int_t)counts->sent, "bytes", (json_int_t)counts->bytes, "delivered",
                          (json_int_t)counts->delivered, "dropped", (json_int_t)counts->dropped)) != 0;
    }
    if (!failed)
        return array;
    json_decref(array);
    return NULL;
}
