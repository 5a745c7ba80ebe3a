/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * L'Ecuyer's MRG32k3a with the streams and sub-streams of ns3::RngStream, of which it gives the same
 * sequence: in integers, with the powers of its matrices made by the compiler. ns-3 makes those of every
 * process anew: 41 million instructions.
 */
#ifndef SIM_NS3_RANDOM_HH
#define SIM_NS3_RANDOM_HH

#include <array>
#include <cstddef>
#include <cstdint>

namespace n3 {

using Triple = std::array<uint64_t, 3>;
using Matrix = std::array<Triple, 3>;

/* Of three numbers below the modulus, the oldest first: the next is second * [1] + newest * [2] - oldest *
 * [0]. */
struct Recurrence {
    uint64_t modulus, oldest, second, newest;
};

constexpr Recurrence RECURRENCES[2] = {{4294967087, 810728, 1403580, 0}, {4294944443, 1370589, 0, 527612}};

constexpr Matrix squared(const Matrix &of, uint64_t modulus)
{
    Matrix out{};
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < 3; j++)
            for (size_t k = 0; k < 3; k++)
                out[i][j] = (out[i][j] + of[i][k] * of[k][j] % modulus) % modulus;
    return out;
}

/* Two streams are 2^127 steps apart, two sub-streams 2^76; a number has 64 bits. */
enum : size_t {
    SUBSTREAM_BITS = 76,
    STREAM_BITS = 127,
    NUMBER_BITS = 64,
    POWERS = STREAM_BITS + NUMBER_BITS
};

/* [n]: 2^n steps at once. */
constexpr std::array<Matrix, POWERS> powers_of(const Recurrence &of)
{
    std::array<Matrix, POWERS> out{};
    out[0] = {{{0, 1, 0}, {0, 0, 1}, {of.modulus - of.oldest, of.second, of.newest}}};
    for (size_t i = 1; i < POWERS; i++)
        out[i] = squared(out[i - 1], of.modulus);
    return out;
}

constexpr std::array<Matrix, POWERS> LEAPS[2] = {powers_of(RECURRENCES[0]), powers_of(RECURRENCES[1])};

class RandomStream {
  public:
    RandomStream(uint32_t seed, uint64_t stream, uint64_t substream)
    {
        for (size_t part = 0; part < 2; part++) {
            state[part].fill(seed);
            leap(part, stream, STREAM_BITS);
            leap(part, substream, SUBSTREAM_BITS);
        }
    }

    /* In (0, 1). */
    double RandU01()
    {
        constexpr double NORM = 2.328306549295727688e-10;
        const uint64_t first = step(0), second = step(1);
        const uint64_t mixed = first > second ? first - second : first + RECURRENCES[0].modulus - second;
        return static_cast<double>(mixed) * NORM;
    }

  private:
    uint64_t step(size_t part)
    {
        const Recurrence &of = RECURRENCES[part];
        Triple &at = state[part];
        const uint64_t next =
            (of.oldest * (of.modulus - at[0]) + of.second * at[1] + of.newest * at[2]) % of.modulus;
        at = {at[1], at[2], next};
        return next;
    }

    void leap(size_t part, uint64_t count, size_t bits)
    {
        const uint64_t modulus = RECURRENCES[part].modulus;
        for (; count != 0; count >>= 1, bits++) {
            if ((count & 1) == 0)
                continue;
            const Matrix &by = LEAPS[part][bits];
            Triple moved{};
            for (size_t i = 0; i < 3; i++)
                for (size_t j = 0; j < 3; j++)
                    moved[i] = (moved[i] + by[i][j] * state[part][j] % modulus) % modulus;
            state[part] = moved;
        }
    }

    Triple state[2];
};

} // namespace n3

#endif
