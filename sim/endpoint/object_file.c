/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/endpoint/object_file.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool read_at(int file, uint64_t offset, void *bytes, size_t len)
{
    return offset <= INT64_MAX && pread(file, bytes, len, (off_t)offset) == (ssize_t)len;
}

/* Only the class of this machine is looked into; the dynamic linker refuses others by itself. */
static const char *segments_missing(int file, uint64_t size)
{
    static const char cut[] = "the file is cut short: it does not hold all of its segments";
    Elf64_Ehdr head;
    if (!read_at(file, 0, &head, sizeof head))
        return cut;
    if (head.e_ident[EI_CLASS] != ELFCLASS64 || head.e_phentsize != sizeof(Elf64_Phdr))
        return NULL;
    for (uint64_t i = 0; i < head.e_phnum; i++) {
        Elf64_Phdr segment;
        if (head.e_phoff > size ||
            !read_at(file, head.e_phoff + i * sizeof segment, &segment, sizeof segment))
            return cut;
        if (segment.p_filesz > size || segment.p_offset > size - segment.p_filesz)
            return cut;
    }
    return NULL;
}

static const char *look(const char *path)
{
    struct stat status;
    if (stat(path, &status) != 0)
        return strerror(errno);
    if (S_ISDIR(status.st_mode))
        return "not a shared object: it is a directory";
    if (!S_ISREG(status.st_mode))
        return "not a shared object: it is no regular file";
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return strerror(errno);
    char magic[SELFMAG];
    const char *why = NULL;
    if (!read_at(file, 0, magic, sizeof magic) || memcmp(magic, ELFMAG, SELFMAG) != 0)
        why = "not a shared object: it does not begin as an ELF file";
    else
        why = segments_missing(file, (uint64_t)status.st_size);
    (void)close(file);
    return why;
}

bool object_file_check(const char *path, char *text, size_t text_size)
{
    const char *const why = look(path);
    if (why)
        (void)snprintf(text, text_size, "%s: %s", path, why);
    return !why;
}
