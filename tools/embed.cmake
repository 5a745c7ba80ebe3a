# SPDX-License-Identifier: GPL-2.0-or-later
# cmake -DOUT=FILE -DHEADER=FILE -DFILES=NAME=PATH;... -P embed.cmake: a C file with each file as a string constant, as
# the header declares them.
set(text "/* SPDX-License-Identifier: GPL-2.0-or-later */\n#include \"${HEADER}\"\n")
foreach(pair ${FILES})
  string(REGEX MATCH "^([A-Z_]+)=(.*)$" matched "${pair}")
  set(name ${CMAKE_MATCH_1})
  file(READ "${CMAKE_MATCH_2}" content)
  string(REPLACE "\\" "\\\\" content "${content}")
  string(REPLACE "\"" "\\\"" content "${content}")
  string(REPLACE "\n" "\\n\"\n    \"" content "${content}")
  string(APPEND text "\nconst char ${name}[] =\n    \"${content}\";\n")
endforeach()
file(WRITE ${OUT} "${text}")
