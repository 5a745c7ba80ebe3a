# SPDX-License-Identifier: GPL-2.0-or-later

# Two panels side by side: how long nothing came, and how many messages never did. Colours tell migrating from dialling anew,
# dashes the settings.
unset title
set label 4 title at screen 0.5,screen 1.0 - 20.0 / height center font sprintf(',%g', large)
rows = (series_count + 1) / 2
array line_colour[2] = ['#0072B2', '#D55E00']
array line_point[4] = [7, 5, 6, 4]
colour(i) = line_colour[int(word(colours, i))]
dash(i) = int(word(dashes, i))
pattern(i) = dash(i) == 1 ? 1 : 3
shape(i) = line_point[int(word(colours, i)) + 2 * (dash(i) - 1)]
set tmargin at screen 1.0 - 48.0 / height
set bmargin at screen (98.0 + 18 * rows) / height
set logscale x
set xrange [rtt_ms_low:rtt_ms_high]
eval 'set xtics ('.rtt_ms_tics.')'
set xlabel 'round trip of the new path (ms)'
set multiplot
set lmargin at screen 0.085
set rmargin at screen 0.485
set key at screen 0.1,screen (30.0 + 18 * rows) / height left top Left reverse vertical maxrows rows samplen 4 width 2
set ylabel 'longest time without a message (ms)'
set yrange [0:*]
plot for [i=1:series_count] name.'.tsv' skip 1 using ($1 == i ? $3 : NaN):4 with lines linecolor rgb colour(i) dashtype pattern(i) linewidth 1.3 notitle, \
     for [i=1:series_count] name.'.tsv' skip 1 using ($1 == i ? $3 : NaN):4:4:5 with yerrorbars linecolor rgb colour(i) dashtype 1 linewidth 0.8 pointtype shape(i) pointsize 0.7 title series[i]
unset label 1
unset label 4
unset key
set lmargin at screen 0.575
set rmargin at screen 0.975
set ylabel 'messages lost'
plot for [i=1:series_count] name.'.tsv' skip 1 using ($1 == i ? $3 : NaN):6 with lines linecolor rgb colour(i) dashtype pattern(i) linewidth 1.3 notitle, \
     for [i=1:series_count] name.'.tsv' skip 1 using ($1 == i ? $3 : NaN):6:6:7 with yerrorbars linecolor rgb colour(i) dashtype 1 linewidth 0.8 pointtype shape(i) pointsize 0.7 notitle
unset multiplot
