/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/scenario/expression.h"

#include "core/number.h"
#include "sim/scenario/units.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define BILLION 1000000000

typedef struct parser {
    const char *start, *at, *end;
    expression_lookup_fn *lookup;
    void *ctx;
    expression_fault *fault;
    unsigned depth;
} parser;

/* The units of each kind, and what one of its integers is in ns, bits, mm and packets. */
static const struct {
    expression_units units;
    int64_t numerator, denominator;
} KINDS[] = {
    [UNITS_DURATION] = {{.time = 1}, 1, 1},
    [UNITS_RATE] = {{.time = -1, .data = 1}, 1, BILLION},
    [UNITS_SIZE] = {{.data = 1}, 8, 1},
    [UNITS_PACKETS] = {{.packets = 1}, 1, 1},
    [UNITS_FRACTION] = {{0}, 1, BILLION},
    [UNITS_LENGTH] = {{.length = 1}, 1, 1},
    [UNITS_SPEED] = {{.time = -1, .length = 1}, 1, BILLION},
};

enum { KIND_COUNT = sizeof(KINDS) / sizeof(KINDS[0]), EXPONENT_MAX = 4 };

/* ---- fractions ---- */

static __int128 common_divisor(__int128 a, __int128 b)
{
    a = a < 0 ? -a : a;
    while (b != 0) {
        const __int128 rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

static void reduce(expression_value *value)
{
    const __int128 divisor = common_divisor(value->numerator, value->denominator);
    value->numerator /= divisor;
    value->denominator /= divisor;
}

static bool fault_at(parser *self, const char *at, const char *message)
{
    if (self->fault->message[0] == '\0') {
        self->fault->offset = (size_t)(at - self->start);
        (void)snprintf(self->fault->message, sizeof self->fault->message, "%s", message);
    }
    return false;
}

static bool too_large(parser *self, const char *at)
{
    return fault_at(self, at, "too large a number");
}

/* ---- units ---- */

static bool same_units(expression_units a, expression_units b)
{
    return a.time == b.time && a.data == b.data && a.length == b.length && a.packets == b.packets;
}

/* "a duration"; "a number"; "no quantity" for units that nothing in a scenario has. */
static const char *what_of(const expression_value *value)
{
    for (int kind = 0; kind < KIND_COUNT; kind++)
        if (same_units(KINDS[kind].units, value->units) && (kind != UNITS_FRACTION || value->share))
            return units_what((units_kind)kind);
    return same_units(value->units, (expression_units){0}) ? "a number" : "no quantity";
}

static bool add_exponents(expression_units *to, expression_units more, int sign)
{
    to->time = (int8_t)(to->time + sign * more.time);
    to->data = (int8_t)(to->data + sign * more.data);
    to->length = (int8_t)(to->length + sign * more.length);
    to->packets = (int8_t)(to->packets + sign * more.packets);
    return to->time >= -EXPONENT_MAX && to->time <= EXPONENT_MAX && to->data >= -EXPONENT_MAX &&
           to->data <= EXPONENT_MAX && to->length >= -EXPONENT_MAX && to->length <= EXPONENT_MAX &&
           to->packets >= -EXPONENT_MAX && to->packets <= EXPONENT_MAX;
}

/* ---- operations: the operator is at `at` ---- */

static bool add(parser *self, const char *at, expression_value *left, const expression_value *right)
{
    __int128 a, b, denominator;
    char message[EXPRESSION_MESSAGE_MAX];
    if (!same_units(left->units, right->units) || left->share != right->share) {
        (void)snprintf(message, sizeof message, "%s and %s have no %s", what_of(left), what_of(right),
                       *at == '+' ? "sum" : "difference");
        return fault_at(self, at, message);
    }
    if (__builtin_mul_overflow(left->numerator, right->denominator, &a) ||
        __builtin_mul_overflow(right->numerator, left->denominator, &b) ||
        __builtin_mul_overflow(left->denominator, right->denominator, &denominator) ||
        (*at == '+' ? __builtin_add_overflow(a, b, &a) : __builtin_sub_overflow(a, b, &a)))
        return too_large(self, at);
    left->numerator = a;
    left->denominator = denominator;
    reduce(left);
    return true;
}

static bool multiply(parser *self, const char *at, expression_value *left, const expression_value *right)
{
    const bool divides = *at == '/';
    const bool plain = same_units(left->units, (expression_units){0});
    const bool turns = divides && right->numerator < 0;
    const __int128 times = turns ? -right->denominator : divides ? right->denominator : right->numerator;
    const __int128 over = turns ? -right->numerator : divides ? right->numerator : right->denominator;
    if (over == 0)
        return fault_at(self, at, "a division by zero");
    if (__builtin_mul_overflow(left->numerator, times, &left->numerator) ||
        __builtin_mul_overflow(left->denominator, over, &left->denominator) ||
        !add_exponents(&left->units, right->units, divides ? -1 : 1))
        return too_large(self, at);
    /* A share of a share is one, and of a number too; how often one goes into another is a number. */
    left->share = plain && same_units(left->units, (expression_units){0}) &&
                  (divides ? left->share && !right->share : left->share || right->share);
    reduce(left);
    return true;
}

/* ---- operands ---- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_of_name(char c)
{
    return is_letter(c) || is_digit(c) || c == '_';
}

static void skip_blanks(parser *self)
{
    while (self->at < self->end && *self->at == ' ')
        self->at++;
}

static bool take_unit(parser *self, expression_value *value)
{
    char message[EXPRESSION_MESSAGE_MAX];
    units_kind kind;
    uint64_t scale;
    if (self->end - self->at > 1 && self->at[0] == ' ' && (is_letter(self->at[1]) || self->at[1] == '%'))
        self->at++;
    const char *const from = self->at;
    while (self->at < self->end && (is_of_name(*self->at) || *self->at == '%'))
        self->at++;
    const size_t length = (size_t)(self->at - from);
    if (length == 0)
        return true;
    if (!units_find(from, length, &kind, &scale)) {
        (void)snprintf(message, sizeof message, "unknown unit '%.*s': write for example 20ms, 20Mbps or 400B",
                       length < 40 ? (int)length : 40, from);
        return fault_at(self, from, message);
    }
    value->units = KINDS[kind].units;
    value->share = kind == UNITS_FRACTION;
    if (__builtin_mul_overflow(value->numerator, (__int128)scale * KINDS[kind].numerator,
                               &value->numerator) ||
        __builtin_mul_overflow(value->denominator, KINDS[kind].denominator, &value->denominator))
        return too_large(self, from);
    reduce(value);
    return true;
}

/* Digits, a point and more of them. */
static bool take_number(parser *self, expression_value *value)
{
    const char *const from = self->at;
    uint64_t digits = 0;
    bool fits = true;
    bool point = false;
    *value = (expression_value){.denominator = 1};
    for (; self->at < self->end && (is_digit(*self->at) || (*self->at == '.' && !point)); self->at++) {
        const char digit[] = {*self->at, '\0'};
        point = point || *self->at == '.';
        if (*self->at != '.') {
            (void)core_number_digits(digit, &digits, &fits);
            value->denominator *= point ? 10 : 1;
        }
        if (!fits || value->denominator > (__int128)INT64_MAX)
            return too_large(self, from);
    }
    if (self->at[-1] == '.')
        return fault_at(self, self->at - 1, "a number has digits behind its point");
    value->numerator = digits;
    reduce(value);
    return take_unit(self, value);
}

static bool take_name(parser *self, expression_value *value)
{
    const char *const from = self->at;
    char message[EXPRESSION_MESSAGE_MAX] = "";
    while (self->at < self->end && is_of_name(*self->at))
        self->at++;
    const expression_value *const found = self->lookup(self->ctx, from, (size_t)(self->at - from), message);
    if (!found)
        return fault_at(self, from, message);
    *value = *found;
    return true;
}

static bool take_sum(parser *self, expression_value *value);

static bool take_operand(parser *self, expression_value *value)
{
    skip_blanks(self);
    if (self->at == self->end)
        return fault_at(self, self->at, "ends where a number, a quantity or a name is expected");
    if (is_digit(*self->at))
        return take_number(self, value);
    if (is_letter(*self->at))
        return take_name(self, value);
    if (*self->at != '(')
        return fault_at(self, self->at, "expected a number, a quantity, a name or (");
    const char *const opened = self->at++;
    if (++self->depth > EXPRESSION_DEPTH_MAX)
        return fault_at(self, opened, "too many parentheses inside of each other: at most 16");
    if (!take_sum(self, value))
        return false;
    skip_blanks(self);
    if (self->at == self->end || *self->at != ')')
        return fault_at(self, opened, "this parenthesis is not closed");
    self->at++;
    self->depth--;
    return true;
}

static bool take_product(parser *self, expression_value *value)
{
    if (!take_operand(self, value))
        return false;
    for (skip_blanks(self); self->at < self->end && (*self->at == '*' || *self->at == '/');
         skip_blanks(self)) {
        const char *const sign = self->at++;
        expression_value right = {.denominator = 1};
        if (!take_operand(self, &right) || !multiply(self, sign, value, &right))
            return false;
    }
    return true;
}

static bool take_sum(parser *self, expression_value *value)
{
    if (!take_product(self, value))
        return false;
    for (skip_blanks(self); self->at < self->end && (*self->at == '+' || *self->at == '-');
         skip_blanks(self)) {
        const char *const sign = self->at++;
        expression_value right = {.denominator = 1};
        if (!take_product(self, &right) || !add(self, sign, value, &right))
            return false;
    }
    return true;
}

bool expression_evaluate(const char *text, size_t bytes, expression_lookup_fn *lookup, void *ctx,
                         expression_value *out, expression_fault *fault)
{
    parser self = {
        .start = text, .at = text, .end = text + bytes, .lookup = lookup, .ctx = ctx, .fault = fault};
    expression_value value = {.denominator = 1};
    *fault = (expression_fault){0};
    if (bytes > EXPRESSION_BYTES_MAX)
        return fault_at(&self, text, "too long: at most 512 bytes");
    if (!take_sum(&self, &value))
        return false;
    if (self.at < self.end)
        return fault_at(&self, self.at,
                        *self.at == ')' ? "closes no parenthesis" : "expected one of + - * / or the end");
    *out = value;
    return true;
}

/* ---- to text ---- */

static bool refuse(char message[EXPRESSION_MESSAGE_MAX], const char *text, const char *more)
{
    (void)snprintf(message, EXPRESSION_MESSAGE_MAX, "%s%s", text, more);
    return false;
}

/* A number has at most nine decimals. */
static bool write_number(const expression_value *value, char text[EXPRESSION_TEXT_MAX],
                         char message[EXPRESSION_MESSAGE_MAX])
{
    __int128 scaled;
    if (__builtin_mul_overflow(value->numerator, BILLION, &scaled) || scaled > (__int128)UINT64_MAX)
        return refuse(message, "the result is too large", "");
    if (scaled % value->denominator != 0)
        return refuse(message, "the result has no exact text: it has more than nine decimals", "");
    scaled /= value->denominator;
    int used = snprintf(text, EXPRESSION_TEXT_MAX, "%" PRIu64 ".%09" PRIu64, (uint64_t)(scaled / BILLION),
                        (uint64_t)(scaled % BILLION));
    while (text[used - 1] == '0')
        text[--used] = '\0';
    if (text[used - 1] == '.')
        text[used - 1] = '\0';
    return true;
}

static bool write_kind(const expression_value *value, units_kind kind, char text[EXPRESSION_TEXT_MAX],
                       char message[EXPRESSION_MESSAGE_MAX])
{
    __int128 scaled, over;
    if (__builtin_mul_overflow(value->numerator, KINDS[kind].denominator, &scaled) ||
        __builtin_mul_overflow(value->denominator, KINDS[kind].numerator, &over))
        return refuse(message, "the result is too large", "");
    if (scaled % over != 0)
        return refuse(message, "the result is no whole number of ", units_step(kind));
    if (scaled / over > (__int128)UINT64_MAX)
        return refuse(message, "the result is too large", "");
    (void)units_format(kind, (uint64_t)(scaled / over), text);
    return true;
}

bool expression_write(const expression_value *value, char text[EXPRESSION_TEXT_MAX],
                      char message[EXPRESSION_MESSAGE_MAX])
{
    static_assert(EXPRESSION_TEXT_MAX >= UNITS_TEXT_MAX, "room for a quantity");
    if (value->numerator < 0)
        return refuse(message, "the result is negative", "");
    for (int kind = 0; kind < KIND_COUNT; kind++)
        if (same_units(KINDS[kind].units, value->units) && (kind != UNITS_FRACTION || value->share))
            return write_kind(value, (units_kind)kind, text, message);
    if (same_units(value->units, (expression_units){0}))
        return write_number(value, text, message);
    return refuse(message, "the result is no quantity: its units are none of a duration, a rate, a size, ",
                  "a number of packets, a length or a speed");
}
