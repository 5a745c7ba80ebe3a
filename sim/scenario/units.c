/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/scenario/units.h"

#include "core/number.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

typedef struct unit {
    const char *name;
    uint64_t scale;
} unit;

typedef struct unit_set {
    const char *what;
    const char *example;
    unit units[6]; /* smallest first; the first is what the integer counts, but for % */
} unit_set;

static const unit_set SETS[] = {
    [UNITS_DURATION] = {"a duration",
                        "20ms",
                        {{"ns", 1}, {"us", 1000}, {"ms", 1000000}, {"s", 1000000000}, {"min", 60000000000}}},
    [UNITS_RATE] = {"a rate",
                    "20Mbps",
                    {{"bps", 1}, {"kbps", 1000}, {"Mbps", 1000000}, {"Gbps", 1000000000}}},
    [UNITS_SIZE] = {"a size",
                    "400B",
                    {{"B", 1}, {"kB", 1000}, {"KiB", 1024}, {"MB", 1000000}, {"MiB", 1048576}}},
    [UNITS_PACKETS] = {"a number of packets", "64pkt", {{"pkt", 1}}},
    [UNITS_FRACTION] = {"a percentage", "0.1%", {{"%", 10000000}}},
    [UNITS_LENGTH] = {"a length", "5m", {{"mm", 1}, {"m", 1000}, {"km", 1000000}}},
    [UNITS_SPEED] = {"a speed", "1.4mps", {{"mmps", 1}, {"mps", 1000}}},
};

enum { UNIT_COUNT = sizeof(SETS[0].units) / sizeof(SETS[0].units[0]) };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static const unit *find_unit(const unit_set *set, const char *name)
{
    for (size_t i = 0; i < UNIT_COUNT && set->units[i].name; i++)
        if (strcmp(set->units[i].name, name) == 0)
            return &set->units[i];
    return NULL;
}

static void list_units(const unit_set *set, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < UNIT_COUNT && set->units[i].name; i++) {
        const int n = snprintf(text + used, size - used, "%s%s", i ? " " : "", set->units[i].name);
        if (n < 0 || (size_t)n >= size - used)
            return;
        used += (size_t)n;
    }
}

/* A number as digits without its point: `value` / 10^`decimals`. */
typedef struct decimal {
    uint64_t value;
    unsigned decimals;
    bool too_large;
} decimal;

/* Returns what follows the number, or NULL if there is none. */
static const char *read_decimal(const char *text, decimal *number)
{
    bool fits = true;
    *number = (decimal){0};
    const char *end = core_number_digits(text, &number->value, &fits);
    if (end > text && *end == '.') {
        text = end + 1;
        end = core_number_digits(text, &number->value, &fits);
        number->decimals = (unsigned)(end - text);
    }
    number->too_large = !fits;
    if (end == text)
        return NULL;
    while (number->decimals > 0 && number->value % 10 == 0 && !number->too_large) {
        number->value /= 10;
        number->decimals--;
    }
    return end;
}

static bool scale_exactly(const decimal *number, uint64_t scale, uint64_t *value)
{
    uint64_t scaled = number->value;
    for (unsigned i = 0; i < number->decimals; i++) {
        if (scale % 10 == 0) {
            scale /= 10;
        } else if (scaled % 10 == 0) {
            scaled /= 10;
        } else if (scale % 2 == 0 && scaled % 5 == 0) {
            scale /= 2;
            scaled /= 5;
        } else if (scale % 5 == 0 && scaled % 2 == 0) {
            scale /= 5;
            scaled /= 2;
        } else {
            return false;
        }
    }
    *value = scaled > UINT64_MAX / scale ? UINT64_MAX : scaled * scale;
    return true;
}

static int explain_syntax(const unit_set *set, const char *text, const char *rest, char *message)
{
    char units[48];
    list_units(set, units, sizeof(units));
    if (rest && *rest == '\0') {
        const char *const name = set->example + strspn(set->example, "0123456789.");
        snprintf(message, UNITS_MESSAGE_MAX, "missing unit: write %.40s%s, not %.40s (units: %s)", text, name,
                 text, units);
    } else if (rest) {
        snprintf(message, UNITS_MESSAGE_MAX, "unknown unit '%.40s': write %s like %s (units: %s)", rest,
                 set->what, set->example, units);
    } else {
        snprintf(message, UNITS_MESSAGE_MAX, "'%.40s' is not %s: write for example %s", text, set->what,
                 set->example);
    }
    return UNITS_ERR_SYNTAX;
}

static int check_range(units_kind kind, const char *text, uint64_t min, uint64_t max, uint64_t value,
                       char *message)
{
    char bound[UNITS_TEXT_MAX];
    if (value >= min && value <= max)
        return UNITS_OK;
    const bool low = value < min;
    const uint64_t limit = low ? min : max;
    if (kind == UNITS_SIZE && limit < 100000) /* as packets are measured */
        snprintf(bound, sizeof(bound), "%" PRIu64 "B", limit);
    else
        units_format(kind, limit, bound);
    snprintf(message, UNITS_MESSAGE_MAX, "%.40s is too %s: at %s %s", text, low ? "small" : "large",
             low ? "least" : "most", bound);
    return UNITS_ERR_RANGE;
}

int units_parse(units_kind kind, const char *text, uint64_t min, uint64_t max, uint64_t *value, char *message)
{
    const unit_set *const set = &SETS[kind];
    decimal number;
    uint64_t result = 0;
    if (text[0] == '-' && is_digit(text[1])) {
        snprintf(message, UNITS_MESSAGE_MAX, "%.40s is negative: write %s like %s", text, set->what,
                 set->example);
        return UNITS_ERR_RANGE;
    }
    const char *rest = read_decimal(text, &number);
    if (!rest)
        return explain_syntax(set, text, NULL, message);
    if (*rest == ' ')
        rest++;
    const unit *const found = find_unit(set, rest);
    const bool bare_zero = *rest == '\0' && number.value == 0 && !number.too_large;
    if (!found && !bare_zero)
        return explain_syntax(set, text, rest, message);
    if (number.too_large) {
        result = UINT64_MAX;
    } else if (found && !scale_exactly(&number, found->scale, &result)) {
        snprintf(message, UNITS_MESSAGE_MAX, "%.40s is too fine: the smallest step is %s", text,
                 units_step(kind));
        return UNITS_ERR_RANGE;
    }
    const int status = check_range(kind, text, min, max, result, message);
    if (status == UNITS_OK)
        *value = result;
    return status;
}

bool units_find(const char *name, size_t length, units_kind *kind, uint64_t *scale)
{
    for (size_t i = 0; i < sizeof(SETS) / sizeof(SETS[0]); i++) {
        for (size_t j = 0; j < UNIT_COUNT && SETS[i].units[j].name; j++) {
            const unit *const at = &SETS[i].units[j];
            if (strlen(at->name) == length && strncmp(at->name, name, length) == 0) {
                *kind = (units_kind)i;
                *scale = at->scale;
                return true;
            }
        }
    }
    return false;
}

const char *units_what(units_kind kind)
{
    return SETS[kind].what;
}

const char *units_step(units_kind kind)
{
    return kind == UNITS_FRACTION ? "0.0000001%" : SETS[kind].units[0].name;
}

const char *units_format(units_kind kind, uint64_t value, char *text)
{
    const unit_set *const set = &SETS[kind];
    const unit *best = &set->units[0];
    unsigned digits = 0;
    if (kind == UNITS_DURATION && value == 0) {
        snprintf(text, UNITS_TEXT_MAX, "0s");
        return text;
    }
    for (size_t i = 0; i < UNIT_COUNT && set->units[i].name; i++) {
        const unit *const candidate = &set->units[i];
        const bool is_decimal = candidate->scale == 1 || candidate->scale % 60 != 0; /* not minutes */
        const bool exact = value % candidate->scale == 0 || (is_decimal && candidate->scale % 1000 == 0 &&
                                                             value % (candidate->scale / 1000) == 0);
        if (value >= candidate->scale && exact)
            best = candidate;
    }
    const uint64_t whole = value / best->scale;
    uint64_t rest = value % best->scale;
    int used = snprintf(text, UNITS_TEXT_MAX, "%" PRIu64, whole);
    uint64_t step = best->scale;
    if (rest && used > 0)
        text[used++] = '.';
    while (rest && used > 0 && digits++ < 12) {
        step /= 10;
        text[used++] = (char)('0' + rest / step);
        rest %= step;
    }
    snprintf(text + used, UNITS_TEXT_MAX - (size_t)used, "%s", best->name);
    return text;
}
