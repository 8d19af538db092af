# Written by `leasehold init`; read by the hooks that it installed. Every worktree of this clone runs
# what lies in @BIN@: worktrees may have no node_modules, and code of the
# tree that is judged must not judge. From the hook that reads it: $name, $git_dir, $common, feed and
# undecided.

leasehold_node=@NODE@
leasehold_bin=@BIN@
# A repository that was moved, or that a container has elsewhere, has it where it is now.
[ -d "$leasehold_bin" ] || leasehold_bin=$(cd "$common" && pwd)/leasehold/bin/${leasehold_bin##*/}

leasehold_guard() {
  if [ "$name" = reference-transaction ] && ! leasehold_brings_commits "$@"; then return 0; fi
  # Both reach node before any code of ours: one could load anything, the other costs 38 ms a start.
  unset NODE_OPTIONS NODE_EXTRA_CA_CERTS
  # How the user's git reads pathspecs is not how ours are meant.
  unset GIT_GLOB_PATHSPECS GIT_NOGLOB_PATHSPECS GIT_ICASE_PATHSPECS GIT_LITERAL_PATHSPECS
  [ -x "$leasehold_node" ] || leasehold_node=$(command -v node) || leasehold_node=
  if [ -z "$leasehold_node" ]; then
    undecided "node is not where init found it, nor on your PATH" "npx leasehold init"
    return
  fi
  for leasehold_file in @FILES@; do
    [ -s "$leasehold_bin/$leasehold_file" ] && [ -r "$leasehold_bin/$leasehold_file" ] && continue
    undecided "what init copied to $leasehold_bin is gone, empty or unreadable" "npx leasehold init"
    return
  done
  # What is replaced here (`git replace`) is not replaced where it is pushed to.
  export GIT_NO_REPLACE_OBJECTS=1 LEASEHOLD_HOOK_PARENT="$PPID"
  case $name in
    pre-commit) leasehold_pre_commit ;;
    prepare-commit-msg | commit-msg) leasehold_message "$@" ;;
    pre-push) leasehold_pre_push "$@" ;;
    *) feed | leasehold_cli hook "$name" "$@" ;;
  esac
}

leasehold_cli() {
  "$leasehold_node" "$leasehold_bin/leasehold.cjs" "$@"
}

# git answers while node boots. Each answer ends with a mark; where one of the first two is missing git
# failed, or the question was another one (a first commit), and the guard hands it over to the command.
# git may well know no committer: then the guard knows none either. Whoever has a name acts by it alone.
leasehold_pre_commit() {
  if [ -f "$git_dir/MERGE_HEAD" ] || [ -f "$git_dir/CHERRY_PICK_HEAD" ]; then
    leasehold_cli hook pre-commit
    return
  fi
  {
    git diff-index --cached --ita-invisible-in-index @DIFF_FLAGS@ HEAD -- 2>/dev/null &&
      printf 'end of changes\0'
    git ls-tree -z --full-tree HEAD -- @POLICY_PATHS@ 2>/dev/null && printf 'end of trusted side\0'
    leasehold_list_drift HEAD
    [ -n "${LEASEHOLD_HOLDER-}" ] || git var GIT_COMMITTER_IDENT 2>/dev/null
    printf '\0end of committer\0'
  } | "$leasehold_node" @NODE_OPTIONS@ "$leasehold_bin/start.cjs" guard.cjs "$common" "$PPID" "$git_dir"
}

# What a commit changes of the one that the export audit was last kept of, if there is one, and it is none that
# needs no asking.
leasehold_list_drift() {
  { IFS= read -r leasehold_from <"$git_dir/leasehold-reach"; } 2>/dev/null || return 0
  case $leasehold_from in '' | *[!0-9a-f]* | "${2-}") return 0 ;; esac
  GIT_NO_LAZY_FETCH=1 git diff-tree -r @DIFF_FLAGS@ "$leasehold_from" "$1" -- 2>/dev/null &&
    printf 'end of drift %s\0' "$leasehold_from"
}

# The same for a push of one ref: its commits, and the side that judges them, which is what the remote has, or
# its HEAD where the ref is new. The guard lets through what there is nothing to say of; all else, several refs
# and deletions among it, is for the command.
leasehold_pre_push() {
  leasehold_words=
  case $input in
    *"
"*) ;;
    *)
      IFS=' ' read -r leasehold_local leasehold_new leasehold_ref leasehold_old <<EOF
$input
EOF
      case $leasehold_new$leasehold_old in *[!0-9a-f]*) ;; *[!0]*) leasehold_words=yes ;; esac
      case $leasehold_new in *[!0]*) ;; *) leasehold_words= ;; esac
      ;;
  esac
  if [ -z "$leasehold_words" ]; then
    feed | leasehold_cli hook pre-push "$@"
    return
  fi
  leasehold_verdict=$(leasehold_ask_guard "$@")
  if [ "$leasehold_verdict" != passes ]; then
    feed | leasehold_cli hook pre-push "$@"
  fi
}

leasehold_ask_guard() {
  {
    # As the command asks git: nothing is fetched, and no graft passes for what is pushed.
    export LC_ALL=C GIT_NO_LAZY_FETCH=1 GIT_GRAFT_FILE=/dev/null
    leasehold_is_own_known=
    case $leasehold_old in
      *[!0]*)
        leasehold_words="$leasehold_new ^$leasehold_old"
        ! leasehold_is_head "$leasehold_local" || leasehold_is_own_known=yes
        ;;
      *) leasehold_words=$leasehold_new leasehold_old=refs/remotes/$1/HEAD ;;
    esac
    leasehold_list_drift "$leasehold_new" "$leasehold_old"
    printf 'begin of commits\0'
    # What takes longest begins first, and speaks for itself; what else git says is a few lines behind it.
    # shellcheck disable=SC2086 # two words, of letters and digits
    git @RANGE_WORDS@ $leasehold_words --not --remotes -- 2>/dev/null &
    leasehold_lines=$(leasehold_describe_push)
    leasehold_code=0
    wait "$!" || leasehold_code=$?
    printf '\0range ended with %s\n%s\0' "$leasehold_code" "$leasehold_lines"
  } | "$leasehold_node" @NODE_OPTIONS@ "$leasehold_bin/start.cjs" guard-push.cjs "$common" "$git_dir" "$input" "$@"
}

# Whether HEAD is this ref, by its own name or as the branch that is checked out.
leasehold_is_head() {
  [ "$1" != HEAD ] || return 0
  { IFS= read -r leasehold_head <"$git_dir/HEAD"; } 2>/dev/null && [ "$leasehold_head" = "ref: $1" ]
}

# Names of git's own and of ours alone, so that a line is an entry.
leasehold_describe_push() {
  git ls-tree --full-tree "$leasehold_old" -- @POLICY_PATHS@ 2>/dev/null && echo 'end of trusted side'
  if [ -n "$leasehold_is_own_known" ]; then
    echo 'own is pushed'
  else
    git ls-tree --full-tree HEAD -- @POLICY_PATHS@ 2>/dev/null && echo 'end of own side'
  fi
  git for-each-ref '--format=%(objectname) %(refname)' @BASE_REFS@ 2>/dev/null && echo 'end of refs'
  git var GIT_COMMITTER_IDENT 2>/dev/null
}

# What pre-commit found is in a stamp, so that node need not start again: its first line says for which
# git process it is, the others are trailers. `stamped`: the message has them.
leasehold_read_stamp() {
  leasehold_stamp=$git_dir/leasehold-stamp
  leasehold_state=
  [ -f "$leasehold_stamp" ] || return 0
  IFS= read -r leasehold_state <"$leasehold_stamp" || :
  case $leasehold_state in
    "checked $PPID") leasehold_state=checked ;;
    "stamped $PPID") leasehold_state=stamped ;;
    *) leasehold_state= ;;
  esac
}

# Where no editor opens (git says so by GIT_EDITOR) the first of the two hooks stamps, else the second:
# a message that its author gives up must stay empty. What has trailers of ours already, has words already
# that an editor is to show, or is to be looked at as an editor has left it, is for the command.
leasehold_message() {
  leasehold_read_stamp
  case $name-$leasehold_state in
    commit-msg-stamped) return 0 ;;
    prepare-commit-msg-checked)
      if [ "${GIT_EDITOR-}" = : ]; then
        leasehold_stamp_message "$1" && return 0
      elif [ -z "${2-}" ]; then
        return 0
      fi
      ;;
  esac
  leasehold_cli hook "$name" "$@"
}

# Stamps a message that no trailer of ours is in; fails where the command is to do it.
leasehold_stamp_message() {
  leasehold_text=
  leasehold_lines=0
  leasehold_torn=
  while IFS= read -r leasehold_line || { [ -n "$leasehold_line" ] && leasehold_torn=yes; }; do
    leasehold_lines=$((leasehold_lines + 1))
    [ "$leasehold_lines" -le 100 ] || return 1
    case $leasehold_line in
      [Ll][Oo][Cc][Kk]-*) return 1 ;;
      # As git sees it, a signature alone is no message.
      'Signed-off-by: '*) ;;
      *[![:space:]]*) leasehold_text=yes ;;
      # Behind a blank line git would take a subject such as `fix: it` for a trailer.
      *) [ -n "$leasehold_text" ] || return 1 ;;
    esac
  done <"$1"
  leasehold_trailers=
  {
    IFS= read -r leasehold_line
    while IFS= read -r leasehold_line; do leasehold_trailers=yes; done
  } <"$leasehold_stamp"
  if [ -n "$leasehold_trailers" ]; then
    [ -n "$leasehold_text" ] || return 1
    if [ "$leasehold_lines$leasehold_torn" = 1 ]; then
      leasehold_append_trailers "$1" || return 1
      leasehold_mark_stamped
      return 0
    fi
    # Behind a line without an end git sets no blank line before the trailers.
    [ -z "$leasehold_torn" ] || echo >>"$1"
    leasehold_add_trailers "$1" || return 1
  fi
  leasehold_mark_stamped
}

# One word over the other, both of seven letters: to empty the file first costs 2 ms where the file system
# (ext4) then writes it to the disk as it is closed.
leasehold_mark_stamped() {
  echo "stamped $PPID" 1<>"$leasehold_stamp"
}

# Behind a subject alone git would set a blank line and the trailers; to start it costs 3 ms.
leasehold_append_trailers() {
  {
    IFS= read -r leasehold_line
    echo
    while IFS= read -r leasehold_line; do printf '%s\n' "$leasehold_line"; done
  } <"$leasehold_stamp" >>"$1"
}

leasehold_add_trailers() {
  set -- "$1"
  {
    IFS= read -r leasehold_line
    while IFS= read -r leasehold_line; do set -- "$@" --trailer "$leasehold_line"; done
  } <"$leasehold_stamp"
  leasehold_file=$1
  shift
  # Without the settings of the repository and the user, which are about trailers of theirs; and no line
  # begins with what begins a comment here, for where no editor opened there are none.
  GIT_DIR=/dev/null GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_COUNT=0 \
    GIT_CONFIG_PARAMETERS= git -c core.commentChar="$(printf '\001')" interpret-trailers --in-place \
    --no-divider --if-exists=add "$@" -- "$leasehold_file" 2>/dev/null
}

# Strict mode: whether a branch, or a detached HEAD, is to have commits that nothing here has yet, other
# than by a commit whose message was stamped just now.
leasehold_brings_commits() {
  [ "${1-}" = prepared ] || return 1
  leasehold_read_stamp
  [ "$leasehold_state" != stamped ] || return 1
  leasehold_fresh=
  while IFS=' ' read -r leasehold_old leasehold_new leasehold_ref; do
    case $leasehold_ref in HEAD | refs/heads/*) ;; *) continue ;; esac
    case $leasehold_new in *[!0]*) ;; *) continue ;; esac
    [ "$leasehold_old" != "$leasehold_new" ] || continue
    # HEAD is told beside its branch.
    case $leasehold_fresh in *" $leasehold_new "*) continue ;; esac
    leasehold_first=$(git rev-list --max-count=1 "$leasehold_new" --not --branches --remotes 2>&1) &&
      [ -z "$leasehold_first" ] && continue
    leasehold_fresh="$leasehold_fresh$leasehold_old $leasehold_new $leasehold_ref
"
  done <<EOF
$input
EOF
  input=${leasehold_fresh%?}
  [ -n "$input" ]
}
