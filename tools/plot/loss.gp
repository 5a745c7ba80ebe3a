# SPDX-License-Identifier: GPL-2.0-or-later

rows = (series_count + 1) / 2
eval legend_at
set lmargin 9
set rmargin 4
set xrange [0:most_percent * 1.04 + 0.001]
set yrange [0:1.02]
set ytics 0.1
set xlabel loss_axis
set ylabel 'share of migrations that succeed'
plot for [i=1:series_count] name.'.tsv' skip 1 using ($1 == i ? $4 : NaN):7 with lines linetype i linewidth 1 notitle, \
     for [i=1:series_count] name.'.tsv' skip 1 using ($1 == i ? $4 : NaN):7:8:9 with yerrorbars linetype i dashtype 1 linewidth 1 pointsize 0.7 title series[i]
