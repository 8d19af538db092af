import { VERSION } from '../kit/version.ts';

/** A file that a CI reads, by its path from the top. */
export type CiFile = { path: string; text: string };

export type CiHost = 'github' | 'gitlab';

/** What a project's CI files depend on. */
export type Project = {
  /** The branch that everything is merged into. */
  branch: string;
  /** The commit that this leasehold was released from; undefined where nobody knows. */
  commit: string | undefined;
  /** Its locks are issues of its host, which take a permission to be read, and are closed by a merge. */
  hasIssues: boolean;
};

/** Pinned by its hash, for a tag can be moved. */
const CHECKOUT = 'actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0';

const ACTION = 'leasehold/leasehold';

const actionOf = ({ commit }: Project): string =>
  commit === undefined ? `${ACTION}@v${VERSION}` : `${ACTION}@${commit} # v${VERSION}`;

const WORKFLOW = '.github/workflows/leasehold.yml';
const MERGE_WORKFLOW = '.github/workflows/leasehold-locks.yml';
const SETTINGS = '.github/settings.yml';

/** The names of the checks, as branch protection asks for them. */
const CHECKS = { exports: 'Export Structure Checks', locks: 'Locks and Owners' };

/** Any name that git allows, as YAML reads it: JSON's strings are YAML's too. */
const quote = (text: string): string => JSON.stringify(text);

const job = (check: keyof typeof CHECKS, project: Project): string => `\
  ${check}:
    name: ${CHECKS[check]}
    runs-on: ubuntu-latest
    timeout-minutes: 10
    steps:
      - uses: ${CHECKOUT}
        with:
          fetch-depth: 0
          persist-credentials: false
      - uses: ${actionOf(project)}
        with:
          check: ${check}
`;

/** The host reads a branch as a pattern; of its marks git allows two in a name. */
const quotePattern = (branch: string): string => quote(branch.replace(/[+!]/g, '\\$&'));

/** When the checks run: what a pull request says is checked too, and where it is to go may be edited. */
const PULL_TYPES = 'types: [opened, synchronize, reopened, edited]';
const READ_ISSUES = 'issues: read';

const toWorkflow = (project: Project): string => `\
# Judges what pull requests bring: locks, owners and what packages export. See docs/ci.md of leasehold.
# After an approval, run the check again: it reads the reviews anew.
name: leasehold
on:
  pull_request:
    ${PULL_TYPES}
  merge_group:
  push:
    branches: [${quotePattern(project.branch)}]
permissions:
  contents: read
${project.hasIssues ? `  ${READ_ISSUES}\n` : ''}  pull-requests: read
concurrency:
  group: leasehold-\${{ github.event_name }}-\${{ github.ref }}
  cancel-in-progress: \${{ github.event_name == 'pull_request' }}
jobs:
${job('exports', project)}${job('locks', project)}`;

/** Nothing of the pull request is run: what is checked out is what it was merged into. */
const toMergeWorkflow = (): string => `\
# Closes the lock issues that a merged pull request ends. See docs/ci.md of leasehold.
name: leasehold locks
on:
  pull_request:
    types: [closed]
permissions:
  contents: read
  issues: write
  pull-requests: read
jobs:
  locks:
    name: Lock Issues
    if: github.event.pull_request.merged
    runs-on: ubuntu-latest
    timeout-minutes: 10
    steps:
      - uses: ${CHECKOUT}
        with:
          ref: \${{ github.event.pull_request.base.sha }}
          persist-credentials: false
      - run: cd / && npm install --prefix "$RUNNER_TEMP/leasehold" --no-audit --no-fund leasehold@${VERSION}
      - run: '"$RUNNER_TEMP/leasehold/node_modules/.bin/leasehold" ci --on-merge'
        env:
          GITHUB_TOKEN: \${{ github.token }}
`;

const toSettings = ({ branch }: Project): string => `\
# Read by the Settings app (https://github.com/repository-settings/app), which needs to be installed.
branches:
  - name: ${quote(branch)}
    protection:
      required_pull_request_reviews:
        required_approving_review_count: 1
        dismiss_stale_reviews: true
        require_code_owner_reviews: true
      required_status_checks:
        strict: true
        contexts:
          - ${CHECKS.exports}
          - ${CHECKS.locks}
      enforce_admins: true
      restrictions: null
`;

const PIPELINE = '.gitlab/leasehold.yml';

const toPipeline = (): string => `\
# Judges what merge requests bring: locks, owners and what packages export. See docs/ci.md of leasehold.
leasehold:
  stage: test
  image: node:20
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
  variables:
    GIT_DEPTH: "0"
  script:
    # Installed outside of the tree that is judged: nothing of that is run, and no .npmrc of it is read.
    - (cd / && npm install --global --no-audit --no-fund leasehold@${VERSION})
    - report=$(mktemp)
    - leasehold ci --format codequality > "$report" || code=$?
    - rm -rf gl-code-quality-report.json && cp "$report" gl-code-quality-report.json
    - exit "\${code:-0}"
  artifacts:
    when: always
    reports:
      codequality: gl-code-quality-report.json
`;

const INCLUDE = `\
include:
  - local: ${PIPELINE}
`;

/** The files that a host's CI is set up with; `settings` are those of branch protection, which only some want. */
export const listCiFiles = (
  host: CiHost,
  project: Project,
  { settings }: { settings: boolean },
): CiFile[] => {
  if (host === 'gitlab') {
    return [
      { path: PIPELINE, text: toPipeline() },
      { path: '.gitlab-ci.yml', text: INCLUDE },
    ];
  }
  return [
    { path: WORKFLOW, text: toWorkflow(project) },
    ...(project.hasIssues ? [{ path: MERGE_WORKFLOW, text: toMergeWorkflow() }] : []),
    ...(settings ? [{ path: SETTINGS, text: toSettings(project) }] : []),
  ];
};

/** What a workflow of the project's own lacks, in words that end "add to it". */
const listLacking = (ours: string, text: string): string[] => [
  ...(/\bedited\b/.test(text) ? [] : [`on.pull_request.${PULL_TYPES}`]),
  ...(!ours.includes(READ_ISSUES) || /\bissues: *(?:read|write)\b/.test(text)
    ? []
    : [`permissions.${READ_ISSUES}`]),
];

/** What is left to do by hand where a file is there already. */
export const explainKept = (file: CiFile, text: string): string | undefined => {
  const { path } = file;
  if (path === WORKFLOW) {
    const lacking = listLacking(file.text, text);
    return lacking.length === 0 ? undefined : `add to it: ${lacking.join('; ')}`;
  }
  if (path === '.gitlab-ci.yml') {
    return text.includes(PIPELINE) ? undefined : `add to it: include: [{ local: ${PIPELINE} }]`;
  }
  if (path !== SETTINGS) return undefined;
  const missing = Object.values(CHECKS).filter((name) => !text.includes(name));
  return missing.length === 0
    ? undefined
    : `require these checks in it: ${missing.map(quote).join(', ')}`;
};
