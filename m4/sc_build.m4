dnl SPDX-License-Identifier: ISC
dnl How to compile: sanitizers, warnings, hardening. Each macro fills variables
dnl of its own and leaves the user's CFLAGS, CPPFLAGS and LDFLAGS alone.

dnl _SC_WITH_WERROR(CODE): run CODE while the compiler treats a flag that it
dnl does not know as an error (clang only warns).
AC_DEFUN([_SC_WITH_WERROR], [
AX_REQUIRE_DEFINED([AX_CHECK_COMPILE_FLAG])
AX_CHECK_COMPILE_FLAG([-Werror=unknown-warning-option],
    [sc_strict="-Werror=unknown-warning-option"], [sc_strict="-Werror"])
$1
])

dnl SC_SANITIZERS: --enable-asan, --enable-ubsan, --enable-tsan into SAN_CFLAGS
dnl and SAN_LDFLAGS.
AC_DEFUN([SC_SANITIZERS], [
AC_ARG_ENABLE([asan], [AS_HELP_STRING([--enable-asan],
    [build with the address and leak sanitizer])], [], [enable_asan=no])
AC_ARG_ENABLE([ubsan], [AS_HELP_STRING([--enable-ubsan],
    [build with the undefined-behaviour sanitizer])], [], [enable_ubsan=no])
AC_ARG_ENABLE([tsan], [AS_HELP_STRING([--enable-tsan],
    [build with the thread sanitizer])], [], [enable_tsan=no])
SAN_CFLAGS=
SAN_LDFLAGS=
sc_sanitizers=
AS_IF([test "$enable_tsan" != no && test "$enable_asan" != no],
    [AC_MSG_ERROR([--enable-tsan and --enable-asan exclude each other])])
AS_IF([test "$enable_asan" != no], [
    sc_sanitizers="$sc_sanitizers address"
    SAN_CFLAGS="$SAN_CFLAGS -fsanitize=address"
])
AS_IF([test "$enable_ubsan" != no], [
    sc_sanitizers="$sc_sanitizers undefined"
    SAN_CFLAGS="$SAN_CFLAGS -fsanitize=undefined -fno-sanitize-recover=undefined"
])
AS_IF([test "$enable_tsan" != no], [
    sc_sanitizers="$sc_sanitizers thread"
    SAN_CFLAGS="$SAN_CFLAGS -fsanitize=thread"
])
AS_IF([test -n "$SAN_CFLAGS"], [
    SAN_LDFLAGS=$SAN_CFLAGS
    SAN_CFLAGS="$SAN_CFLAGS -fno-omit-frame-pointer"
    AC_MSG_CHECKING([whether $CC links with$SAN_LDFLAGS])
    sc_save_CFLAGS=$CFLAGS
    sc_save_LDFLAGS=$LDFLAGS
    CFLAGS="$CFLAGS $SAN_CFLAGS"
    LDFLAGS="$LDFLAGS $SAN_LDFLAGS"
    AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])], [AC_MSG_RESULT([yes])], [
        AC_MSG_RESULT([no])
        AC_MSG_ERROR([the sanitizer runtime for $CC is not installed])
    ])
    CFLAGS=$sc_save_CFLAGS
    LDFLAGS=$sc_save_LDFLAGS
])
AC_SUBST([SAN_CFLAGS])
AC_SUBST([SAN_LDFLAGS])
])

dnl SC_WARNINGS: the language level and the warnings into WARN_CFLAGS,
dnl --enable-werror into WERROR_CFLAGS.
AC_DEFUN([SC_WARNINGS], [
AC_ARG_ENABLE([werror], [AS_HELP_STRING([--enable-werror],
    [make a compiler warning an error])], [], [enable_werror=no])
WARN_CFLAGS=
WERROR_CFLAGS=
_SC_WITH_WERROR([
    AX_APPEND_COMPILE_FLAGS([-std=gnu11], [WARN_CFLAGS], [$sc_strict])
    AX_APPEND_COMPILE_FLAGS([ \
        -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes \
        -Wmissing-prototypes -Wvla -Wformat=2 -Wcast-qual -Wpointer-arith \
        -Wundef -Wwrite-strings], [WARN_CFLAGS], [$sc_strict])
])
AS_IF([test "$enable_werror" != no], [WERROR_CFLAGS=-Werror])
AC_SUBST([WARN_CFLAGS])
AC_SUBST([WERROR_CFLAGS])
])

dnl SC_HARDENING: HARDEN_CPPFLAGS, HARDEN_CFLAGS, HARDEN_LDFLAGS. Fortified
dnl functions need an optimizing compiler and get in a sanitizer's way.
AC_DEFUN([SC_HARDENING], [
HARDEN_CPPFLAGS=
HARDEN_CFLAGS=
HARDEN_LDFLAGS=
_SC_WITH_WERROR([
    AX_APPEND_COMPILE_FLAGS([-fstack-protector-strong], [HARDEN_CFLAGS],
        [$sc_strict])
])
AX_APPEND_LINK_FLAGS([-Wl,-z,relro -Wl,-z,now], [HARDEN_LDFLAGS])
AS_IF([test -z "$sc_sanitizers"], [
    AC_MSG_CHECKING([whether $CC optimizes])
    AC_COMPILE_IFELSE([AC_LANG_SOURCE([[
#ifndef __OPTIMIZE__
#error no optimization
#endif
]])], [
        AC_MSG_RESULT([yes])
        AX_APPEND_FLAG([-U_FORTIFY_SOURCE], [HARDEN_CPPFLAGS])
        AX_APPEND_FLAG([-D_FORTIFY_SOURCE=2], [HARDEN_CPPFLAGS])
    ], [AC_MSG_RESULT([no])])
])
AC_SUBST([HARDEN_CPPFLAGS])
AC_SUBST([HARDEN_CFLAGS])
AC_SUBST([HARDEN_LDFLAGS])
AC_CACHE_CHECK([for linker version scripts], [sc_cv_version_script], [
    sc_save_LDFLAGS=$LDFLAGS
    LDFLAGS="$LDFLAGS -Wl,--version-script=conftest.map"
    echo 'T { global: main; local: *; };' >conftest.map
    AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])],
        [sc_cv_version_script=yes], [sc_cv_version_script=no])
    rm -f conftest.map
    LDFLAGS=$sc_save_LDFLAGS
])
AM_CONDITIONAL([HAVE_VERSION_SCRIPT], [test "$sc_cv_version_script" = yes])
AC_CACHE_CHECK([for lists of what a program exports], [sc_cv_dynamic_list], [
    sc_save_LDFLAGS=$LDFLAGS
    LDFLAGS="$LDFLAGS -Wl,--dynamic-list=conftest.map"
    echo '{ main; };' >conftest.map
    AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])],
        [sc_cv_dynamic_list=yes], [sc_cv_dynamic_list=no])
    rm -f conftest.map
    LDFLAGS=$sc_save_LDFLAGS
])
AM_CONDITIONAL([HAVE_DYNAMIC_LIST], [test "$sc_cv_dynamic_list" = yes])
])
