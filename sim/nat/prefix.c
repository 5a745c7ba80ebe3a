/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/nat/prefix.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { WORDS = 8, SUBNET_WORD = 3, INTERFACE_WORD = 4, SUBNET_BITS_MAX = 48 };

static uint32_t word_at(const roam_addr *addr, size_t word)
{
    return (uint32_t)addr->bytes[2 * word] << 8 | addr->bytes[2 * word + 1];
}

static void set_word(roam_addr *addr, size_t word, uint32_t value)
{
    addr->bytes[2 * word] = (uint8_t)(value >> 8);
    addr->bytes[2 * word + 1] = (uint8_t)value;
}

/* One's complement addition (RFC 1071). */
static uint32_t add(uint32_t a, uint32_t b)
{
    const uint32_t sum = a + b;
    return (sum & 0xffff) + (sum >> 16);
}

static uint32_t sum_of(const roam_addr *addr)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < WORDS; i++)
        sum = add(sum, word_at(addr, i));
    return sum;
}

static unsigned mask_of(unsigned bits, size_t byte)
{
    if (bits >= 8 * (byte + 1))
        return 0xff;
    return bits <= 8 * byte ? 0 : 0xffu << (8 * (byte + 1) - bits) & 0xffu;
}

bool nat_prefix_has(const roam_addr *prefix, unsigned bits, const roam_addr *addr)
{
    for (size_t i = 0; i < sizeof addr->bytes; i++)
        if ((prefix->bytes[i] ^ addr->bytes[i]) & mask_of(bits, i))
            return false;
    return addr->family == prefix->family;
}

/* The word that makes up for the change of the prefix: the subnet (section 3.4), or the first of the
 * interface identifier that is not 0xffff (section 3.5). 0: there is none. */
static size_t word_of(unsigned bits, const roam_addr *addr)
{
    size_t word = bits <= SUBNET_BITS_MAX ? SUBNET_WORD : INTERFACE_WORD;
    const size_t end = bits <= SUBNET_BITS_MAX ? SUBNET_WORD + 1 : WORDS;
    while (word < end && word_at(addr, word) == 0xffff)
        word++;
    return word < end ? word : 0;
}

static bool translate(const roam_addr *from, const roam_addr *to, unsigned bits, const roam_addr *addr,
                      roam_addr *out)
{
    const size_t word = word_of(bits, addr);
    if (word == 0 || !nat_prefix_has(from, bits, addr))
        return false;
    roam_addr result = *addr;
    for (size_t i = 0; i < sizeof result.bytes; i++)
        result.bytes[i] = (uint8_t)((addr->bytes[i] & ~mask_of(bits, i)) | (to->bytes[i] & mask_of(bits, i)));
    const uint32_t adjusted = add(word_at(addr, word), add(sum_of(from), 0xffff - sum_of(to)));
    set_word(&result, word, adjusted == 0xffff ? 0 : adjusted);
    *out = result;
    return true;
}

bool nat_prefix_out(const nat_prefix *self, const roam_addr *internal, roam_addr *external)
{
    return translate(&self->internal, &self->external, self->bits, internal, external);
}

bool nat_prefix_in(const nat_prefix *self, const roam_addr *external, roam_addr *internal)
{
    return translate(&self->external, &self->internal, self->bits, external, internal);
}
