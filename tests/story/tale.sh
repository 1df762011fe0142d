#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# The long story: twelve people with three devices each, who use everything. In
# the end all devices hold the same logs, marks and counts as the server.
. "$top_srcdir/tests/story/lib.sh"
needs devices groups history messages offline presence receipts settings

tale quiet --seed "${SC_STORY_SEED:-1}" || bad=1
exit "$bad"
