dnl SPDX-License-Identifier: ISC
dnl SC_MODULE_ENABLE(NAME): the option --with-module-NAME=no|shared|static and
dnl two Automake conditionals: MODULE_NAME, true when modules/NAME is built, and
dnl SHARED_NAME, true when it becomes a file of its own that stonechatd loads.
dnl Shared unless sanitizers are on or there are no shared libraries; tests link
dnl modules of both kinds.
AC_DEFUN([SC_MODULE_ENABLE], [
AC_REQUIRE([SC_SANITIZERS])
m4_pushdef([sc_var], [with_module_[]m4_translit([$1], [-+.], [___])])
AC_ARG_WITH([module-$1], [AS_HELP_STRING([--with-module-$1=no|shared|static],
    [how to build the module $1 @<:@shared@:>@])], [], [sc_var=yes])
AS_IF([test "$sc_var" = yes], [
    sc_var=shared
    AS_IF([test -n "$sc_sanitizers" || test "$enable_shared" = no],
        [sc_var=static])
])
AS_CASE([$sc_var],
    [no], [],
    [static], [sc_static_modules="$sc_static_modules $1"],
    [shared], [
        AS_IF([test "$enable_shared" = no], [AC_MSG_ERROR([--with-module-$1=shared: there are no shared libraries in this build, use static or no])])
        sc_shared_modules="$sc_shared_modules $1"],
    [AC_MSG_ERROR([--with-module-$1=$sc_var: expected no, shared or static])])
AM_CONDITIONAL([MODULE_]m4_toupper(m4_translit([$1], [-+.], [___])),
    [test "$sc_var" != no])
AM_CONDITIONAL([SHARED_]m4_toupper(m4_translit([$1], [-+.], [___])),
    [test "$sc_var" = shared])
m4_popdef([sc_var])
])

dnl SC_MODULES_OUTPUT(ALL, LINKED): config.status writes two C tables: of every
dnl module that is built, for tests, and of those that are linked into
dnl stonechatd.
AC_DEFUN([SC_MODULES_OUTPUT], [
_SC_MODULES_OUTPUT([$1], [$sc_static_modules $sc_shared_modules])
_SC_MODULES_OUTPUT([$2], [$sc_static_modules])
])

dnl In alphabetical order, so that a build of another kind has the same.
AC_DEFUN([_SC_MODULES_OUTPUT], [
AC_CONFIG_COMMANDS([$1], [
    sc_list=`printf '%s\n' $2 | sort`
    {
        printf '/* SPDX-License-Identifier: ISC */\n'
        printf '/* Written by config.status: a table of modules. */\n'
        printf '#include <stddef.h>\n\n#include "src/server/module.h"\n\n'
        for sc_m in $sc_list; do
            sc_c=`printf '%s' "$sc_m" | tr '+.-' '___'`
            printf 'extern const struct sc_module_def sc_module_%s;\n' "$sc_c"
        done
        printf 'extern const struct sc_module_def *const sc_builtin_modules[[]];\n\n'
        printf 'const struct sc_module_def *const sc_builtin_modules[[]] = {\n'
        for sc_m in $sc_list; do
            sc_c=`printf '%s' "$sc_m" | tr '+.-' '___'`
            printf '\t&sc_module_%s,\n' "$sc_c"
        done
        printf '\tNULL,\n};\n'
    } >$1.new
    if cmp -s $1.new $1; then rm -f $1.new; else mv -f $1.new $1; fi
], [sc_static_modules="$sc_static_modules"
sc_shared_modules="$sc_shared_modules"])
])
