/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/command.h"
#include "tools/plot_figure.h"
int plot_data_timeline(plot_figure *figure, const plot_options *options)
{
    (void)figure;
    (void)options;
    return COMMAND_BROKEN;
}
