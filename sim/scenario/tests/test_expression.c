/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What stands in ${...}: exact values, units, and where a fault is. */
#include "sim/scenario/expression.h"

#include "core/tests/check.h"

#include <CUnit/Basic.h>
#include <stdio.h>
#include <string.h>

/* rtt = 40 ms, rate = 20 Mbps, mtu = 1500 B, n = 3, loss = 10 % */
static const expression_value *look_up(void *ctx, const char *name, size_t length, char *message)
{
    static const struct {
        const char *name;
        expression_value value;
    } KNOWN[] = {
        {"rtt", {.numerator = 40000000, .denominator = 1, .units = {.time = 1}}},
        {"rate", {.numerator = 1, .denominator = 50, .units = {.time = -1, .data = 1}}},
        {"mtu", {.numerator = 12000, .denominator = 1, .units = {.data = 1}}},
        {"n", {.numerator = 3, .denominator = 1}},
        {"loss", {.numerator = 1, .denominator = 10, .share = true}},
    };
    (void)ctx;
    for (size_t i = 0; i < sizeof KNOWN / sizeof KNOWN[0]; i++)
        if (strlen(KNOWN[i].name) == length && strncmp(KNOWN[i].name, name, length) == 0)
            return &KNOWN[i].value;
    (void)snprintf(message, EXPRESSION_MESSAGE_MAX, "no such name");
    return NULL;
}

static const struct {
    const char *text;
    const char *wanted; /* the value; or "OFFSET: message" */
} CASES[] = {
    {"rtt", "40ms"},
    {" 2 * rtt + 5ms ", "85ms"},
    {"2*(rtt+5ms)", "90ms"},
    {"rtt * 1.5 + 10ms", "70ms"},
    {"rtt - 10ms - 5ms", "25ms"},
    {"rtt / 2 / 2", "10ms"},
    {"100ms / rtt", "2.5"},
    {"1s / 3 * 3", "1s"},
    {"(1s - rtt) / rtt * n", "72"},
    {"mtu / rate", "600us"},
    {"mtu * 8 / 1s / 8", "12kbps"},
    {"rate * 1ms", "2.5kB"},
    {"rate * 50% + 1bps", "10000.001kbps"},
    {"100% - loss * loss", "99%"},
    {"loss / 20%", "0.5"},
    {"n * loss", "30%"},
    {"1.4mps * 10s", "14m"},
    {"10m / 5s", "2mps"},
    {"2pkt * n", "6pkt"},
    {"64 KiB", "64KiB"},
    {"1min", "1min"},
    {"0.0000001%", "0.0000001%"},
    {"rtt - rtt", "0s"},
    {"((((((((((((((((n))))))))))))))))", "3"},
    {"", "0: ends where a number, a quantity or a name is expected"},
    {"2 *", "3: ends where a number, a quantity or a name is expected"},
    {"2 + + 2", "4: expected a number, a quantity, a name or ("},
    {"-5ms", "0: expected a number, a quantity, a name or ("},
    {"2 rtt", "2: unknown unit 'rtt': write for example 20ms, 20Mbps or 400B"},
    {"5 rtts + 1", "2: unknown unit 'rtts': write for example 20ms, 20Mbps or 400B"},
    {"rtt 2", "4: expected one of + - * / or the end"},
    {"(rtt + 1ms", "0: this parenthesis is not closed"},
    {"rtt)", "3: closes no parenthesis"},
    {"1. * rtt", "1: a number has digits behind its point"},
    {"2 * where", "4: no such name"},
    {"rtt + rate", "4: a duration and a rate have no sum"},
    {"rtt + n", "4: a duration and a number have no sum"},
    {"n - loss", "2: a number and a percentage have no difference"},
    {"rtt * rtt + rtt", "10: no quantity and a duration have no sum"},
    {"rtt / (n - 3)", "4: a division by zero"},
    {"rtt * rtt * rtt * rtt * rtt", "22: too large a number"},
    {"99999999999999999999", "0: too large a number"},
    {"18446744073709551615 * 18446744073709551615 * 18446744073709551615", "21: too large a number"},
    {"(((((((((((((((((n)))))))))))))))))", "16: too many parentheses inside of each other: at most 16"},
    {"rtt - 41ms", "the result is negative"},
    {"rtt / 3", "the result is no whole number of ns"},
    {"mtu / 7", "the result is no whole number of B"},
    {"rtt * rtt",
     "the result is no quantity: its units are none of a duration, a rate, a size, a number of packets, a "
     "length or a speed"},
    {"1 / 3", "the result has no exact text: it has more than nine decimals"},
    {"18446744073709551615s", "the result is too large"},
};

static void evaluate(const char *text, char *out, size_t size)
{
    expression_value value;
    expression_fault fault;
    char written[EXPRESSION_TEXT_MAX];
    char message[EXPRESSION_MESSAGE_MAX];
    if (!expression_evaluate(text, strlen(text), look_up, NULL, &value, &fault))
        (void)snprintf(out, size, "%zu: %s", fault.offset, fault.message);
    else
        (void)snprintf(out, size, "%s", expression_write(&value, written, message) ? written : message);
}

static void test_cases(void)
{
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        char got[EXPRESSION_MESSAGE_MAX + 32];
        evaluate(CASES[i].text, got, sizeof got);
        CHECK_STRING(got, CASES[i].wanted, "of %s", CASES[i].text);
    }
}

/* Sums and products of random operands against integers of 64 bits: each way of writing one value gives it.
 */
static void test_random(void)
{
    uint64_t state = 1;
    for (int i = 0; i < 2000; i++) {
        const uint64_t a = check_random(&state) % 100000, b = check_random(&state) % 1000;
        const uint64_t c = check_random(&state) % 1000 + 1;
        char text[160], got[EXPRESSION_MESSAGE_MAX + 32], wanted[EXPRESSION_MESSAGE_MAX + 32];
        (void)snprintf(text, sizeof text, "%lluus * %llu + %lluns * 1000 / %llu * %llu",
                       (unsigned long long)a, (unsigned long long)b, (unsigned long long)b,
                       (unsigned long long)c, (unsigned long long)c);
        evaluate(text, got, sizeof got);
        (void)snprintf(text, sizeof text, "%lluus", (unsigned long long)(a * b + b));
        evaluate(text, wanted, sizeof wanted);
        CHECK_STRING(got, wanted, "of %s", text);
    }
}

static void test_length(void)
{
    char text[EXPRESSION_BYTES_MAX + 2];
    char got[EXPRESSION_MESSAGE_MAX + 32];
    memset(text, ' ', sizeof text);
    text[0] = '7';
    text[EXPRESSION_BYTES_MAX] = '\0';
    evaluate(text, got, sizeof got);
    CHECK_STRING(got, "7");
    text[EXPRESSION_BYTES_MAX] = ' ';
    text[EXPRESSION_BYTES_MAX + 1] = '\0';
    evaluate(text, got, sizeof got);
    CHECK_STRING(got, "0: too long: at most 512 bytes");
}

static const check_test TESTS[] = {
    {"cases", test_cases}, {"random values", test_random}, {"length", test_length}};
CHECK_MAIN("expressions", TESTS)
