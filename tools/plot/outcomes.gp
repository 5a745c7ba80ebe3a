# SPDX-License-Identifier: GPL-2.0-or-later

# A bar is a combination and a connection. Patterns tell the outcomes apart without colour.
rows = 2
eval legend_at
set lmargin at screen (40.0 + 7.3 * label_characters) / width
set tmargin at screen 1.0 - 70.0 / height
unset title
set label 4 title at screen 0.5,screen 1.0 - 22.0 / height center font sprintf(',%g', large)
set rmargin 9
set xrange [0:1]
set yrange [bars + 0.6:0.4]
set xtics 0.25
set xlabel 'share of connections'
unset grid
set grid xtics linetype 1 linecolor rgb '#d8d8d8' linewidth 0.5
set border 1
set ytics scale 0
set label 2 heading at graph 0,graph 1 right offset -1,0.8 font sprintf(',%g', small) textcolor rgb '#505050'
array colour[5] = ['#009E73', '#56B4E9', '#E69F00', '#D55E00', '#000000']
array pattern[5] = [3, 1, 2, 5, 4]
set label 3 'n' at graph 1,graph 1 left offset 1,0.8 font sprintf(',%g', small) textcolor rgb '#505050'
left(c) = c == 1 ? 0 : sum [k=5:3+c] column(k)
plot for [c=1:5] name.'.tsv' skip 1 using (left(c) / $4):1:(left(c) / $4):((left(c) + column(c + 4)) / $4):($1 - 0.36):($1 + 0.36):ytic(10) \
     with boxxyerror fillstyle pattern pattern[c] border linecolor rgb '#303030' linecolor rgb colour[c] linewidth 0.8 dashtype 1 \
     title (word(present, c) eq '1' ? class[c] : ''), \
     name.'.tsv' skip 1 using (1):1:(sprintf('%d', $4)) with labels left offset 1,0 font sprintf(',%g', small) notitle
