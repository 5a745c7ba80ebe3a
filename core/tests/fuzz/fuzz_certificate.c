/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libFuzzer target: certificates from outside. */
#include <assert.h>

#include "core/tls/identity.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    core_certificate certificate;
    if (core_certificate_read((core_der){data, len}, &certificate) == 0)
        assert(core_name_is_valid(certificate.name));
    return 0;
}
