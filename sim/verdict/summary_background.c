/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/verdict/summary_background.h"

void summary_put_background(summary_writer *out, json_t *root, const summary_input *input)
{
    const scenario *const whole = input->scenario;
    if (whole->background_count == 0)
        return;
    json_t *const array = json_array();
    for (size_t i = 0; i < whole->background_count; i++) {
        const scenario_background *const of = &whole->background[i];
        const background_counts *const counts = &input->background[i];
        json_t *const object = json_object();
        summary_put_text(out, object, "network", whole->networks[of->network].name);
        summary_put_text(out, object, "direction", of->up ? "up" : "down");
        summary_put_text(out, object, "pattern", scenario_pattern_name(of->pattern));
        summary_put_count(out, object, "sent", counts->sent);
        summary_put_count(out, object, "bytes", counts->bytes);
        summary_put_count(out, object, "delivered", counts->delivered);
        summary_put_count(out, object, "dropped", counts->dropped);
        summary_add(out, array, object);
    }
    summary_put(out, root, "background", array);
}
