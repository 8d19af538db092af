#!/bin/sh
# leasehold-hook: installed by `leasehold init`, taken out again by `leasehold init --uninstall`.
# The hook that was here before is kept in before-leasehold/ beside this file; it runs first, as it did.

name=${0##*/}
before=${0%/*}/before-leasehold/$name

# git asks up to three times for each ref that a fetch moves; only what is prepared can be stopped.
case $name-${1-} in
  reference-transaction-prepared) ;;
  reference-transaction-*) [ -x "$before" ] || exit 0 ;;
esac

# A shell hook is read into a shell that has this hook's own name and arguments, so that it finds its
# neighbours by $0 as before; anything else is started where it is kept, under the same last name.
run_before() {
  IFS= read -r first <"$before" || :
  case $first in
    '#!/bin/sh' | '#!/usr/bin/sh' | '#!/usr/bin/env sh') shell=sh ;;
    '#!/bin/sh -e' | '#!/usr/bin/env sh -e') shell='sh -e' ;;
    '#!/bin/bash' | '#!/usr/bin/bash' | '#!/usr/bin/env bash') shell=bash ;;
    '#!/bin/bash -e') shell='bash -e' ;;
    *) shell= ;;
  esac
  case $shell in
    '') "$before" "$@" ;;
    *) $shell -c 'leasehold_before=$1; shift; . "$leasehold_before"' "$0" "$before" "$@" ;;
  esac
}

# The common directory of this repository, in every worktree of it, without starting git.
git_dir=${GIT_DIR:-.git}
if [ -f "$git_dir" ]; then
  IFS= read -r line <"$git_dir" && git_dir=${line#gitdir: }
elif [ ! -d "$git_dir" ] && [ -f HEAD ] && [ -d objects ]; then
  git_dir=.
fi
common=$git_dir
if [ -f "$git_dir/commondir" ]; then
  IFS= read -r line <"$git_dir/commondir"
  case $line in
    /*) common=$line ;;
    *) common=$git_dir/$line ;;
  esac
fi

input=
reads_input=
case $name in
  pre-push | reference-transaction | pre-receive)
    reads_input=yes
    input=$(cat)
    ;;
esac
feed() {
  if [ -n "$input" ]; then printf '%s\n' "$input"; fi
}

before_code=0
if [ -x "$before" ]; then
  if [ -n "$reads_input" ]; then
    feed | run_before "$@" || before_code=$?
  else
    run_before "$@" || before_code=$?
  fi
fi

undecided() {
  echo "leasehold could not decide: $1" >&2
  echo "next: $2" >&2
  return 2
}

# A repository that never heard of leasehold is left alone; one that has a config and no set-up is a clone
# in which nobody has run init yet.
guard_code=0
if [ ! -d "$common" ]; then
  undecided "git's directory was not found from $PWD" "git rev-parse --git-common-dir" || guard_code=$?
elif [ -d "$common/leasehold" ] && [ ! -x "$common/leasehold" ]; then
  quoted=$(printf '%s' "$common/leasehold" | sed "s/'/'\\\\''/g")
  undecided "$common/leasehold may not be read" "chmod -R u+rwX '$quoted'" || guard_code=$?
elif [ -f "$common/leasehold/hook.sh" ]; then
  . "$common/leasehold/hook.sh"
  leasehold_guard "$@" || guard_code=$?
elif [ -d "$common/leasehold" ] || [ -f leasehold.config.json ]; then
  undecided "it is not set up in this clone" "npx leasehold init" || guard_code=$?
fi

[ "$before_code" -eq 0 ] || exit "$before_code"
exit "$guard_code"
