# SPDX-License-Identifier: GPL-2.0-or-later
# cmake -DSOURCE=DIR -DOUT=FILE -DROAM=V -DNGTCP2=V -DWOLFSSL=V -DNS3=V -P build_id.cmake: writes the C file that says
# what is being built. It is left alone when it says so already, so that nothing is built again.
set(commit "")
set(committed 0)
set(modified false)
find_package(Git QUIET)
if(Git_FOUND)
  execute_process(COMMAND ${GIT_EXECUTABLE} -C ${SOURCE} log -1 --format=%H\ %ct
    OUTPUT_VARIABLE last OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
  if(NOT failed AND last MATCHES "^([0-9a-f]+) ([0-9]+)$")
    set(commit ${CMAKE_MATCH_1})
    set(committed ${CMAKE_MATCH_2})
    execute_process(COMMAND ${GIT_EXECUTABLE} -C ${SOURCE} status --porcelain --untracked-files=no
      -- core sim tools CMakeLists.txt OUTPUT_VARIABLE changes ERROR_QUIET)
    if(NOT changes STREQUAL "")
      set(modified true)
    endif()
  endif()
endif()
set(text "/* SPDX-License-Identifier: GPL-2.0-or-later */
#include \"tools/build_id.h\"

const store_build BUILD_ID = {.commit = \"${commit}\",
                              .committed_s = ${committed},
                              .modified = ${modified},
                              .roam = \"${ROAM}\",
                              .ngtcp2 = \"${NGTCP2}\",
                              .wolfssl = \"${WOLFSSL}\",
                              .ns3 = \"${NS3}\"};
")
file(CONFIGURE OUTPUT ${OUT} CONTENT "${text}" @ONLY)
