# SPDX-License-Identifier: GPL-2.0-or-later

# One panel a series, one line a percentile.
unset title
unset label 1
set label 1 caption at screen 0.015,screen 12.0 / height font sprintf(',%g', small) textcolor rgb '#505050'
foot = (build_count > 8 ? 190.0 : 90.0) / height
head = 52.0 / height
step = (1.0 - foot - head) / panel_count
set multiplot title title font sprintf(',%g', large)
set lmargin at screen 0.1
set rmargin at screen 0.97
set xrange [0.5:build_count + 0.5]
set datafile missing NaN
bounded(k, p) = $1 == p && valid(3 * k + 4) && valid(3 * k + 5) && valid(3 * k + 6)
array percentile[3] = ['50 %', '90 %', '99 %']
do for [p=1:panel_count] {
    if (p == 2) {
        unset label 1
    }
    set tmargin at screen 1.0 - head - step * (p - 1) - 22.0 / height
    set bmargin at screen 1.0 - head - step * p + 8.0 / height
    set label 2 panel[p] at graph 0,graph 1 left offset 0,0.7 
    set ylabel axis
    set yrange [0:*]
    set y2range [0:1]
    set offsets 0, 0, graph 0.08, 0
    unset key
    set xtics 1 format '' norotate
    if (build_count > 8) {
        set xtics rotate by 90 right
    }
    if (p == panel_count) {
        set key at screen 0.97,screen 1.0 - head + 16.0 / height horizontal right samplen 3
        do for [b=1:build_count] {
            set xtics add (word(build[b], 1).(build_count > 8 ? ' ' : "\n").word(build[b], 2) b)
        }
    }
    # gnuplot refuses a curve without points: what is not to be seen lies below the axis. The constant, too small to
    # see, gives the axis a range when no percentile was reached.
    plot 0.001 with lines linewidth 0 notitle, \
         for [k=1:3] name.'.tsv' skip 1 using ($3 + 0.07 * (k - 2)):(word(lines, 3 * (p - 1) + k) eq '0' ? -1 : $1 == p ? column(3 * k + 4) : NaN) with lines linetype k linewidth 1 notitle, \
         for [k=1:3] name.'.tsv' skip 1 using ($3 + 0.07 * (k - 2)):(bounded(k, p) ? column(3 * k + 4) : -1):(bounded(k, p) ? column(3 * k + 5) : -1):(bounded(k, p) ? column(3 * k + 6) : -1) with yerrorbars linetype k dashtype 1 linewidth 1 pointsize 0 notitle, \
         for [k=1:3] name.'.tsv' skip 1 using ($3 + 0.07 * (k - 2)):($1 == p && valid(3 * k + 4) ? column(3 * k + 4) : -1) with points linetype k pointsize 0.8 title percentile[k], \
         for [k=1:3] name.'.tsv' skip 1 using ($3 + 0.07 * (k - 2)):($1 == p && strcol(3 * k + 4) eq 'never' ? 0.97 : -1) axes x1y2 with points linetype k pointtype 8 pointsize 1 notitle
}
unset multiplot
