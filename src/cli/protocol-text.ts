/** Who locks what, when and how, for people and agents alike: `docs/protocol.md`, and what `init --protocol` writes. */
export const PROTOCOL = `## Working beside each other

Several developers and coding agents change this repository at a time. [leasehold](https://www.npmjs.com/package/leasehold) keeps them from undoing each other's work: whoever needs paths claims them, and git's hooks and CI refuse changes to what somebody else holds.

### When to lock

| situation | lock |
|---|---|
| three or more people or agents at work at once | each its own paths, before the first edit |
| your work overlaps a directory that somebody else works in | the files that you need, as narrow as you can |
| it takes longer than half an hour | what you change, and \`--read\` what must stay as it is meanwhile |
| a path of \`guard.requireLock\` | always: a commit without a lock is refused |
| one small commit, and nobody near (\`leasehold radar\` shows who is) | nothing |

### Who locks what

- Lock what you write, not what you read, unless it must not change under you: \`leasehold claim src/parser/ --read src/api.ts\`.
- One work item, one holder, one worktree: \`leasehold worktree add codex/task-12 src/parser/\` makes all three. Agents that share a checkout are told apart by \`--as\` or \`LEASEHOLD_HOLDER\`.
- Files that everybody touches (lock files of package managers, indexes, changelogs) last, and only for as long as it takes: \`leasehold run Cargo.toml -- cargo add serde\`.
- A claim is granted whole or not at all. It ends by itself, after an hour unless \`--ttl\` says otherwise; your commands and commits renew it.
- Give it back as soon as the work is pushed: \`leasehold release --all\`.

### When somebody else holds it

The refusal says who holds it, until when and what for. In this order:

1. **Wait**: \`leasehold claim SCOPE --wait\`. First come, first served.
2. **Take another task**, and come back.
3. **Ask**: \`leasehold ask PATH -m "Could I have it for ten minutes?"\`. They see it at their next command.
4. **Split**: ask them to release what they do not need, \`leasehold release src/parser/lexer.ts\`, and claim that.
5. **Merge the tasks**: one of you does both.
6. **By force**, where its holder is gone: \`leasehold release --force --reason "its agent has crashed" SCOPE\`. It is logged, and they are told.

If your lock ran out and somebody else has had the paths since, your next commit there is refused (\`lock/taken-over\`): claim again, rebase on what they did, and go on.

### What CI checks

- Each commit of a pull request against the locks: by the grant that it names in \`Lock-Grant:\`, or by its committer.
- Each path against CODEOWNERS: its owner's change, or an owner's approving review.
- What packages export: nothing public is lost by accident.
- Config and CODEOWNERS count as they are on the base branch. A bypass (\`LEASEHOLD_BYPASS="reason"\`) is listed.

### Lock issues

Where \`locks.store\` is \`github\`, a lock is an issue, and the lowest open number wins.

- \`leasehold claim\` opens \`[LOCK] <scope> - <task>\` with the paths, the planned changes, how long, and the issue that it is a part of (\`--parent 604\`). By hand: the form "Lock". Only issues of people who may write to the repository count.
- An issue that meets an earlier one waits, and holds its paths when that one is closed. What \`claim\` has opened and does not get it closes again, and says whose number came first.
- Closing the issue gives the lock back; so does \`leasehold release\`. Opened again it counts no more: open a new one.
- Paths of \`guard.approval\` are granted when one of their owners has approved, in a comment that says of what: \`/approve 2h for ann\`, and below it a path a line, as the issue has them to be copied. It counts for just that, or less, and no more once it is edited. A bare \`/approve\`, or the label \`lock-approved\`, counts while it is the last thing that has happened in the issue. An issue that was opened by hand holds nothing there before; \`leasehold status\` has the words for it. What cannot wait: \`leasehold claim SCOPE --urgent "production is down"\`. It is flagged with \`lock-urgent\`.
- Merging a pull request closes the lock issues that its title, its text or its commits name (\`closes #12\`, \`lock #12\`), and those that its author has opened on its branch, once that branch is deleted.

Where \`locks.mirror\` is \`github\`, and the locks are kept elsewhere, such issues show who holds what and decide nothing: they say that they are copies, to close one releases nothing, and one that lags behind is brought up by the next command.
`;

/** The form for a lock that somebody claims by hand; its headings are those that are read. */
export const renderLockForm = (label: string): string => `\
name: Lock
description: Claim paths that nobody else is to change meanwhile. The lowest open number wins.
title: "[LOCK] SCOPE - TASK"
labels: [${JSON.stringify(label)}]
body:
  - type: textarea
    id: paths
    attributes:
      label: Paths
      description: One a line, from the top of the repository. A path covers all below it; glob:src/**/*.ts is a pattern, and "read:" before one keeps it as it is.
      placeholder: src/parser/
      render: text
    validations:
      required: true
  - type: textarea
    id: changes
    attributes:
      label: Planned changes
    validations:
      required: true
  - type: input
    id: duration
    attributes:
      label: Duration
      description: 90m, 2h or 1d, from now on
      placeholder: 2h
    validations:
      required: true
  - type: input
    id: parent
    attributes:
      label: Parent issue
      placeholder: "#604"
`;
