# SPDX-License-Identifier: GPL-2.0-or-later
# The program of tools/build fast: link-time optimisation over ngtcp2 and all of ours, by a profile of runs of scenarios.
# Included by CMakeLists.txt before any target. ROAM_FAST says which of the two builds this is, both in one directory: the
# first counts, and each of its runs leaves what it counted beside the objects; the second finds it there.
#
# wolfSSL stays as tools/setup has built it: what a datagram costs of it is assembler.
set(CMAKE_AR ${CMAKE_C_COMPILER_AR}) # knows the intermediate language
set(CMAKE_RANLIB ${CMAKE_C_COMPILER_RANLIB})
set(FAST_OPTIONS -flto=auto -fno-fat-lto-objects)
if(ROAM_FAST STREQUAL "counting")
  list(APPEND FAST_OPTIONS -fprofile-generate -fprofile-update=single)
elseif(ROAM_FAST STREQUAL "counted")
  list(APPEND FAST_OPTIONS -fprofile-use)
else()
  message(FATAL_ERROR "ROAM_FAST is '${ROAM_FAST}', not counting or counted")
endif()
# -w: warnings are of the release preset; what is inlined gives others, and a file that no run has used has no profile.
add_compile_options(${FAST_OPTIONS} -w)
add_link_options(${FAST_OPTIONS} -w)

# In the place of the archives of tools/setup: ngtcp2's sources with our flags.
file(GLOB NGTCP2_SOURCES ${NGTCP2_SOURCE}/lib/*.c)
add_library(roam_ngtcp2 STATIC ${NGTCP2_SOURCES} ${NGTCP2_SOURCE}/crypto/shared.c ${NGTCP2_SOURCE}/crypto/wolfssl/wolfssl.c)
set_target_properties(roam_ngtcp2 PROPERTIES C_EXTENSIONS ON POSITION_INDEPENDENT_CODE ON)
target_compile_definitions(roam_ngtcp2 PRIVATE ${NGTCP2_DEFINITIONS})
target_compile_options(roam_ngtcp2 PRIVATE -fno-semantic-interposition)
target_include_directories(roam_ngtcp2 PRIVATE ${NGTCP2_SOURCE}/lib ${NGTCP2_SOURCE}/crypto ${ROAM_DEPS}/include)
set(ROAM_LIBRARIES roam_ngtcp2 ${ROAM_DEPS}/lib/libwolfssl.a m)
