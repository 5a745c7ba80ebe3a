# SPDX-License-Identifier: GPL-2.0-or-later

# Two panels over one time axis, and a histogram beside them; grey stands for events of the timeline.
unset title
set multiplot
set label 2 title at screen 0.5,screen 1.0 - 20.0 / height center font sprintf(',%g', large)
do for [b=1:band_count] {
    set object b rectangle from first band_from[b],graph 0 to first band_to[b] + 0.002 * to_s,graph 1 fillcolor rgb '#dcdcdc' fillstyle solid 1 noborder behind
    set label 100 + b band[b] at first band_from[b],graph 1.03 + 0.055 * ((b - 1) % 2) left font sprintf(',%g', small) textcolor rgb '#505050'
}
top = 1.0 - 88.0 / height
middle = 0.53
foot = 92.0 / height
set lmargin at screen 0.07
set rmargin at screen 0.645
set xrange [0:to_s]
set xtics format ''
set tmargin at screen top
set bmargin at screen middle + 8.0 / height
set yrange [0:1.05]
set ylabel 'share in the largest component'
set y2range [0:2<*]
set y2label 'components' offset -1,0
set y2tics nomirror out
set border 11
set key at screen 0.645,screen 1.0 - 42.0 / height horizontal right samplen 3
plot name.'.tsv' skip 1 using 2:(strcol(1) eq 'time' && $3 > 0 ? $5 : NaN) with steps linetype 1 linewidth 1.6 title 'largest component', \
     name.'.tsv' skip 1 using 2:(strcol(1) eq 'time' ? $4 : NaN) axes x1y2 with steps linetype 2 linewidth 1.4 title 'components'
unset label
unset y2tics
unset y2label
set border 3
set tmargin at screen middle - 30.0 / height
set bmargin at screen foot
set yrange [0:1<*]
set ylabel 'changes a second'
set xlabel 'time since the start of the run (s)'
set xtics format '%g'
set key at screen 0.645,screen middle - 8.0 / height
plot name.'.tsv' skip 1 using 2:(strcol(1) eq 'time' ? $6 / each_s : NaN) with steps linetype 3 dashtype 1 linewidth 1.4 title 'peer up', \
     name.'.tsv' skip 1 using 2:(strcol(1) eq 'time' ? $7 / each_s : NaN) with steps linetype 2 linewidth 1.4 title 'peer down'
unset object
set lmargin at screen 0.755
set rmargin at screen 0.975
set tmargin at screen top
set bmargin at screen foot
set xrange [-0.6:degree_max + 0.6]
set xtics 0,degree_step format '%g'
set grid noxtics
set xlabel degree_text
set ylabel 'members'
set boxwidth 0.8
unset key
plot name.'.tsv' skip 1 using 2:(strcol(1) eq 'degree' ? $3 : NaN) with boxes fillstyle solid 0.6 linetype 1 notitle
unset multiplot
