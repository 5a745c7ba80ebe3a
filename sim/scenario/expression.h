/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_SCENARIO_EXPRESSION_H
#define SIM_SCENARIO_EXPRESSION_H

/*
 * What stands in ${...}: sums, differences, products and quotients of numbers, quantities and parameters,
 * with parentheses. All of it is exact: a value is a fraction of integers, and its units are carried along,
 * so that a size divided by a rate is a time, and a time and a rate have no sum.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EXPRESSION_BYTES_MAX 512 /* of a text */
#define EXPRESSION_DEPTH_MAX 16  /* of parentheses */
#define EXPRESSION_MESSAGE_MAX 200
#define EXPRESSION_TEXT_MAX 64 /* expression_write() needs no more */

/* What a value counts: the exponents of ns, bits, mm and packets. All 0: a number. */
typedef struct expression_units {
    int8_t time, data, length, packets;
} expression_units;

typedef struct expression_value {
    __int128 numerator;
    __int128 denominator; /* at least 1, and no divisor in common */
    expression_units units;
    bool share; /* of a number: it is written in percent */
} expression_value;

/* The value of a name, of that many bytes. NULL: there is none, and message says why. */
typedef const expression_value *expression_lookup_fn(void *ctx, const char *name, size_t length,
                                                     char *message);

typedef struct expression_fault {
    size_t offset; /* bytes from the beginning of the text */
    char message[EXPRESSION_MESSAGE_MAX];
} expression_fault;

/* All of the text's bytes. False: *fault says where and why, and *out is untouched. */
__attribute__((warn_unused_result)) bool expression_evaluate(const char *text, size_t bytes,
                                                             expression_lookup_fn *lookup, void *ctx,
                                                             expression_value *out, expression_fault *fault);

/* As a scenario says it: "85ms", "12", "0.5%". False: message says why the value has no such text: it is
 * negative, finer than the smallest unit, too large, or of no kind that a scenario has. */
__attribute__((warn_unused_result)) bool expression_write(const expression_value *value,
                                                          char text[EXPRESSION_TEXT_MAX],
                                                          char message[EXPRESSION_MESSAGE_MAX]);

#endif
