# Written by `leasehold init`; read by the hooks that it installed. Every worktree of this clone runs
# what lies in @BIN@: worktrees may have no node_modules, and code of the
# tree that is judged must not judge. From the hook that reads it: $name, $git_dir, $common, feed and
# undecided.

leasehold_node=@NODE@
leasehold_bin=@BIN@

leasehold_guard() {
  # Both reach node before any code of ours: one could load anything, the other costs 38 ms a start.
  unset NODE_OPTIONS NODE_EXTRA_CA_CERTS
  # How the user's git reads pathspecs is not how ours are meant.
  unset GIT_GLOB_PATHSPECS GIT_NOGLOB_PATHSPECS GIT_ICASE_PATHSPECS GIT_LITERAL_PATHSPECS
  [ -x "$leasehold_node" ] || leasehold_node=$(command -v node) || leasehold_node=
  if [ -z "$leasehold_node" ]; then
    undecided "node is not where init found it, nor on your PATH" "npx leasehold init"
    return
  fi
  for leasehold_file in leasehold.cjs config.cjs guard.cjs guard-owners.cjs guard-report.cjs; do
    [ -f "$leasehold_bin/$leasehold_file" ] && continue
    undecided "what init copied to $leasehold_bin is gone" "npx leasehold init"
    return
  done
  case $name in
    pre-commit) leasehold_pre_commit "$@" ;;
    *) feed | leasehold_cli hook "$name" "$@" ;;
  esac
}

leasehold_cli() {
  "$leasehold_node" "$leasehold_bin/leasehold.cjs" "$@"
}

# git answers while node boots. Each answer ends with a mark; where one of the first two is missing git
# failed, or the question was another one (a first commit), and the guard hands it over to the command.
# git may well know no committer: then the guard knows none either.
leasehold_pre_commit() {
  if [ -f "$git_dir/MERGE_HEAD" ] || [ -f "$git_dir/CHERRY_PICK_HEAD" ]; then
    leasehold_cli hook pre-commit
    return
  fi
  {
    git diff-index --cached --raw -z --no-renames --ignore-submodules=none --no-ext-diff HEAD -- 2>/dev/null &&
      printf 'end of changes\0'
    git ls-tree -z --full-tree HEAD -- @POLICY_PATHS@ 2>/dev/null && printf 'end of trusted side\0'
    git var GIT_COMMITTER_IDENT 2>/dev/null
    printf '\0end of committer\0'
  } | "$leasehold_node" "$leasehold_bin/guard.cjs" "$common" "$PPID"
}
