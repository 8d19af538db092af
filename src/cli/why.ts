import {
  type Actor,
  concludeVerdict,
  exitCodeOf,
  type Finding,
  judge,
  listActorOwners,
  type Policy,
} from '../guard/index.ts';
import { describeInstant } from '../kit/clock.ts';
import { Undecided } from '../kit/errors.ts';
import { CONFIG_FILE, comparePath } from '../kit/paths.ts';
import { printable, quoteName } from '../kit/quote.ts';
import {
  type Claim,
  isExpired,
  type Ledger,
  type StoredGrant,
  scopeCovers,
} from '../locks/index.ts';
import { createAskingMatcher } from '../owners/index.ts';
import { describeActor, JSON_VERSION, toActorJson } from '../report/index.ts';
import {
  AS_OPTION,
  type Command,
  type Context,
  hasFlag,
  JSON_OPTION,
  printJson,
  textOption,
} from './command.ts';
import { identify, loadHeadPolicy, openWorkspace, parseTypedPath } from './workspace.ts';

type Cover = { grant: StoredGrant; claim: Claim };

const listCovers = (ledger: Ledger, path: string): Cover[] => {
  const key = comparePath(path, ledger.rule);
  return ledger.grants.flatMap((grant) =>
    grant.claims
      .filter((claim) => scopeCovers(claim.compiled, key))
      .map((claim) => ({ grant, claim })),
  );
};

type Account = {
  path: string;
  actor: Actor;
  policy: Policy;
  covers: readonly Cover[];
  findings: readonly Finding[];
  now: number;
};

const renderCover = ({ grant, claim }: Cover, now: number): string => {
  const state = isExpired(grant, now) ? 'expired' : 'until';
  return `record    ${printable(grant.file)}: ${quoteName(grant.holder)}, ${claim.mode} on ${printable(claim.scope)}, ${state} ${describeInstant(grant.expiresAt, now)}`;
};

const renderOwners = ({ policy, path }: Account): string => {
  if (!policy.owners) return 'owners    HEAD has no CODEOWNERS';
  const { state, owners, rule } = createAskingMatcher(policy.owners).find(path);
  if (!rule) return `owners    no rule of ${policy.owners.path} covers it`;
  const who = state === 'owned' ? owners.map(printable).join(' ') : 'nobody';
  return `owners    ${who} (${policy.owners.path}:${rule.line} ${printable(rule.pattern)})`;
};

const renderAccount = (account: Account, { palette }: Context): string[] => {
  const { path, actor, policy, covers, findings, now } = account;
  const stands = listActorOwners(actor, policy);
  const config = policy.configured
    ? `${CONFIG_FILE} of HEAD, guard.mode ${policy.mode}`
    : `HEAD has no ${CONFIG_FILE}: defaults`;
  return [
    palette.strong(printable(path)),
    `identity  ${describeActor(actor)}${stands.length > 0 ? `, stands for ${stands.map(printable).join(' ')}` : ''}`,
    `config    ${config}`,
    ...(covers.length > 0
      ? covers.map((cover) => renderCover(cover, now))
      : ['record    no lock covers it']),
    renderOwners(account),
    ...(findings.length > 0
      ? findings.map(
          ({ severity, rule, message }) => `verdict   ${severity} ${rule}: ${printable(message)}`,
        )
      : [`verdict   ${palette.good('nothing stands against a change')}`]),
  ];
};

const run: Command['run'] = async (context, words) => {
  const [typed, ...more] = words.positionals;
  if (typed === undefined || more.length > 0) {
    throw new Undecided('usage', 'why takes one PATH', 'leasehold why PATH');
  }
  const workspace = openWorkspace(context);
  const path = parseTypedPath(workspace, typed);
  const ledger = await workspace.store.read();
  const actor = identify(workspace, textOption(words, 'as'), ledger);
  const policy = loadHeadPolicy(workspace);
  const changes = [{ path, kind: 'modified' as const, blob: undefined }];
  const { prefix } = workspace.repository;
  const findings = judge({ changes, actor, ledger, policy, proposedProblems: [], prefix });
  const verdict = concludeVerdict(findings);
  const covers = listCovers(ledger, path);
  const account = { path, actor, policy, covers, findings, now: ledger.now };
  if (hasFlag(words, 'json')) {
    printJson(context, {
      version: JSON_VERSION,
      path,
      verdict,
      actor: toActorJson(actor),
      records: covers.map(({ grant, claim }) => ({
        file: grant.file,
        holder: grant.holder,
        scope: claim.scope,
        mode: claim.mode,
        expired: isExpired(grant, ledger.now),
      })),
      findings,
    });
  } else for (const line of renderAccount(account, context)) context.print(line);
  return exitCodeOf(verdict);
};

export const command: Command = {
  usage: 'leasehold why PATH',
  about:
    'Which record, rule, config line and identity give the verdict on a change of PATH, made now by you.',
  options: {
    ...AS_OPTION,
    ...JSON_OPTION,
  },
  examples: [['leasehold why src/lib.rs', 'why was I refused there?']],
  run,
};
