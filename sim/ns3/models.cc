/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/ns3/models.hh"

#include <climits>
#include <dlfcn.h>
#include <stdexcept>
#include <unistd.h>

namespace n3 {

#define OBJECT "ns3-models.so"

/* Of the program; with a slash at its end. */
static std::string folder()
{
    char path[PATH_MAX];
    const ssize_t length = readlink("/proc/self/exe", path, sizeof path);
    const std::string program(path, length < 0 ? 0 : static_cast<size_t>(length));
    return program.substr(0, program.rfind('/') + 1);
}

static const Models *load()
{
    std::string path = folder() + OBJECT;
    if (access(path.c_str(), F_OK) != 0)
        path = folder() + "../lib/roam/" OBJECT;
    void *const object = dlopen(path.c_str(), RTLD_LAZY | RTLD_LOCAL);
    const void *const table = object == nullptr ? nullptr : dlsym(object, N3_MODELS_SYMBOL);
    if (table == nullptr)
        throw std::runtime_error(std::string("ns-3's own models cannot be loaded: ") + dlerror());
    return static_cast<const Models *>(table);
}

const Models &models()
{
    static const Models *const loaded = load();
    return *loaded;
}

} // namespace n3
