/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/report/html.h"

#include "tools/cli/xml.h"
#include "tools/report/assets.h"

#include <inttypes.h>

void html_begin(FILE *page, const char *title)
{
    (void)fputs("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                "<meta name=\"color-scheme\" content=\"light dark\">\n"
                "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
                "'unsafe-inline'; "
                "script-src 'unsafe-inline'; img-src data:\">\n<title>",
                page);
    html_text(page, title);
    (void)fprintf(page, "</title>\n<style>\n%s</style>\n</head>\n<body>\n<main>\n", REPORT_PAGE_CSS);
}

void html_end(FILE *page, const char *script)
{
    (void)fputs("</main>\n", page);
    if (script)
        (void)fprintf(page, "<script>\n%s</script>\n", script);
    (void)fputs("</body>\n</html>\n", page);
}

void html_text(FILE *page, const char *text)
{
    xml_text(page, text);
}

void html_name(FILE *page, const char *text)
{
    for (; *text; text++) {
        const char one[] = {*text, '\0'};
        html_text(page, one);
        if (*text == ',')
            (void)fputs("<wbr>", page);
    }
}

void html_cell(FILE *page, const char *class, const char *text)
{
    (void)fprintf(page, class ? "<td class=\"%s\">" : "<td>", class);
    html_text(page, text);
    (void)fputs("</td>", page);
}

void html_number(FILE *page, uint64_t value, const char *text)
{
    if (value == UINT64_MAX)
        (void)fputs("<td class=\"n\" data-v=\"\">", page);
    else
        (void)fprintf(page, "<td class=\"n\" data-v=\"%" PRIu64 "\">", value);
    html_text(page, text);
    (void)fputs("</td>", page);
}

void html_figure(FILE *page, uint64_t value, const char *text, const char *below)
{
    (void)fprintf(page, "<td class=\"n\" data-v=\"%" PRIu64 "\">", value);
    html_text(page, text);
    if (below[0]) {
        (void)fputs("<small>", page);
        html_text(page, below);
        (void)fputs("</small>", page);
    }
    (void)fputs("</td>", page);
}

void html_table(FILE *page, const char *caption, const char *const *titles, size_t count, bool sorts)
{
    (void)fprintf(page, "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"");
    html_text(page, caption);
    (void)fprintf(page, "\">\n<table%s>\n<thead><tr>", sorts ? " class=\"sorts\"" : "");
    for (size_t i = 0; i < count; i++) {
        const bool number = titles[i][0] == '>';
        (void)fprintf(page, number ? "<th scope=\"col\" class=\"n\">" : "<th scope=\"col\">");
        html_text(page, titles[i] + number);
        (void)fputs("</th>", page);
    }
    (void)fputs("</tr></thead>\n<tbody>\n", page);
}

void html_table_end(FILE *page)
{
    (void)fputs("</tbody>\n</table>\n</div>\n", page);
}
