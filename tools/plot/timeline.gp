# SPDX-License-Identifier: GPL-2.0-or-later

# Three panels over one time axis; letters above mark events, which are told below.
unset title
event_rows = (event_count + 2) / 3
foot = (92.0 + 18 * event_rows) / height
head = 106.0 / height
step = (1.0 - foot - head) / 3
set multiplot
set label 2 title at screen 0.5,screen 1.0 - 20.0 / height center font sprintf(',%g', large)
do for [e=1:event_count] {
    set label 100 + e event[e] at screen 0.03 + 0.325 * ((e - 1) / event_rows),screen (36.0 + 18 * (event_rows - 1 - (e - 1) % event_rows)) / height left font sprintf(',%g', small)
}
do for [m=1:mark_count] {
    set label 200 + m mark[m] at first mark_at[m],screen 1.0 - 78.0 / height center font sprintf(',%g', small)
    set arrow 200 + m from first mark_at[m],screen 1.0 - 86.0 / height to first mark_of[m],graph 1 nohead linecolor rgb '#707070' linewidth 0.6
}
if (gap_text ne '') {
    set label 3 'grey: '.gap_text at screen 0.09,screen 1.0 - 58.0 / height left font sprintf(',%g', small)
}
if (parts_text ne '') {
    set label 4 parts_text at screen 0.09,screen 1.0 - 40.0 / height left font sprintf(',%g', small)
}
do for [e=1:event_count] {
    set arrow 100 + e from first event_at[e],graph 0 to first event_at[e],graph 1 nohead linecolor rgb '#707070' linewidth 0.6 dashtype (3,3) back
}
if (gap_text ne '') {
    set object 1 rectangle from first gap_from_s,graph 0 to first gap_to_s,graph 1 fillcolor rgb '#e4e4e4' fillstyle solid 1 noborder behind
}
set lmargin at screen 0.09
set rmargin at screen 0.975
set xrange [from_s:to_s]
set yrange [0:*]
set offsets 0, 0, graph 0.04, 0
set xtics format ''
do for [p=1:3] {
    if (p == 2) {
        unset label
        do for [m=1:mark_count] {
            unset arrow 200 + m
        }
    }
    set tmargin at screen 1.0 - head - step * (p - 1)
    set bmargin at screen 1.0 - head - step * p + 32.0 / height
    set key at screen 0.975,screen 1.0 - head - step * (p - 1) + (p == 1 ? 58.0 : 26.0) / height horizontal right samplen 3
    if (p == 1) {
        set ylabel 'SRTT (ms)'
        plot name.'.tsv' skip 1 using 2:(strcol(1) eq 'path-old' ? $3 : NaN) with steps linetype 1 linewidth 1.6 title 'old path', \
             name.'.tsv' skip 1 using 2:(strcol(1) eq 'path-new' ? $3 : NaN) with steps linetype 2 linewidth 1.6 title 'new path'
    }
    if (p == 2) {
        set ylabel 'congestion window (kB)'
        plot name.'.tsv' skip 1 using 2:(strcol(1) eq 'path-old' ? $4 : NaN) with steps linetype 1 linewidth 1.6 title 'old path', \
             name.'.tsv' skip 1 using 2:(strcol(1) eq 'path-new' ? $4 : NaN) with steps linetype 2 linewidth 1.6 title 'new path'
    }
    if (p == 3) {
        set ylabel 'goodput (Mbit/s)'
        set xlabel 'time since the start of the run (s)'
        set xtics format '%g'
        plot name.'.tsv' skip 1 using 2:(strcol(1) eq 'goodput-up' ? $5 : NaN) with steps linetype 3 dashtype 1 linewidth 1.4 title up_text, \
             name.'.tsv' skip 1 using 2:(strcol(1) eq 'goodput-down' ? $5 : NaN) with steps linetype 4 linewidth 1.4 title down_text
    }
}
unset multiplot
