# SPDX-License-Identifier: GPL-2.0-or-later
# cmake -DHEADERS=FILE;... -DPREFIX=PREFIX -DOUT=FILE -P exports.cmake: the version script of a shared library that exports
# the functions with the prefix that the headers declare.
set(names "")
foreach(header ${HEADERS})
  file(READ ${header} text)
  string(REGEX REPLACE "/\\*([^*]|\\*+[^*/])*\\*+/" "" text "${text}")
  string(REGEX MATCHALL "[ *]${PREFIX}[a-z0-9_]+\\(" found "${text}")
  list(APPEND names ${found})
endforeach()
list(TRANSFORM names REPLACE "^.(.*).$" "\\1")
list(SORT names)
list(REMOVE_DUPLICATES names)
list(JOIN names ";\n    " names)
file(WRITE ${OUT} "{\nglobal:\n    ${names};\nlocal:\n    *;\n};\n")
