import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isOutOfReach, loadReach, mayTouchExports } from '../exports/index.ts';
import {
  BYPASS_VARIABLE,
  concludeVerdict,
  detectAmend,
  exitCodeOf,
  findPolicyFor,
  type HookInput,
  type Judgement,
  judge,
  listPlaces,
  listTrailers,
  POLICY_PATHS,
  parseHookInput,
} from '../guard/index.ts';
import { findGitArguments } from '../kit/ancestry.ts';
import { systemReader } from '../kit/files.ts';
import { CONFIG_FILE } from '../kit/paths.ts';
import { isExecutable } from '../kit/places.ts';
import { prepareFor } from './compiler-store.ts';
import type * as guardReport from './guard-report.ts';
import { readScene } from './guard-scene.ts';
import { writeStamp } from './message-store.ts';
import { cacheDirectory } from './places.ts';

/**
 * The hook's own entry: the same engine over what git was asked before node was up. It judges the plain
 * case, and hands everything else (an amend, a policy that is not cached, a change to the policy itself,
 * whatever goes wrong) to the command, which asks again from the start.
 */
const judgeQuickly = (
  commonDir: string,
  parentPid: number,
  gitDir: string,
): Judgement | undefined => {
  // What a person wants let through is on record, and that is the command's to write.
  if (process.env[BYPASS_VARIABLE] !== undefined) return undefined;
  const answers = readFileSync(0);
  prepareFor(answers.length);
  const input = parseHookInput(answers);
  if (!input || touchesPolicy(input)) return undefined;
  const paths = input.changes.map(({ path }) => path);
  const policy = findPolicyFor(systemReader, cacheDirectory(commonDir), input.trusted, paths);
  if (!policy || !isPlainCommit(parentPid)) return undefined;
  if (policy.mode !== 'off' && mayChangeExports(input, gitDir)) return undefined;
  const stage = { commonDir, gitDir, env: process.env, email: input.email };
  const scene = readScene(stage, listPlaces(input.changes));
  if (!scene) return undefined;
  const { ledger, actor } = scene;
  const prefix = process.env.GIT_PREFIX ?? '';
  const { changes } = input;
  const findings = judge({ changes, actor, ledger, policy, proposedProblems: [], prefix });
  const verdict = concludeVerdict(findings);
  // What others hold may have been released since it was read: the command looks once more before it refuses.
  if (verdict !== 'pass' && scene.settings.store !== 'file') return undefined;
  return {
    verdict,
    mode: policy.mode,
    actor,
    findings,
    changes,
    canSplit: true,
    failure: undefined,
    notJudged: [],
    trailers: listTrailers({ actor, ledger }, changes),
    bypass: policy.bypass,
  };
};

const touchesPolicy = ({ changes }: HookInput): boolean =>
  changes.some((change) => POLICY_PATHS.includes(change.path));

/** Whether the export audit, which is the command's, may have something else to say than it had the last time. */
const mayChangeExports = ({ changes, trusted, drift }: HookInput, gitDir: string): boolean => {
  const config = trusted.get(CONFIG_FILE);
  if (config === undefined) return false;
  const reach = loadReach(systemReader, gitDir);
  const isTouched = changes.some(({ path }) => mayTouchExports(path) || reach?.has(path));
  if (!isTouched) return false;
  const listDrift = (from: string) => (drift?.from === from ? drift.changes : undefined);
  return reach?.config !== config || !isOutOfReach(reach, changes, listDrift);
};

const isPlainCommit = (parentPid: number): boolean =>
  detectAmend({
    gitArguments: findGitArguments(parentPid),
    // Without arguments that tell, HEAD's author date would be needed: that is the command's to ask.
    authorDate: undefined,
    headAuthorDate: undefined,
  }) === 'plain';

/** Where the running bundle lies. */
const bundle = dirname(process.argv[1] ?? '');

const handOver = (): number => {
  const command = join(bundle, 'leasehold.cjs');
  const child = spawnSync(process.execPath, [command, 'hook', 'pre-commit'], { stdio: 'inherit' });
  return child.status ?? 2;
};

/** The words are a bundle of their own, which most commits never load; the verdict does not hang on it. */
const report = (judgement: Judgement): number => {
  const code = exitCodeOf(judgement.verdict);
  // Where nothing is written there is nothing to wait for: node would tidy up, and put its heap away.
  if (judgement.findings.length === 0) process.exit(code);
  const { renderReport }: typeof guardReport = require('./guard-report.cjs');
  const { env, stderr: stream } = process;
  // Hooks run at the top of the worktree.
  const text = renderReport(judgement, { stream, env, isExecutable, top: process.cwd(), bundle });
  stream.write(`${text}\n`);
  return code;
};

const main = (): number => {
  const [commonDir = '', parentPid = '', gitDir = ''] = process.argv.slice(2);
  try {
    const judgement = judgeQuickly(commonDir, Number(parentPid), gitDir);
    if (!judgement) return handOver();
    const { verdict, trailers } = judgement;
    if (verdict === 'pass') {
      writeStamp(gitDir, { state: 'checked', process: Number(parentPid), trailers });
    }
    return report(judgement);
  } catch {
    // Whatever it was, the command meets it too, and says it in full.
    return handOver();
  }
};

process.exitCode = main();
