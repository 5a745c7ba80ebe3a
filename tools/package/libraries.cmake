# SPDX-License-Identifier: GPL-2.0-or-later
# What others link: libroam.so and libroam_live.so, made of the objects of the static libraries, with ngtcp2 and wolfSSL
# inside; their headers, a pkg-config file each and a CMake package. Included by CMakeLists.txt.

# <roam.h> and <roam/roam.h>, whichever of the two folders is searched; for a sub-project too. C++ may include these.
set(HEADER_TEXT [[
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifdef __cplusplus
extern "C" {
#endif
#include "@header@"
#ifdef __cplusplus
}
#endif
]])
foreach(header core/roam.h core/roam_adapter.h core/roam_membership.h core/roam_preferred.h core/roam_qlog.h core/roam_quic.h core/roam_shared.h core/live/live.h)
  get_filename_component(name ${header} NAME)
  file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/include/roam/${name} CONTENT "${HEADER_TEXT}" @ONLY)
endforeach()
# For adapters of other QUIC libraries: it includes nothing of roam.
configure_file(sim/endpoint/roam_endpoint.h ${PROJECT_BINARY_DIR}/include/roam/roam_endpoint.h COPYONLY)
target_include_directories(roam INTERFACE ${PROJECT_BINARY_DIR}/include ${PROJECT_BINARY_DIR}/include/roam)
if(NOT ROAM_INSTALL)
  return()
endif()

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# A header keeps its place under this folder, so that "core/roam.h" is found by those that include it.
set(ROAM_HEADERS ${CMAKE_INSTALL_INCLUDEDIR}/roam)
set(CORE_HEADERS core/roam.h core/roam_adapter.h core/roam_membership.h core/roam_preferred.h core/roam_qlog.h core/roam_quic.h core/roam_shared.h)
# live.h, keys of files, addresses as text, dialling by name, triggers, the control socket; and what these include.
set(LIVE_HEADERS live keys address dialer resolve network netlink control request transfer)
list(TRANSFORM LIVE_HEADERS PREPEND core/live/)
list(TRANSFORM LIVE_HEADERS APPEND .h)

# roam_shared_library(TARGET STATIC PREFIX HEADERS): a shared library of the objects of the static one, that exports what its
# headers declare and nothing else.
function(roam_shared_library target static prefix headers)
  set(exports ${PROJECT_BINARY_DIR}/${target}.exports)
  add_custom_command(OUTPUT ${exports} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
    COMMAND ${CMAKE_COMMAND} "-DHEADERS=${headers}" -DPREFIX=${prefix} -DOUT=${exports} -P tools/package/exports.cmake
    DEPENDS ${headers} tools/package/exports.cmake VERBATIM)
  add_custom_target(${target}_exports DEPENDS ${exports})
  add_library(${target} SHARED $<TARGET_OBJECTS:${static}>)
  add_dependencies(${target} ${target}_exports)
  set_target_properties(${target} PROPERTIES LINKER_LANGUAGE C OUTPUT_NAME ${static} LINK_DEPENDS ${exports}
    VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR} INSTALL_RPATH $ORIGIN)
  target_link_options(${target} PRIVATE -Wl,--version-script=${exports} -Wl,--exclude-libs,ALL -Wl,-z,defs)
  target_include_directories(${target} INTERFACE $<INSTALL_INTERFACE:${ROAM_HEADERS}>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  install(TARGETS ${target} EXPORT roam LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
  foreach(header ${headers})
    get_filename_component(folder ${header} DIRECTORY)
    install(FILES ${header} DESTINATION ${ROAM_HEADERS}/${folder})
  endforeach()
endfunction()

# roam_pkg_config(NAME DESCRIPTION LIBRARY REQUIRES)
function(roam_pkg_config name description library requires)
  set(folder ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
  file(RELATIVE_PATH up ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
  string(REGEX REPLACE "/$" "" up ${up})
  configure_file(tools/package/library.pc.in ${PROJECT_BINARY_DIR}/${name}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/${name}.pc DESTINATION ${folder})
endfunction()

roam_shared_library(roam_shared roam roam_ "${CORE_HEADERS}")
target_link_libraries(roam_shared PRIVATE roam_flags ${ROAM_LIBRARIES})
set_target_properties(roam_shared PROPERTIES EXPORT_NAME roam)
roam_shared_library(roam_live_shared roam_live live_ "${LIVE_HEADERS}")
# The small modules of core/ that live/ uses are no part of roam.h: libroam_live has them itself, from the archive.
target_link_libraries(roam_live_shared PUBLIC roam_shared PRIVATE roam_flags PkgConfig::UV PkgConfig::MNL Threads::Threads roam)
set_target_properties(roam_live_shared PROPERTIES EXPORT_NAME live)

install(DIRECTORY ${PROJECT_BINARY_DIR}/include/roam/ DESTINATION ${ROAM_HEADERS})
roam_pkg_config(roam "QUIC connections that migrate, without I/O" roam "")
roam_pkg_config(roam-live "QUIC connections that migrate, on Linux sockets" roam_live "roam = ${PROJECT_VERSION}")

set(ROAM_PACKAGE ${CMAKE_INSTALL_LIBDIR}/cmake/roam)
install(EXPORT roam NAMESPACE roam:: FILE roam-config.cmake DESTINATION ${ROAM_PACKAGE})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/roam-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/roam-config-version.cmake DESTINATION ${ROAM_PACKAGE})

# The licences of all that is inside.
install(FILES LICENSE ${ROAM_DEPS}/provenance.txt DESTINATION ${CMAKE_INSTALL_DOCDIR})
foreach(library ngtcp2 wolfssl)
  file(GLOB source ${ROAM_DEPS}/src/${library}-*)
  install(FILES ${source}/COPYING DESTINATION ${CMAKE_INSTALL_DOCDIR}/${library})
endforeach()
