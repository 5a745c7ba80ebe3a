# SPDX-License-Identifier: GPL-2.0-or-later

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
