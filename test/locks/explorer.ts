import { createHash } from 'node:crypto';
import { basename, dirname } from 'node:path';
import type { Clock } from '../../src/kit/clock.ts';
import type { FileContent, Files } from '../../src/kit/files.ts';
import type * as Locks from '../../src/locks/index.ts';
import { NOW } from '../kit/fake-clock.ts';
import { CLONE, PLACES } from './store.ts';

/** The locks under exploration: the project's own, or a copy that was weakened on purpose. */
export type Engine = Pick<
  typeof Locks,
  'createFileStore' | 'decideClaim' | 'decideRenew' | 'decideRelease' | 'compileClaim'
>;

/** What one process does, start to end. Its outcome is what it would tell its user. */
export type Script = (engine: Engine, store: Locks.Store) => Promise<unknown>;

/** One process of a scenario. */
export type Actor = { name: string; run: Script };

/** What an exploration is of; `prepare` runs alone, before the others start. */
export type Scenario = {
  prepare?: Script;
  actors: readonly Actor[];
  /** How often the clock may jump, at any instant, and how far, in milliseconds. */
  jumps: number;
  jump: number;
  /** How many processes may die, each after any of its calls. */
  crashes: number;
  /** A process that has backed off this often ends; the others have to get on without it. */
  attempts: number;
  /** How often the scheduler may leave a process that could go on; undefined for as often as it likes. */
  preemptions?: number;
};

export type Exploration = {
  states: number;
  steps: number;
  /** Ways to the end that were told apart. */
  ends: number;
  violations: string[];
  /** False where the budget of states ran out first. */
  complete: boolean;
};

type Stored = { text: string; modifiedAt: number };
type World = { files: ReadonlyMap<string, Stored>; now: number };
type Operation = { name: keyof Files | 'now' | 'sleep'; path: string; text: string };
type Process = { history: readonly unknown[]; digest: string; state: 'runs' | 'died' | 'ended' };

/** Ends a replay where its process has come to a call that has not happened yet. */
class Parked extends Error {
  readonly operation: Operation;
  constructor(operation: Operation) {
    super('parked');
    this.operation = operation;
  }
}

class Starved extends Error {}

const set = (world: World, path: string, stored: Stored | undefined): World => {
  const files = new Map(world.files);
  if (stored) files.set(path, stored);
  else files.delete(path);
  return { ...world, files };
};

const isDraft = (path: string): boolean => path.endsWith('.tmp');

/**
 * Calls that no other process can see or influence: its own draft, the log (which is read only where all
 * tokens are lost, and `prepareWorld` leaves one), the queue and the mail (which no scenario uses), and the
 * time while the clock can jump no more. They happen at once, so that no order of them is gone through twice.
 */
const isPrivate = ({ name, path }: Operation, jumps: number): boolean =>
  (name === 'create' && isDraft(path)) ||
  name === 'append' ||
  (name === 'list' && (path === PLACES.queue || path === PLACES.asks)) ||
  (name === 'now' && jumps === 0);

/** Carries one call out: the world after it, and what the caller sees. */
// biome-ignore lint/complexity/noExcessiveCognitiveComplexity: one line a call
const perform = (world: World, { name, path, text }: Operation): [World, unknown] => {
  const found = world.files.get(path);
  const fresh = (content: string): Stored => ({ text: content, modifiedAt: world.now });
  if (name === 'now') return [world, world.now];
  if (name === 'list') {
    const names = [...world.files.keys()].filter((file) => dirname(file) === path);
    // A draft is listed and passed over by its name: leaving it out tells no two worlds apart that differ.
    return [
      world,
      names
        .map((file) => basename(file))
        .filter((file) => !isDraft(file))
        .sort(),
    ];
  }
  if (name === 'read') {
    const content: FileContent = found ? { kind: 'read', ...found } : { kind: 'gone' };
    return [world, content];
  }
  if (name === 'create') return found ? [world, false] : [set(world, path, fresh(text)), true];
  if (name === 'touch' && found) return [set(world, path, fresh(found.text)), true];
  if (name === 'append') return [set(world, path, fresh((found?.text ?? '') + text)), 0];
  if (name === 'remove') return [set(world, path, undefined), found !== undefined];
  if (name === 'rename') {
    if (!found) return [world, false];
    return [set(set(world, path, undefined), text, found), true];
  }
  return [world, false];
};

/** The ports of one process, over what has happened to it so far. */
const createPorts = (history: readonly unknown[], attempts: number) => {
  let at = 0;
  let sleeps = 0;
  let parked: Parked | undefined;
  const call = (name: Operation['name'], path = '', text = ''): never => {
    // Whatever a process does while it unwinds from being parked has not happened.
    if (parked) throw parked;
    if (at < history.length) return history[at++] as never;
    parked = new Parked({ name, path, text });
    throw parked;
  };
  const files: Files = {
    list: (path) => call('list', path),
    read: (path) => call('read', path),
    create: (path, text) => call('create', path, text),
    rename: (from, to) => call('rename', from, to),
    remove: (path) => call('remove', path),
    append: (path, text) => call('append', path, text),
    touch: (path) => call('touch', path),
    makeDirectory: () => undefined,
  };
  const clock: Clock = {
    now: () => call('now'),
    sleep: () => {
      sleeps += 1;
      if (sleeps >= attempts) throw new Starved();
      call('sleep');
    },
    pause: async () => clock.sleep(0),
  };
  return { files, clock };
};

type Replay = { next: Operation } | { outcome: unknown };

/** Runs a process over its history, to the call that it makes next or to its end. */
const replay = async (
  engine: Engine,
  actor: Actor,
  history: readonly unknown[],
  attempts: number,
): Promise<Replay> => {
  let names = 0;
  const store = engine.createFileStore(
    {
      ...createPorts(history, attempts),
      random: () => 0.5,
      uniqueName: () => `${actor.name}-${++names}`,
    },
    CLONE,
  );
  try {
    return { outcome: await actor.run(engine, store) };
  } catch (error) {
    if (error instanceof Parked) return { next: error.operation };
    if (error instanceof Starved) return { outcome: 'starved' };
    throw error;
  }
};

type LockFile = { agent: string; id: string; rev: number; token: number; expires_at: string };

const listRecords = (world: World): LockFile[] =>
  [...world.files]
    .filter(([path]) => dirname(path) === PLACES.locks)
    .map(([, { text }]) => JSON.parse(text));

const listActive = (world: World): LockFile[] =>
  listRecords(world).filter((record) => Date.parse(record.expires_at) > world.now);

/** All scopes of a scenario overlap, so two holders that are active at once are the violation itself. */
const findTwoHolders = (world: World): string | undefined => {
  const holders = new Set(listActive(world).map(({ agent }) => agent));
  return holders.size > 1 ? `two holders at once: ${[...holders].sort().join(', ')}` : undefined;
};

/** What a process told its user must be so at that instant. */
const findFalseReport = (world: World, { name }: Actor, outcome: unknown): string | undefined => {
  const told = outcome as { told?: string; id?: string; token?: number } | undefined;
  const held = listRecords(world).filter(({ id }) => id === told?.id);
  if (told?.told === 'released' && held.length > 0) return `${name} released a grant that is there`;
  return undefined;
};

type Node = {
  world: World;
  processes: readonly Process[];
  crashes: number;
  jumps: number;
  last: number;
  preemptions: number;
};

const digest = (before: string, value: unknown): string =>
  createHash('sha1')
    .update(before)
    .update(JSON.stringify(value) ?? '-')
    .digest('base64');

const keyOf = (
  { world, processes, crashes, jumps, last, preemptions }: Node,
  isBounded: boolean,
): string =>
  digest(processes.map((process) => process.digest + process.state).join(), [
    [...world.files].filter(([path]) => path !== PLACES.log).sort(),
    world.now,
    crashes,
    jumps,
    isBounded ? [last, preemptions] : 0,
  ]);

const replaceAt = <T>(list: readonly T[], index: number, value: T): T[] =>
  list.map((item, at) => (at === index ? value : item));

/** What is left of the scheduler's freedom when it turns to this process. */
const countPreemptions = ({ last, processes, preemptions }: Node, index: number): number => {
  const isPreemption = last !== -1 && last !== index && processes[last]?.state === 'runs';
  return isPreemption ? preemptions - 1 : preemptions;
};

type Moved = { process: Process; world: World; worlds: World[]; outcome: unknown };

/** Carries out the call that a process is at, and with it the private ones that follow. */
const runToNextCall = async (
  engine: Engine,
  scenario: Scenario,
  actor: Actor,
  process: Process,
  node: Node,
): Promise<Moved> => {
  const worlds: World[] = [];
  let { world } = node;
  let { history, digest: trace } = process;
  for (;;) {
    const step = await replay(engine, actor, history, scenario.attempts);
    const isFirst = worlds.length === 0;
    if ('outcome' in step && isFirst) {
      const ended: Process = { history, state: 'ended', digest: digest(trace, step.outcome) };
      return { process: ended, world, worlds, outcome: step.outcome };
    }
    if ('outcome' in step || (!isFirst && !isPrivate(step.next, node.jumps))) {
      return {
        process: { history, state: 'runs', digest: trace },
        world,
        worlds,
        outcome: undefined,
      };
    }
    const [after, result] = perform(world, step.next);
    world = after;
    worlds.push(world);
    history = [...history, result];
    trace = digest(trace, result);
  }
};

/** Runs `prepare` by itself, and returns the world that it leaves. */
const prepareWorld = async (engine: Engine, scenario: Scenario): Promise<World> => {
  const firstToken: Stored = { text: '', modifiedAt: NOW };
  let world: World = { files: new Map([[`${PLACES.tokens}/1`, firstToken]]), now: NOW };
  if (!scenario.prepare) return world;
  const actor: Actor = { name: 'first', run: scenario.prepare };
  const history: unknown[] = [];
  for (;;) {
    const step = await replay(engine, actor, history, scenario.attempts);
    if ('outcome' in step) return world;
    const [after, result] = perform(world, step.next);
    world = after;
    history.push(result);
  }
};

/**
 * Goes through every order in which the calls of the actors can happen, with crashes and clock jumps
 * anywhere, one file-system call at a time. Two ways that lead to the same files and the same
 * histories are one state, so each is gone through once.
 */
export const explore = async (
  engine: Engine,
  scenario: Scenario,
  budget: number,
): Promise<Exploration> => {
  const found: Exploration = { states: 0, steps: 0, ends: 0, violations: [], complete: true };
  const isBounded = scenario.preemptions !== undefined;
  const start: Node = {
    world: await prepareWorld(engine, scenario),
    processes: scenario.actors.map(({ name }) => ({ history: [], digest: name, state: 'runs' })),
    crashes: scenario.crashes,
    jumps: scenario.jumps,
    last: -1,
    preemptions: scenario.preemptions ?? 0,
  };
  const seen = new Set<string>();
  const open: Node[] = [start];
  const report = (violation: string | undefined): void => {
    if (violation && !found.violations.includes(violation)) found.violations.push(violation);
  };
  const push = (node: Node): void => {
    const key = keyOf(node, isBounded);
    if (seen.has(key)) return;
    seen.add(key);
    open.push(node);
  };

  const runOne = async (node: Node, index: number): Promise<void> => {
    const process = node.processes[index];
    const actor = scenario.actors[index];
    const preemptions = countPreemptions(node, index);
    if (process?.state !== 'runs' || !actor || (isBounded && preemptions < 0)) return;
    found.steps += 1;
    const moved = await runToNextCall(engine, scenario, actor, process, node);
    for (const world of moved.worlds) report(findTwoHolders(world));
    if (moved.process.state === 'ended') {
      report(findFalseReport(moved.world, actor, moved.outcome));
    }
    push({
      ...node,
      world: moved.world,
      processes: replaceAt(node.processes, index, moved.process),
      last: index,
      preemptions,
    });
  };

  const crashOne = (node: Node, index: number): void => {
    const process = node.processes[index];
    if (process?.state !== 'runs' || node.crashes === 0 || process.history.length === 0) return;
    const died: Process = { ...process, state: 'died' };
    push({ ...node, processes: replaceAt(node.processes, index, died), crashes: node.crashes - 1 });
  };

  while (open.length > 0) {
    const node = open.pop();
    // One violation is all that anybody needs to see.
    if (!node || found.states >= budget || found.violations.length > 0) {
      found.complete = false;
      break;
    }
    found.states += 1;
    if (node.processes.every(({ state }) => state !== 'runs')) {
      found.ends += 1;
      continue;
    }
    for (const index of node.processes.keys()) {
      await runOne(node, index);
      crashOne(node, index);
    }
    if (node.jumps > 0) {
      const world = { ...node.world, now: node.world.now + scenario.jump };
      push({ ...node, world, jumps: node.jumps - 1 });
    }
  }
  return found;
};
