dnl SPDX-License-Identifier: ISC
dnl SC_LIB_DB: Berkeley DB 5.3, and no other release, into DB_CFLAGS and
dnl DB_LIBS. --with-db=DIR looks in DIR/include and DIR/lib.
AC_DEFUN([SC_LIB_DB], [
AC_ARG_WITH([db], [AS_HELP_STRING([--with-db=DIR],
    [Berkeley DB 5.3 is installed below DIR])], [], [with_db=yes])
AC_ARG_VAR([DB_CFLAGS], [C compiler flags for Berkeley DB])
AC_ARG_VAR([DB_LIBS], [linker flags for Berkeley DB])
sc_db_ldflags=
AS_CASE([$with_db],
    [yes], [],
    [no], [AC_MSG_ERROR([Berkeley DB is the storage engine: --without-db is not possible])],
    [
        AS_IF([test ! -f "$with_db/include/db.h"],
            [AC_MSG_ERROR([--with-db=$with_db: there is no $with_db/include/db.h])])
        AS_IF([test -z "$DB_CFLAGS"], [DB_CFLAGS="-I$with_db/include"])
        sc_db_ldflags="-L$with_db/lib"
    ])
sc_save_CPPFLAGS=$CPPFLAGS
sc_save_LIBS=$LIBS
CPPFLAGS="$CPPFLAGS $DB_CFLAGS"
AC_CHECK_HEADER([db.h], [], [
    AC_MSG_ERROR([db.h of Berkeley DB 5.3 is missing: install libdb5.3-dev, or name its place with --with-db=DIR])
])
AC_MSG_CHECKING([that db.h is of Berkeley DB 5.3])
AC_PREPROC_IFELSE([AC_LANG_SOURCE([[
#include <db.h>
#if DB_VERSION_MAJOR != 5 || DB_VERSION_MINOR != 3
#error another release
#endif
]])], [AC_MSG_RESULT([yes])], [
    AC_MSG_RESULT([no])
    AC_MSG_ERROR([Stonechat needs Berkeley DB 5.3: later releases (6.x and up) are under the AGPL, earlier ones lack functions that it uses. Name the place of 5.3 with --with-db=DIR])
])
AS_IF([test -z "$DB_LIBS"], [
    for sc_lib in -ldb-5.3 -ldb; do
        LIBS="$sc_db_ldflags $sc_lib $sc_save_LIBS"
        AC_MSG_CHECKING([for Berkeley DB 5.3 in $sc_lib])
        AC_LINK_IFELSE([AC_LANG_PROGRAM([[
#include <db.h>
]], [[
DB_ENV *env;
return db_env_create(&env, 0);
]])], [
            AC_MSG_RESULT([yes])
            DB_LIBS="$sc_db_ldflags $sc_lib"
            AS_IF([test -z "$sc_db_ldflags"], [DB_LIBS=$sc_lib])
            break
        ], [AC_MSG_RESULT([no])])
    done
])
AS_IF([test -z "$DB_LIBS"], [
    AC_MSG_ERROR([db.h is there but no Berkeley DB 5.3 library links: install libdb5.3-dev, or name its place with --with-db=DIR])
])
sc_db_version=5.3
CPPFLAGS=$sc_save_CPPFLAGS
LIBS=$sc_save_LIBS
])
