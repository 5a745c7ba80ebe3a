/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/cli/combination.h"

#include "sim/scenario/units.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* In what the kind of its unit counts, so that 1500us comes before 9ms and 900kbps before 1Mbps; without a
 * unit as it stands. *end: behind the unit. */
static double quantity(const char *text, const char **end)
{
    char *behind;
    units_kind kind;
    uint64_t scale;
    const double number = strtod(text, &behind);
    size_t len = 0;
    while (isalpha((unsigned char)behind[len]) || behind[len] == '%')
        len++;
    const bool has_unit = len > 0 && units_find(behind, len, &kind, &scale);
    *end = behind + (has_unit ? len : 0);
    return has_unit ? number * (double)scale : number;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

int combination_compare(const char *a, const char *b)
{
    while (*a && *b) {
        if (is_digit(*a) && is_digit(*b)) {
            const double left = quantity(a, &a);
            const double right = quantity(b, &b);
            if (left < right || left > right)
                return left < right ? -1 : 1;
        } else if (*a != *b) {
            return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
        } else {
            a++, b++;
        }
    }
    return (*a != '\0') - (*b != '\0');
}

bool combination_is_quantity(const char *value)
{
    const char *end = value;
    if (is_digit(*value))
        (void)quantity(value, &end);
    return *value && !*end;
}

/* A setting of a combination, and what is behind it. */
typedef struct setting {
    const char *key;
    size_t key_bytes;
    const char *value;
    size_t value_bytes;
} setting;

/* Returns where the next one begins; NULL: there was none. */
static const char *next_setting(const char *at, setting *out)
{
    int depth = 0;
    if (!*at)
        return NULL;
    const size_t key_bytes = strcspn(at, "=");
    const char *const value = at + key_bytes + (at[key_bytes] == '=');
    const char *end = value;
    for (; *end && (*end != ',' || depth > 0); end++)
        depth += (*end == '[' || *end == '{') - (*end == ']' || *end == '}');
    *out = (setting){at, key_bytes, value, (size_t)(end - value)};
    return end + (*end == ',');
}

static bool is_key(const setting *self, const char *name, size_t bytes)
{
    const size_t before = self->key_bytes - bytes;
    return bytes > 0 && bytes <= self->key_bytes && strncmp(self->key + before, name, bytes) == 0 &&
           (before == 0 || self->key[before - 1] == '.');
}

static bool is_value(const setting *self, const char *value)
{
    char own[256];
    if (strlen(value) == self->value_bytes && strncmp(self->value, value, self->value_bytes) == 0)
        return true;
    if (self->value_bytes >= sizeof own || !combination_is_quantity(value))
        return false;
    (void)memcpy(own, self->value, self->value_bytes);
    own[self->value_bytes] = '\0';
    const char *const unit = value + strspn(value, "0123456789.");
    const char *const own_unit = own + strspn(own, "0123456789.");
    return combination_is_quantity(own) && !*unit == !*own_unit && combination_compare(own, value) == 0;
}

/* Any of the conditions that name the key of this one. */
static bool meets_key(const char *combination, const char *name, const char *const *conditions, size_t count)
{
    const size_t bytes = strcspn(name, "=");
    setting at;
    while ((combination = next_setting(combination, &at)) != NULL) {
        for (size_t i = 0; is_key(&at, name, bytes) && i < count; i++)
            if (strncmp(conditions[i], name, bytes + 1) == 0 && is_value(&at, conditions[i] + bytes + 1))
                return true;
    }
    return false;
}

bool combination_meets(const char *combination, const char *const *conditions, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!meets_key(combination, conditions[i], conditions, count))
            return false;
    return true;
}

void combination_short(const char *combination, char *text, size_t size)
{
    size_t used = 0;
    const char *key = combination;
    int depth = 0;
    bool in_key = true;
    for (const char *at = combination; used + 3 < size && *at; at++) {
        depth += (*at == '[' || *at == '{') - (*at == ']' || *at == '}');
        if (in_key && *at == '.') {
            used -= (size_t)(at - key);
            key = at + 1;
            continue;
        }
        in_key = in_key && *at != '=';
        text[used++] = *at;
        if (*at != ',' || depth > 0)
            continue;
        text[used++] = ' ';
        key = at + 1;
        in_key = true;
    }
    text[used] = '\0';
}
