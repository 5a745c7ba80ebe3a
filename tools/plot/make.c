/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/cli/command.h"
#include "tools/plot/kinds.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const plot_kind *plot_kind_at(size_t index)
{
#define ADDRESS(name) &plot_kind_##name,
    static const plot_kind *const KINDS[] = {PLOT_KINDS(ADDRESS) NULL};
#undef ADDRESS
    return index < sizeof KINDS / sizeof *KINDS ? KINDS[index] : NULL;
}

void plot_options_default(plot_options *options)
{
    *options = (plot_options){.command = "", .svg = true, .png = true};
}

/* ---- parameters ---- */

void plot_quote(FILE *to, const char *text)
{
    const char mark = strchr(text, '\'') ? '"' : '\'';
    (void)fputc(mark, to);
    for (; *text; text++) {
        const unsigned char byte = (unsigned char)*text < ' ' ? ' ' : (unsigned char)*text;
        if (mark == '"' && strchr("\"\\`", byte)) /* a backquote would run a command */
            (void)fprintf(to, "\\%03o", byte);
        else
            (void)fputc(byte, to);
    }
    (void)fputc(mark, to);
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

/* Multiples of a power of ten, in tenths; 0 ends a row. The coarsest comes first; the last one has them all.
 */
enum { CHOICES = 5, MULTIPLES_MAX = 91 };
static void choose_multiples(size_t choice, unsigned tenths[MULTIPLES_MAX])
{
    static const unsigned rows[CHOICES - 1][10] = {
        {10}, {10, 20, 50}, {10, 15, 20, 30, 40, 50, 70}, {10, 20, 30, 40, 50, 60, 70, 80, 90}};
    for (unsigned i = 0; i < MULTIPLES_MAX; i++)
        tenths[i] = choice < CHOICES - 1 ? (i < 10 ? rows[choice][i] : 0) : i < 90 ? 10 + i : 0;
}

static bool is_label(size_t choice, unsigned tenths)
{
    unsigned labels[MULTIPLES_MAX];
    size_t i = 0;
    choose_multiples(choice, labels);
    while (labels[i] != 0 && labels[i] != tenths)
        i++;
    return labels[i] != 0;
}

/* Writes the labels within, if to is given, and counts them; but: of this choice, and only what is no label
 * of that one, without text. */
static size_t put_tics(FILE *to, double low, double high, size_t choice, const size_t *but)
{
    unsigned tenths[MULTIPLES_MAX];
    size_t count = 0;
    choose_multiples(choice, tenths);
    for (int exponent = (int)floor(log10(low)); pow(10, exponent) <= high; exponent++) {
        const double decade = pow(10, exponent);
        for (size_t i = 0; tenths[i] != 0; i++) {
            const double value = tenths[i] * decade / 10;
            if (value < low || value > high || (but && is_label(*but, tenths[i])))
                continue;
            if (to && but)
                (void)fprintf(to, ", \"\" %.6g 1", value);
            else if (to)
                (void)fprintf(to, "%s%.6g", count ? ", " : "", value);
            count++;
        }
    }
    return count;
}

void plot_parameter_log_axis(plot_figure *figure, const char *name, double low, double high)
{
    enum { LABELS_MIN = 3, MINOR = 3 };
    FILE *const to = figure->to_parameters;
    size_t choice = 0;
    low = low > 0 ? low : high / 1000;
    while (choice + 1 < CHOICES && put_tics(NULL, low, high, choice, NULL) < LABELS_MIN)
        choice++;
    (void)fprintf(to, "%s_low = %.9g\n%s_high = %.9g\n%s_tics = '", name, low, name, high, name);
    (void)put_tics(to, low, high, choice, NULL);
    if (choice < MINOR)
        (void)put_tics(to, low, high, MINOR, &choice);
    (void)fputs("'\n", to);
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

static const plot_kind *kind_named(const char *name)
{
    const plot_kind *kind;
    for (size_t i = 0; (kind = plot_kind_at(i)) != NULL && strcmp(kind->name, name) != 0; i++)
        ;
    return kind;
}

int plot_make(const char *name, const plot_options *options, const char *out, char *message)
{
    const plot_kind *const kind = kind_named(name);
    plot_figure figure = {.message = message};
    int status = COMMAND_BROKEN;
    assert(kind);
    (void)snprintf(message, PLOT_MESSAGE_MAX, "out of memory");
    figure.to_data = open_memstream(&figure.data, &figure.data_bytes);
    figure.to_parameters = open_memstream(&figure.parameters, &figure.parameters_bytes);
    if (figure.to_data && figure.to_parameters) {
        message[0] = '\0';
        status = kind->of_run ? kind->of_run(&figure, options) : plot_data_store(&figure, kind, options);
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
