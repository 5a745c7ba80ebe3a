/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A shared object that is no adapter. */
int no_symbol_of_an_adapter(void);

int no_symbol_of_an_adapter(void)
{
    return 1;
}
