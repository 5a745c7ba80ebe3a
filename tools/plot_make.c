/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/command.h"
#include "tools/plot_figure.h"

#include <stdlib.h>
#include <string.h>

const char *plot_kind_name(plot_kind kind)
{
    static const char *const NAMES[PLOT_KINDS] = {
        [PLOT_CDF] = "cdf",           [PLOT_RTT] = "rtt",   [PLOT_TIMELINE] = "timeline",
        [PLOT_OUTCOMES] = "outcomes", [PLOT_LOSS] = "loss", [PLOT_COMMITS] = "commits",
    };
    return NAMES[kind];
}

void plot_options_default(plot_options *options)
{
    *options = (plot_options){.command = "", .svg = true, .png = true};
}

/* ---- parameters ---- */

void plot_quote(FILE *to, const char *text)
{
    (void)fputc('\'', to);
    for (; *text; text++) {
        if (*text == '\'')
            (void)fputc('\'', to);
        (void)fputc((unsigned char)*text < ' ' ? ' ' : *text, to);
    }
    (void)fputc('\'', to);
}

void plot_parameter_text(plot_figure *figure, const char *name, const char *text)
{
    (void)fprintf(figure->to_parameters, "%s = ", name);
    plot_quote(figure->to_parameters, text);
    (void)fputc('\n', figure->to_parameters);
}

void plot_parameter_number(plot_figure *figure, const char *name, double value)
{
    (void)fprintf(figure->to_parameters, "%s = %.9g\n", name, value);
}

void plot_parameter_texts(plot_figure *figure, const char *name, char *const *texts, size_t count)
{
    (void)fprintf(figure->to_parameters, "%s_count = %zu\narray %s[%zu] = [", name, count, name,
                  count ? count : 1);
    for (size_t i = 0; i < count; i++) {
        (void)fputs(i ? ", " : "", figure->to_parameters);
        plot_quote(figure->to_parameters, texts[i]);
    }
    (void)fputs(count ? "]\n" : "'']\n", figure->to_parameters);
}

/* ---- a figure ---- */

int plot_make(plot_kind kind, const plot_options *options, const char *out, char *message)
{
    plot_figure figure = {.message = message};
    int status = COMMAND_BROKEN;
    (void)snprintf(message, PLOT_MESSAGE_MAX, "out of memory");
    figure.to_data = open_memstream(&figure.data, &figure.data_bytes);
    figure.to_parameters = open_memstream(&figure.parameters, &figure.parameters_bytes);
    if (figure.to_data && figure.to_parameters) {
        message[0] = '\0';
        status = kind == PLOT_TIMELINE ? plot_data_timeline(&figure, options)
                                       : plot_data_store(&figure, kind, options);
    }
    bool closed = true;
    if (figure.to_data)
        closed = fclose(figure.to_data) == 0;
    if (figure.to_parameters)
        closed = fclose(figure.to_parameters) == 0 && closed;
    if (!status && !closed) {
        (void)snprintf(message, PLOT_MESSAGE_MAX, "out of memory");
        status = COMMAND_BROKEN;
    }
    if (options->title)
        (void)snprintf(figure.title, sizeof figure.title, "%s", options->title);
    if (!status)
        status = plot_draw(&figure, kind, options, out);
    free(figure.data);
    free(figure.parameters);
    return status;
}
