dnl SPDX-License-Identifier: ISC
dnl SC_MODULE_ENABLE(NAME, DEFAULT): the option --with-module-NAME=no|shared|static
dnl and the Automake conditional MODULE_NAME, true when modules/NAME is built.
AC_DEFUN([SC_MODULE_ENABLE], [
m4_pushdef([sc_var], [with_module_[]m4_translit([$1], [-+.], [___])])
AC_ARG_WITH([module-$1], [AS_HELP_STRING([--with-module-$1=no|shared|static],
    [how to build the module $1 @<:@$2@:>@])], [], [sc_var=$2])
AS_IF([test "$sc_var" = yes], [sc_var=static])
AS_CASE([$sc_var],
    [no], [],
    [static], [sc_static_modules="$sc_static_modules $1"],
    [shared], [AC_MSG_ERROR([shared modules are not built yet: use --with-module-$1=static or --with-module-$1=no])],
    [AC_MSG_ERROR([--with-module-$1=$sc_var: expected no, shared or static])])
AM_CONDITIONAL([MODULE_]m4_toupper(m4_translit([$1], [-+.], [___])),
    [test "$sc_var" = static])
m4_popdef([sc_var])
])

dnl SC_MODULES_OUTPUT(FILE): config.status writes FILE, the C table of the
dnl static modules in the order of their SC_MODULE_ENABLE lines.
AC_DEFUN([SC_MODULES_OUTPUT], [
AC_CONFIG_COMMANDS([$1], [
    {
        printf '/* SPDX-License-Identifier: ISC */\n'
        printf '/* Written by config.status: the modules linked into stonechatd. */\n'
        printf '#include <stddef.h>\n\n#include "src/server/module.h"\n\n'
        for sc_m in $sc_static_modules; do
            sc_c=`printf '%s' "$sc_m" | tr '+.-' '___'`
            printf 'extern const struct sc_module_def sc_module_%s;\n' "$sc_c"
        done
        printf 'extern const struct sc_module_def *const sc_builtin_modules[[]];\n\n'
        printf 'const struct sc_module_def *const sc_builtin_modules[[]] = {\n'
        for sc_m in $sc_static_modules; do
            sc_c=`printf '%s' "$sc_m" | tr '+.-' '___'`
            printf '\t&sc_module_%s,\n' "$sc_c"
        done
        printf '\tNULL,\n};\n'
    } >$1.new
    if cmp -s $1.new $1; then rm -f $1.new; else mv -f $1.new $1; fi
], [sc_static_modules="$sc_static_modules"])
])
