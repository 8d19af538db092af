import { describeInstant } from '../kit/clock.ts';
import { printable, quoteName } from '../kit/quote.ts';
import {
  type Changed,
  type ClaimOutcome,
  decideClaim,
  type Grant,
  toRecord,
} from '../locks/index.ts';
import { JSON_VERSION } from '../report/index.ts';
import {
  AS_OPTION,
  type Command,
  type Context,
  hasFlag,
  JSON_OPTION,
  printJson,
  textOption,
  type Words,
} from './command.ts';
import { renderDenial, toDenialJson } from './conflict-text.ts';
import { createRequest, GRANT_OPTIONS, readClaims } from './request.ts';
import { CLAIM_TIMEOUT, changeOrWait, readPatience, WAIT_OPTIONS } from './waiting.ts';
import { identify, loadWorkspaceConfig, openForWriting } from './workspace.ts';

/** Whose lock ran out and is overwritten, one line each. */
export const tellTakenOver = (context: Context, takenOver: readonly Grant[]): void => {
  for (const { holder } of takenOver) {
    context.tell(`Overwriting expired lock for ${quoteName(holder)}`);
  }
};

/** What a grant holds, until when, and how it is given back. */
export const tellGrant = (context: Context, opening: string, grant: Grant): void => {
  const { palette } = context;
  const until = describeInstant(grant.expiresAt, context.clock.now());
  context.print(`${palette.good(opening)} ${quoteName(grant.holder)} until ${until}`);
  for (const { scope, mode } of grant.claims) {
    context.print(`  ${palette.strong(printable(scope))}${mode === 'write' ? '' : ` (${mode})`}`);
  }
  const release = `give it back: leasehold release --grant ${grant.id.slice(0, 8)}`;
  context.print(palette.faint(palette.runnable(release)));
};

const report = (
  context: Context,
  words: Words,
  { outcome, entered }: Changed<ClaimOutcome>,
): number => {
  const isJson = hasFlag(words, 'json');
  const now = context.clock.now();
  if (!outcome.granted) {
    if (isJson) printJson(context, { version: JSON_VERSION, ...toDenialJson(outcome, now) });
    else context.tell(renderDenial(outcome, now, context.errorPalette));
    return 1;
  }
  tellTakenOver(context, outcome.takenOver);
  if (!entered) return 0;
  if (isJson) {
    printJson(context, { version: JSON_VERSION, granted: true, grant: toRecord(entered) });
  } else tellGrant(context, outcome.renewed ? 'Renewed for' : 'Granted to', entered);
  return 0;
};

const run: Command['run'] = async (context, words) => {
  const workspace = openForWriting(context);
  const config = loadWorkspaceConfig(workspace);
  const claims = readClaims(workspace, words, config, 'claim');
  const actor = identify(workspace, textOption(words, 'as'), await workspace.store.read());
  const patience = readPatience(words, CLAIM_TIMEOUT);
  const request = createRequest(workspace, words, { actor, config, claims, patience });
  const changed = await changeOrWait(workspace, decideClaim(request), request.ticket);
  return 'stopped' in changed ? changed.stopped : report(context, words, changed);
};

export const command: Command = {
  usage: 'leasehold claim SCOPE… [--read SCOPE] [--doc SCOPE] [--ttl 1h] [--task TEXT] [--wait]',
  about:
    'Claims paths, all or nothing. A SCOPE is a file, a directory, a glob (src/**/*.ts) or a regex ' +
    '(regex:^src/.*$), relative to where you stand; a path covers all below it, whether or not it ' +
    'exists yet. What another holder has claimed is denied, and says who holds it and until when; ' +
    'with --wait it stands in a queue, first come first served.',
  options: { ...GRANT_OPTIONS, ...WAIT_OPTIONS, ...AS_OPTION, ...JSON_OPTION },
  examples: [
    ['leasehold claim src/parser/ --task "Port the tokenizer"', 'a directory, for an hour'],
    ["leasehold claim 'src/**/*_test.go' Cargo.toml --ttl 2h", 'a glob and a file, both or none'],
    ['leasehold claim docs/ --read src/api.ts', 'write the docs while the API stays as it is'],
    ['leasehold claim src/lib.rs --wait --timeout 10m', 'as soon as it is free'],
  ],
  run,
};
