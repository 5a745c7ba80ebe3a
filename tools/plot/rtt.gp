# SPDX-License-Identifier: GPL-2.0-or-later

# Each point is a migration, or several with the same figures. Closed form: a PATH_CHALLENGE there and its PATH_RESPONSE
# back. When the first flight is lost the next leaves one PTO of a path without a sample later, 333 + 4 * 166.5 + 25 ms
# with ngtcp2 (RFC 9002 sections 6.2.1, 6.2.2).
rows = (series_count + 3) / 2
eval legend_at
set lmargin 10
set rmargin 4
set logscale xy
set xrange [rtt_ms_low:rtt_ms_high]
set yrange [validation_ms_low:validation_ms_high]
eval 'set xtics ('.rtt_ms_tics.')'
eval 'set ytics ('.validation_ms_tics.')'
set xlabel 'round trip of the new path (ms)'
set ylabel 'path validation time (ms)'
set samples 400
plot x with lines linetype 7 dashtype 1 linewidth 1 title 'closed form: one round trip', \
     (flights ? x + 1024 : NaN) with lines linetype 8 dashtype (6,3) linewidth 1 title (flights ? 'first flight lost: one PTO of 1024 ms more' : ''), \
     for [i=1:series_count] name.'.tsv' skip 1 using ($1 == i ? $3 : NaN):4 with points linetype i pointsize 0.8 title series[i]
