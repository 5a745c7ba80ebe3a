# SPDX-License-Identifier: GPL-2.0-or-later
# cmake -DSOURCE=DIR -DOUT=FILE -DROAM=V -DNGTCP2=V -DWOLFSSL=V -DNS3=V -DWITH=NAME\ V;... -DCOMPILER=V -DFLAGS=V -DLIBRARIES=FILE
# -P build_id.cmake: writes the C file that says what is being built. It is left alone when it says so already, so that
# nothing is built again.
set(commit "")
set(committed 0)
set(modified false)
set(diff "")
set(parts core sim tools CMakeLists.txt)

# What no commit has: changes of files that git tracks, and files that it does not track yet but that are built.
function(find_changes)
  execute_process(COMMAND ${GIT_EXECUTABLE} -C ${SOURCE} diff --no-color --no-ext-diff HEAD -- ${parts}
    OUTPUT_VARIABLE changes ERROR_QUIET)
  execute_process(COMMAND ${GIT_EXECUTABLE} -C ${SOURCE} ls-files --others --exclude-standard -- ${parts}
    OUTPUT_VARIABLE names ERROR_QUIET)
  string(REGEX MATCHALL "[^\n]+" names "${names}")
  foreach(name ${names})
    execute_process(COMMAND ${GIT_EXECUTABLE} -C ${SOURCE} diff --no-color --no-ext-diff --no-index -- /dev/null ${name}
      OUTPUT_VARIABLE added ERROR_QUIET)
    string(APPEND changes "${added}")
  endforeach()
  set(diff "${changes}" PARENT_SCOPE)
endfunction()

# As a string constant of C.
function(quote text out)
  string(REPLACE "\\" "\\\\" text "${text}")
  string(REPLACE "\"" "\\\"" text "${text}")
  string(REPLACE "\n" "\\n\"\n    \"" text "${text}")
  set(${out} "\"${text}\"" PARENT_SCOPE)
endfunction()

find_package(Git QUIET)
if(Git_FOUND)
  execute_process(COMMAND ${GIT_EXECUTABLE} -C ${SOURCE} log -1 --format=%H\ %ct
    OUTPUT_VARIABLE last OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
  if(NOT failed AND last MATCHES "^([0-9a-f]+) ([0-9]+)$")
    set(commit ${CMAKE_MATCH_1})
    set(committed ${CMAKE_MATCH_2})
    find_changes()
  endif()
endif()
# Two modified trees of one commit are two builds.
if(NOT diff STREQUAL "")
  set(modified true)
  string(SHA256 hash "${diff}")
  string(SUBSTRING ${hash} 0 12 hash)
  string(APPEND ROAM "+${hash}")
endif()
set(libraries "")
if(EXISTS "${LIBRARIES}")
  file(READ "${LIBRARIES}" libraries)
endif()
# "SQLite 3.40.1;...", a line each.
set(with "")
foreach(library ${WITH})
  string(REGEX MATCH "^([^ ]+) (.*)$" matched "${library}")
  string(APPEND with "  ${CMAKE_MATCH_1}")
  string(LENGTH "${CMAKE_MATCH_1}" length)
  math(EXPR blanks "10 - ${length}")
  string(REPEAT " " ${blanks} blanks)
  string(APPEND with "${blanks}${CMAKE_MATCH_2}\n")
endforeach()
foreach(name diff COMPILER FLAGS libraries with)
  quote("${${name}}" ${name})
endforeach()
set(text "/* SPDX-License-Identifier: GPL-2.0-or-later */
#include \"tools/cli/build_id.h\"

const build_id BUILD_ID = {.commit = \"${commit}\",
                              .committed_s = ${committed},
                              .modified = ${modified},
                              .roam = \"${ROAM}\",
                              .ngtcp2 = \"${NGTCP2}\",
                              .wolfssl = \"${WOLFSSL}\",
                              .ns3 = \"${NS3}\"};

const char BUILD_WITH[] =
    ${with};
const char BUILD_COMPILER[] = ${COMPILER};
const char BUILD_FLAGS[] = ${FLAGS};
const char BUILD_LIBRARIES[] =
    ${libraries};
const char BUILD_DIFF[] =
    ${diff};
")
set(before "")
if(EXISTS ${OUT})
  file(READ ${OUT} before)
endif()
if(NOT text STREQUAL before)
  file(WRITE ${OUT} "${text}")
endif()
