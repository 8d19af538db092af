import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Repo } from './make-repo.ts';

/** The directory of what the runner starts, as `action.yml` says. */
export const ACTION = resolve(import.meta.dirname, '../action');

/** What the host answers to a path of its API, without the query. */
export type Answer = { status?: number; body: unknown };
export type Api = { url: string; asked: string[] };

/** The host's API on this machine; `answer` is asked with the path, and with how often it was asked before. */
export const startApi = async (
  answer: (path: string, before: number, request: IncomingMessage) => Answer,
): Promise<Api> => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0] ?? '';
    const before = asked.filter((one) => one === path).length;
    asked.push(path);
    const { status = 200, body } = answer(path, before, request);
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
};

/** A clone as a workflow has it, of what is on the remote. */
export const cloneForWorkflow = (repo: Repo, remote: string, ...flags: string[]): string => {
  const cwd = join(repo.root, 'workspace');
  repo.git('clone', '--quiet', ...flags, `file://${remote}`, cwd);
  return cwd;
};

export type PullFields = { title?: string; branch?: string; from?: string | null; head?: string };

/** The payload of a pull request into main, as the host sends it. */
export const pullPayload = (repo: Repo, fields: PullFields = {}) => ({
  action: 'synchronize',
  pull_request: {
    number: 7,
    title: fields.title ?? 'a change',
    user: { login: 'ben' },
    head: {
      sha: fields.head ?? repo.git('rev-parse', 'topic'),
      ref: fields.branch ?? 'topic',
      repo: fields.from === null ? null : { full_name: fields.from ?? 'acme/app' },
    },
    base: { sha: repo.git('rev-parse', 'main'), ref: 'main', repo: { full_name: 'acme/app' } },
  },
});

export type Ran = {
  code: number;
  log: string;
  errors: string;
  summary: string;
  outputs: Record<string, string>;
  sarif: ReturnType<typeof JSON.parse>;
};

export type Run = {
  event?: string;
  inputs?: Record<string, string>;
  api?: Api;
  env?: Record<string, string>;
  /** Where the action lies, if not here. */
  action?: string;
};

const readOutputs = (text: string): Record<string, string> =>
  Object.fromEntries(
    text
      .split('\n')
      .filter(Boolean)
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );

/** Runs the action as the runner does: its `main`, the event in a file, files for what it says. */
export const runAction = async (
  repo: Repo,
  cwd: string,
  payload: unknown,
  { event = 'pull_request', inputs = {}, api, env = {}, action = ACTION }: Run = {},
): Promise<Ran> => {
  const temp = join(repo.root, 'runner');
  mkdirSync(temp, { recursive: true });
  const place = (name: string, text: string): string => {
    writeFileSync(join(temp, name), text);
    return join(temp, name);
  };
  const given = { check: 'all', ...(api ? { token: 'secret' } : {}), ...inputs };
  const child = spawn(process.execPath, [join(action, 'main.cjs')], {
    cwd,
    env: {
      PATH: process.env.PATH,
      HOME: join(repo.root, 'home'),
      CI: 'true',
      GIT_CONFIG_NOSYSTEM: '1',
      GITHUB_ACTIONS: 'true',
      GITHUB_WORKSPACE: cwd,
      GITHUB_REPOSITORY: 'acme/app',
      GITHUB_EVENT_NAME: event,
      GITHUB_EVENT_PATH: place('event.json', JSON.stringify(payload)),
      GITHUB_STEP_SUMMARY: place('summary.md', ''),
      GITHUB_OUTPUT: place('output', ''),
      RUNNER_TEMP: temp,
      ...(api ? { GITHUB_API_URL: api.url } : {}),
      ...Object.fromEntries(
        Object.entries(given).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]),
      ),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [log, errors] = ['', ''];
  child.stdout.on('data', (chunk) => {
    log += chunk;
  });
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  const code = await new Promise<number>((done, failed) => {
    child.on('error', failed);
    child.on('close', (ended) => done(ended ?? 128));
  });
  const outputs = readOutputs(readFileSync(join(temp, 'output'), 'utf8'));
  const { 'sarif-file': sarifFile = '' } = outputs;
  return {
    code,
    log,
    errors,
    outputs,
    summary: readFileSync(join(temp, 'summary.md'), 'utf8'),
    sarif: sarifFile === '' ? undefined : JSON.parse(readFileSync(sarifFile, 'utf8')),
  };
};
