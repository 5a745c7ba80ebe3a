# SPDX-License-Identifier: GPL-2.0-or-later
# Draws wifi-to-cellular from wifi-to-cellular.tsv: run `gnuplot wifi-to-cellular.gp` in this directory.
# Made by: roam plot timeline --run results/runs/move -o results/figures/wifi-to-cellular --format svg --force

name = 'wifi-to-cellular'
title = 'laptop: wifi -> cellular, in wifi-to-cellular'
caption = 'n = 1 run, seed 1; path statistics of laptop, by its qlog; goodput in bins of 100 ms'
formats = 'svg'
event_count = 9
array event[9] = ['a  5.000 s  detach laptop, wifi', 'b  5.200 s  attach laptop, cellular', 'c  5.200 s  migration requested', 'd  5.200 s  challenge sent', 'e  5.237 s  challenge reaches the peer', 'f  5.237 s  first payload over the new path, up', 'g  5.273 s  migration done', 'h  5.275 s  first payload over the new path, down', 'i  5.310 s  peer has validated the new address']
array event_at[9] = [5.000000, 5.200000, 5.200000, 5.200000, 5.236501, 5.237483, 5.273002, 5.274967, 5.310485]
mark_count = 5
array mark[5] = ['a', 'bcd', 'ef', 'gh', 'i']
array mark_at[5] = [5.000000, 5.200000, 5.296388, 5.378172, 5.445352]
array mark_of[5] = [5.000000, 5.200000, 5.236501, 5.273002, 5.310485]
gap_from_s = 4.9966972
gap_to_s = 5.25496685
gap_text = 'longest gap, 258 ms, server -> laptop'
parts_text = 'validation, 73.002 ms: 36.501 ms to the peer, 36.501 ms back'
width = 900
height = 750
from_s = 4.2
to_s = 7.3
up_text = 'laptop -> server'
down_text = 'server -> laptop'

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
    unset output
}
