import { type Actor, SESSION_VARIABLES } from '../guard/index.ts';
import { describeInstant } from '../kit/clock.ts';
import { Undecided } from '../kit/errors.ts';
import { readLine } from '../kit/git.ts';
import { printable, quoteName } from '../kit/quote.ts';
import {
  type Claim,
  type ClaimOutcome,
  coversEverything,
  decideClaim,
  type Grant,
  type GrantNotes,
  listWaysOut,
  toRecord,
} from '../locks/index.ts';
import { JSON_VERSION } from '../report/index.ts';
import {
  AS_OPTION,
  type Command,
  type Context,
  hasFlag,
  JSON_OPTION,
  listOption,
  printJson,
  textOption,
  type Words,
} from './command.ts';
import { renderConflicts, toConflictJson } from './conflict-text.ts';
import { readTtl } from './ttl.ts';
import {
  identify,
  loadWorkspaceConfig,
  openForWriting,
  parseTypedScopes,
  requireHolder,
  type Workspace,
} from './workspace.ts';

/** The claims of a command line, in the order of its modes; `--broad` is asked for where one covers everything. */
export const readClaims = (workspace: Workspace, words: Words): Claim[] => {
  const claims = [
    ...parseTypedScopes(workspace, words.positionals, 'write'),
    ...parseTypedScopes(workspace, listOption(words, 'read'), 'read'),
    ...parseTypedScopes(workspace, listOption(words, 'doc'), 'doc-write'),
  ];
  if (claims.length === 0) {
    throw new Undecided('usage', 'no SCOPE was given', 'leasehold claim --help');
  }
  const everything = claims.find((claim) => coversEverything(claim.compiled));
  if (!everything || hasFlag(words, 'broad')) return claims;
  throw new Undecided(
    'scope-refused',
    `${JSON.stringify(everything.scope)} covers the whole repository, and nobody else could work`,
    'claim what you need, or say that you mean it: leasehold claim --broad SCOPE',
  );
};

const describeMaking = (workspace: Workspace, words: Words, actor: Actor): GrantNotes => {
  const { context, git, repository } = workspace;
  const session = SESSION_VARIABLES.map((name) => context.env[name]).find(Boolean);
  const notes: [keyof GrantNotes, string | boolean | undefined][] = [
    ['task', textOption(words, 'task')],
    ['email', actor.email],
    ['worktree', repository.top || undefined],
    ['branch', readLine(git, ['symbolic-ref', '--quiet', '--short', 'HEAD'])],
    ['host', context.host],
    ['session', session],
    ['confine', hasFlag(words, 'confine') || undefined],
  ];
  return Object.fromEntries(notes.filter(([, value]) => value !== undefined && value !== ''));
};

const tellGranted = (
  context: Context,
  outcome: ClaimOutcome & { granted: true },
  grant: Grant,
): void => {
  const { palette } = context;
  const until = describeInstant(grant.expiresAt, context.clock.now());
  const verb = outcome.renewed ? 'Renewed' : 'Granted';
  context.print(`${palette.good(verb)} to ${quoteName(grant.holder)} until ${until}`);
  for (const { scope, mode } of grant.claims) {
    context.print(`  ${palette.strong(printable(scope))}${mode === 'write' ? '' : ` (${mode})`}`);
  }
  const release = `give it back: leasehold release --grant ${grant.id.slice(0, 8)}`;
  context.print(palette.faint(palette.runnable(release)));
};

const tellDenied = (context: Context, outcome: ClaimOutcome & { granted: false }): void => {
  context.tell(context.errorPalette.bad('Denied: nothing was claimed.'));
  context.tell(renderConflicts(outcome.conflicts, context.clock.now(), context.errorPalette));
};

const report = (
  context: Context,
  words: Words,
  { outcome, entered }: { outcome: ClaimOutcome; entered: Grant | undefined },
): number => {
  const now = context.clock.now();
  if (!outcome.granted) {
    if (hasFlag(words, 'json')) {
      const conflicts = outcome.conflicts.map(toConflictJson);
      const waysOut = listWaysOut(outcome.conflicts, now);
      printJson(context, { version: JSON_VERSION, granted: false, conflicts, ways_out: waysOut });
    } else tellDenied(context, outcome);
    return 1;
  }
  for (const { holder } of outcome.takenOver) {
    context.tell(`Overwriting expired lock for ${quoteName(holder)}`);
  }
  if (!entered) return 0;
  if (hasFlag(words, 'json')) {
    printJson(context, { version: JSON_VERSION, granted: true, grant: toRecord(entered) });
  } else tellGranted(context, outcome, entered);
  return 0;
};

const run: Command['run'] = async (context, words) => {
  const workspace = openForWriting(context);
  const claims = readClaims(workspace, words);
  const ttl = readTtl(words, loadWorkspaceConfig(workspace));
  const actor = identify(workspace, textOption(words, 'as'), await workspace.store.read());
  const about = describeMaking(workspace, words, actor);
  const holder = requireHolder(actor);
  const request = { holder, claims, ttl, id: context.createId(), about };
  return report(context, words, await workspace.store.change(decideClaim(request)));
};

export const command: Command = {
  usage: 'leasehold claim SCOPE… [--read SCOPE] [--doc SCOPE] [--ttl 1h] [--task TEXT]',
  about:
    'Claims paths, all or nothing. A SCOPE is a file, a directory, a glob (src/**/*.ts) or a regex ' +
    '(regex:^src/.*$), relative to where you stand; a path covers all below it, whether or not it ' +
    'exists yet. What another holder has claimed is denied, and says who holds it and until when.',
  options: {
    read: {
      type: 'string',
      multiple: true,
      shown: '--read SCOPE',
      help: 'claim to read: others may read too, nobody may change it (repeatable)',
    },
    doc: {
      type: 'string',
      multiple: true,
      shown: '--doc SCOPE',
      help: 'claim a documentation directory to write, shown apart (repeatable)',
    },
    ttl: { type: 'string', shown: '--ttl 1h', help: 'how long: 90s, 15m, 1h30m, 2d' },
    task: { type: 'string', shown: '--task TEXT', help: 'what for; others see it' },
    broad: { type: 'boolean', shown: '--broad', help: 'allow a claim on the whole repository' },
    confine: {
      type: 'boolean',
      shown: '--confine',
      help: 'refuse my own changes outside this claim',
    },
    ...AS_OPTION,
    ...JSON_OPTION,
  },
  examples: [
    ['leasehold claim src/parser/ --task "Port the tokenizer"', 'a directory, for an hour'],
    ["leasehold claim 'src/**/*_test.go' Cargo.toml --ttl 2h", 'a glob and a file, both or none'],
    ['leasehold claim docs/ --read src/api.ts', 'write the docs while the API stays as it is'],
  ],
  run,
};
