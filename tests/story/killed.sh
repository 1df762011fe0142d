#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# The long story twice: undisturbed, and with a server that is killed over and
# over. It ends in the same way.
. "$top_srcdir/tests/story/lib.sh"
needs devices groups history messages offline presence receipts settings

kills=${SC_STORY_KILLS:-4} seed=${SC_STORY_SEED:-2}
kill_seed=${SC_STORY_KILL_SEED:-$$}
undisturbed=$(tale quiet --seed "$seed")
ok 'the story is told undisturbed' test $? -eq 0
told=$(tale killed --seed "$seed" --kills "$kills" --kill-seed "$kill_seed")
ok "the story is told, while the server is killed $kills times" test $? -eq 0
sed 's/^/# /' <<<"$told"
ok 'it ends in the same way' cmp "$dir/quiet.end" "$dir/killed.end"
if [ "$bad" -ne 0 ]; then
	sed 's/^/# /' <<<"$undisturbed"
	diff "$dir/quiet.end" "$dir/killed.end" | sed 's/^/# /'
fi
finish
