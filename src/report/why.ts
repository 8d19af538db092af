import type { Actor, Finding, Verdict } from '../guard/index.ts';
import { describeInstant, formatInstant } from '../kit/clock.ts';
import { CONFIG_FILE } from '../kit/paths.ts';
import { printable, quoteForeign, quoteName, shellQuote } from '../kit/quote.ts';
import type { Grant, Mode } from '../locks/index.ts';
import type { Ownership } from '../owners/index.ts';
import { JSON_VERSION, toActorJson } from './json.ts';
import type { Palette } from './palette.ts';
import { describeActor, renderNext } from './text.ts';
import { quoteScope } from './wording.ts';

/** A place of HEAD's config, such as `guard.rules["lock/held"]`, what stands there, and its line. */
export type Setting = { key: string; value: string; line: number };

/** A lock file, or the note of a grant that ended, with the scope of it that covers the path. */
export type CoveringRecord = {
  file: string;
  grant: Grant;
  scope: string;
  mode: Mode;
  /** As what the scope covers the path: a glob may also be the name that it spells. */
  matched: 'literal' | 'glob' | 'regex';
  state: 'active' | 'expired' | 'ended';
};

/** What a finding weighs: by the config, or by default; and what has changed that here. */
export type Weight = { setting: Setting | undefined; because: string | undefined };

/** All that a verdict about one path was made from. */
export type Account = {
  path: string;
  verdict: Verdict;
  now: number;
  actor: Actor;
  /** The owners that the actor stands for, and the settings that say so. */
  standsFor: { owners: readonly string[]; settings: readonly Setting[] };
  records: readonly CoveringRecord[];
  /** Of a directory: what is held below it, the first few, and how many there are. */
  below: { first: readonly CoveringRecord[]; count: number };
  /** Undefined where HEAD has no CODEOWNERS. */
  owners: (Ownership & { file: string }) | undefined;
  config: {
    isThere: boolean;
    mode: string;
    modeSetting: Setting | undefined;
    /** `guard.requireLock` and `guard.exempt`, as far as they cover the path. */
    settings: readonly Setting[];
  };
  findings: readonly (Finding & { weight: Weight })[];
  /** What rules would have said that the config has turned off. */
  silenced: readonly { rule: string; message: string; setting: Setting }[];
  /** Why no rule was asked; undefined where they were. */
  unasked: string | undefined;
  next: string | undefined;
};

const showSetting = ({ key, line }: Setting): string => `${printable(key)}, ${CONFIG_FILE}:${line}`;

const MARGIN = ' '.repeat(10);

/** A label before the first of its lines, and the others under it. */
const labelled = (label: string, lines: readonly string[]): string[] =>
  lines.map((line, at) => `${at === 0 ? label.padEnd(10) : MARGIN}${line}`);

const renderIdentity = ({ actor, standsFor }: Account): string[] => {
  const owners = standsFor.owners.map(printable).join(' ');
  return labelled('identity', [
    `${describeActor(actor)}${owners === '' ? '' : `, stands for ${owners}`}`,
    ...standsFor.settings.map((setting) => `  by ${showSetting(setting)}`),
  ]);
};

const showFence = ({ token, rev }: Grant): string =>
  token === undefined ? 'written by hand, no token' : `token ${token}, revision ${rev}`;

const renderRecord = (record: CoveringRecord, now: number, label = 'record'): string[] => {
  const { file, grant, scope, mode, matched, state } = record;
  const end = describeInstant(grant.expiresAt, now);
  const until = { active: 'until', expired: 'expired', ended: 'ended; it was to last until' }[
    state
  ];
  const task = grant.about.task === undefined ? '' : `, task ${quoteForeign(grant.about.task)}`;
  return labelled(label, [
    `${shellQuote(file)} (${showFence(grant)})`,
    `  ${quoteName(grant.holder)}, ${mode} on ${quoteScope(scope)} (matched as ${matched}), ${until} ${end}${task}`,
  ]);
};

const renderRecords = ({ records, below, now }: Account): string[] => {
  const rest = below.count - below.first.length;
  const covering = records.flatMap((record) => renderRecord(record, now));
  return [
    ...(records.length > 0 ? covering : labelled('record', ['no lock covers it'])),
    ...below.first.flatMap((record) => renderRecord(record, now, 'below')),
    ...(rest > 0 ? labelled('below', [`and ${rest} more: leasehold status`]) : []),
  ];
};

const showOwners = ({ owners }: Account): string => {
  if (!owners) return 'HEAD has no CODEOWNERS';
  if (owners.state === 'unmatched') return `no rule of ${owners.file} covers it`;
  const who = owners.owners.length > 0 ? owners.owners.map(printable).join(' ') : 'nobody';
  const rules = owners.decisions.map(
    ({ rule }) => `${owners.file}:${rule.line} ${quoteScope(rule.pattern)}`,
  );
  return `${who}, by ${rules.join(', ')}`;
};

const showConfig = ({ config }: Account): string[] => {
  if (!config.isThere) return [`HEAD has no ${CONFIG_FILE}: defaults`];
  const { mode, modeSetting } = config;
  return [
    `${CONFIG_FILE} of HEAD, guard.mode ${mode} by ${modeSetting ? `${CONFIG_FILE}:${modeSetting.line}` : 'default'}`,
    ...config.settings.map((setting) => `  ${printable(setting.value)} by ${showSetting(setting)}`),
  ];
};

const showWeight = ({ severity, weight: { setting, because } }: Finding & { weight: Weight }) => {
  const by = setting ? `${setting.value} by ${showSetting(setting)}` : `${severity} by default`;
  return because === undefined ? by : `${by}; ${because}`;
};

const renderFinding = (
  finding: Account['findings'][number],
  { path, records, below }: Account,
): string[] => {
  const { severity, rule, message, grant } = finding;
  const record = [...records, ...below.first].find((one) => one.grant.id === grant);
  const about = finding.path === path ? '' : `${shellQuote(finding.path)}: `;
  return labelled('verdict', [
    `${severity} ${rule}: ${about}${printable(message)}`,
    `  ${record ? `by ${shellQuote(record.file)}; ` : ''}${showWeight(finding)}`,
  ]);
};

const renderVerdict = (account: Account, palette: Palette): string[] => {
  if (account.findings.length > 0) {
    return account.findings.flatMap((finding) => renderFinding(finding, account));
  }
  const quiet = palette.good('nothing stands against a change');
  const { unasked } = account;
  return labelled('verdict', [unasked === undefined ? quiet : `${quiet}: ${printable(unasked)}`]);
};

const OUTCOMES: Record<Verdict, string> = {
  pass: 'allowed',
  block: 'refused',
  undecided: 'could not decide',
};

/** Which record, rule, config line and identity give a verdict, for people. */
export const renderAccount = (account: Account, palette: Palette): string =>
  [
    `${palette.strong(printable(account.path))}: ${OUTCOMES[account.verdict]}`,
    ...renderIdentity(account),
    ...renderRecords(account),
    ...labelled('owners', [showOwners(account)]),
    ...labelled('config', showConfig(account)),
    ...renderVerdict(account, palette),
    ...account.silenced.flatMap(({ rule, message, setting }) =>
      labelled('silent', [
        `off ${rule}: ${printable(message)}`,
        `  off by ${showSetting(setting)}`,
      ]),
    ),
    ...(account.next === undefined ? [] : [renderNext(account.next, palette)]),
  ].join('\n');

const toRecordJson = ({ file, grant, scope, mode, matched, state }: CoveringRecord) => ({
  file,
  holder: grant.holder,
  grant: grant.id,
  token: grant.token ?? null,
  rev: grant.rev,
  scope,
  mode,
  matched,
  state,
  expired: state === 'expired',
  expires_at: formatInstant(grant.expiresAt),
  task_description: grant.about.task ?? null,
});

const toSettingJson = (setting: Setting | undefined) =>
  setting ? { file: CONFIG_FILE, ...setting } : null;

const toOwnersJson = (owners: Account['owners']) =>
  owners
    ? {
        state: owners.state,
        owners: owners.owners,
        file: owners.file,
        rules: owners.decisions.map(({ section, rule: { line, pattern } }) => ({
          line,
          pattern,
          section,
        })),
      }
    : null;

/** The same for `--json`. */
export const toAccountJson = (account: Account) => ({
  version: JSON_VERSION,
  path: account.path,
  verdict: account.verdict,
  actor: toActorJson(account.actor),
  stands_for: {
    owners: account.standsFor.owners,
    settings: account.standsFor.settings.map(toSettingJson),
  },
  records: account.records.map(toRecordJson),
  held_below: { count: account.below.count, first: account.below.first.map(toRecordJson) },
  owners: toOwnersJson(account.owners),
  config: {
    configured: account.config.isThere,
    mode: account.config.mode,
    mode_setting: toSettingJson(account.config.modeSetting),
    settings: account.config.settings.map(toSettingJson),
  },
  findings: account.findings.map(({ weight, ...finding }) => ({
    ...finding,
    weighed_by: toSettingJson(weight.setting),
    weighed_because: weight.because ?? null,
  })),
  silenced: account.silenced.map(({ setting, ...said }) => ({
    ...said,
    weighed_by: toSettingJson(setting),
  })),
  unasked: account.unasked ?? null,
});
