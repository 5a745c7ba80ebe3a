# SPDX-License-Identifier: GPL-2.0-or-later
# Draws moves from moves.tsv: run `gnuplot moves.gp` in this directory.
# Made by: roam plot moves --db both.db -o results/figures/moves --format svg --force

name = 'moves'
title = 'What it costs to migrate, and to dial anew'
caption = 'n = 480 moves; points: mean, bars: to the 90th percentile; gaps: the longer one of both ways; commit b9db0921cba1'
formats = 'svg'
series_count = 4
array series[4] = ['migrate, loss 0%', 'reconnect, loss 0%', 'migrate, loss 10%', 'reconnect, loss 10%']
colours = '1 2 1 2'
dashes = '1 1 2 2'
rtt_ms_low = 3.84615385
rtt_ms_high = 650
rtt_ms_tics = '5, 10, 20, 50, 100, 200, 500, "" 4 1, "" 6 1, "" 7 1, "" 8 1, "" 9 1, "" 30 1, "" 40 1, "" 60 1, "" 70 1, "" 80 1, "" 90 1, "" 300 1, "" 400 1, "" 600 1'
width = 860
height = 470

do for [format in formats] {

    # The look of all figures. Colours: Okabe and Ito, told apart also without colour by dashes and points.
    reset
    if (format eq 'svg') {
        set terminal svg noenhanced size width,height font 'Helvetica,Arial,sans-serif,13' background '#ffffff' linewidth 1.3
    } else {
        set terminal pngcairo noenhanced size 2*width,2*height font 'sans,10' fontscale 2 linewidth 2.4 pointscale 1.7 background '#ffffff'
    }
    small = format eq 'svg' ? 11 : 8.5
    large = format eq 'svg' ? 16 : 12
    set output sprintf('%s.%s', name, format)
    set encoding utf8
    set datafile separator "\t"
    set linetype 1 linecolor rgb '#0072B2' dashtype 1 pointtype 7
    set linetype 2 linecolor rgb '#D55E00' dashtype (8,3) pointtype 5
    set linetype 3 linecolor rgb '#009E73' dashtype (2,2) pointtype 9
    set linetype 4 linecolor rgb '#CC79A7' dashtype (8,3,2,3) pointtype 13
    set linetype 5 linecolor rgb '#E69F00' dashtype (14,3) pointtype 11
    set linetype 6 linecolor rgb '#56B4E9' dashtype (4,2) pointtype 6
    set linetype 7 linecolor rgb '#000000' dashtype (2,4) pointtype 4
    set linetype 8 linecolor rgb '#7f7f7f' dashtype 1 pointtype 8
    set border 3 back linecolor rgb '#404040'
    set tics nomirror out
    set grid xtics ytics mxtics mytics linetype 1 linecolor rgb '#d8d8d8' linewidth 0.5 dashtype 1, linetype 1 linecolor rgb '#efefef' linewidth 0.4 dashtype 1
    set title title font sprintf(',%g', large) offset 0,0.2
    set label 1 caption at screen 0.015,screen 14.0 / height font sprintf(',%g', small) textcolor rgb '#505050'
    # Room below the axis for rows of the legend and the caption, in pixels of the SVG.
    legend_at = "set bmargin at screen (98.0 + 18 * rows) / height; set key at screen 0.1,screen (30.0 + 18 * rows) / height left top Left reverse vertical maxrows rows samplen 3 width 2"
    set ylabel offset 0.8,0


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
    unset output
}
