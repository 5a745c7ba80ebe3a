# SPDX-License-Identifier: GPL-2.0-or-later
# cmake -DOUT=FILE -DGUARD=NAME -DFILES=NAME=PATH;... -P embed.cmake: a C header with each file as a string constant.
set(text "/* SPDX-License-Identifier: GPL-2.0-or-later */\n#ifndef ${GUARD}\n#define ${GUARD}\n\n")
foreach(pair ${FILES})
  string(REGEX MATCH "^([A-Z_]+)=(.*)$" matched "${pair}")
  set(name ${CMAKE_MATCH_1})
  file(READ "${CMAKE_MATCH_2}" content)
  string(REPLACE "\\" "\\\\" content "${content}")
  string(REPLACE "\"" "\\\"" content "${content}")
  string(REPLACE "\n" "\\n\"\n    \"" content "${content}")
  string(APPEND text "static const char ${name}[] =\n    \"${content}\";\n\n")
endforeach()
string(APPEND text "#endif\n")
file(WRITE ${OUT} "${text}")
