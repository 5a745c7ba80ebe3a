# SPDX-License-Identifier: GPL-2.0-or-later
# The program, and its data: the folders of the source tree that it reads, in the same places under share/roam.
install(TARGETS roam_command)
install(TARGETS roam_ns3_models LIBRARY DESTINATION lib/roam)
# Manual pages, which the program makes of its own tables, and completions where the shells look for them.
set(MANUAL ${PROJECT_BINARY_DIR}/manual)
add_custom_command(OUTPUT ${MANUAL}/roam.1
  COMMAND ${CMAKE_COMMAND} -E rm -rf ${MANUAL} COMMAND ${CMAKE_COMMAND} -E make_directory ${MANUAL}
  COMMAND roam_command manual --out ${MANUAL} DEPENDS roam_command VERBATIM)
add_custom_target(roam_manual ALL DEPENDS ${MANUAL}/roam.1)
install(DIRECTORY ${MANUAL}/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES tools/shells/roam.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME roam)
install(FILES tools/shells/roam.zsh DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions RENAME _roam)
install(FILES tools/shells/roam.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
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
