# SPDX-License-Identifier: GPL-2.0-or-later
# The program, and its data: the folders of the source tree that it reads, in the same places under share/roam.
install(TARGETS roam_command)
install(TARGETS roam_ns3_models LIBRARY DESTINATION lib/roam)
set(ROAM_DATA ${CMAKE_INSTALL_DATADIR}/roam)
install(DIRECTORY scenarios DESTINATION ${ROAM_DATA})
install(DIRECTORY results/baselines DESTINATION ${ROAM_DATA}/results)
install(DIRECTORY tools/plot DESTINATION ${ROAM_DATA}/tools FILES_MATCHING PATTERN "*.gp" PATTERN tests EXCLUDE)
# The tutorial for authors of adapters, and what it links.
foreach(folder . adapters/roam adapters/ngtcp2-gnutls adapters/quinn)
  install(FILES sim/endpoint/${folder}/README.md DESTINATION ${INSTALLED_TUTORIAL}/${folder})
endforeach()
# Adapters that were built, where the program finds them by name (sim/endpoint/library.h).
file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/endpoints)
install(DIRECTORY ${PROJECT_BINARY_DIR}/endpoints DESTINATION lib/roam FILES_MATCHING PATTERN "*.so")
