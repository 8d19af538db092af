import { afterEach, expect } from 'vitest';
import { createIssueCalls } from '../../src/locks/issue-calls.ts';
import { createLocalSide } from '../../src/locks/issue-local-store.ts';
import { createIssueStore } from '../../src/locks/issue-store.ts';
import { readLog } from '../../src/locks/log-store.ts';
import { type GithubServer, startGithubServer } from '../github-server.ts';
import { createFakeClock } from '../kit/fake-clock.ts';
import { createMemoryFiles } from '../kit/memory-files.ts';
import { RULE } from './build.ts';
import { createPlainHost } from './plain-host.ts';
import { CLONE, createIds } from './store.ts';
import { describeStore, type StorePlace } from './store-contract.ts';

const TOKEN = 'token-of-ann';
const servers: GithubServer[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    await server.close();
    expect(server.violations).toEqual([]);
  }
});

/** One clone with any number of handles on the issues of a repository. */
const createPlace = async (): Promise<StorePlace> => {
  const clock = createFakeClock();
  const server = await startGithubServer(clock.now);
  servers.push(server);
  server.people = { tokens: { [TOKEN]: 'ann' }, permissions: { ann: 'write' } };
  const files = createMemoryFiles(clock);
  const { pause } = clock;
  // Whoever waits lets the others come to an end first: no test depends on how long a request takes.
  clock.pause = async (length) => {
    await server.settled();
    await pause(length);
  };
  const context = {
    files,
    clock,
    uniqueName: createIds('u'),
    clone: CLONE,
    knowsEmail: () => false,
  };
  const open = () => {
    const calls = createIssueCalls(
      createPlainHost(server.url, TOKEN),
      { repository: 'acme/app', label: 'lock' },
      clock,
    );
    const local = createLocalSide(context);
    return createIssueStore({ calls, clock, random: () => 0.5, rule: RULE, label: 'lock', local });
  };
  return { clock, open, renewalsKeepTheirToken: true, log: () => readLog(files, CLONE.places) };
};

describeStore('the store of lock issues', createPlace);
