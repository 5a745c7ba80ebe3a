# SPDX-License-Identifier: GPL-2.0-or-later

# Empirical distribution functions. A curve that ends below 1 has rebinds whose address was never validated.
eval legend_at
set lmargin 9
set rmargin 4
set xlabel 'time from the first packet of the new address to its validation (ms)'
set ylabel 'share of rebinds validated within that time'
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
