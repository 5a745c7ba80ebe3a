# SPDX-License-Identifier: GPL-2.0-or-later

# Empirical distribution functions. A curve that ends below 1 has migrations that were never validated.
eval legend_at
set lmargin 9
set rmargin 4
set xlabel 'validation time (ms)'
set ylabel 'share of migrations validated within that time'
set yrange [0:1.0]
set ytics 0.1
if (logarithmic) {
    set logscale x
    set xrange [time_ms_low:time_ms_high]
    eval 'set xtics ('.time_ms_tics.')'
} else {
    set xrange [0:most_ms * 1.05]
}
# A time of 0, which a logarithmic axis has not, stands at its left end.
shown(ms) = logarithmic && ms < time_ms_low ? time_ms_low : ms
plot for [i=1:curve_count] name.'.tsv' skip 1 using ($1 == i ? shown($3) : NaN):4 with steps linetype i linewidth 1.6 title curve[i]
