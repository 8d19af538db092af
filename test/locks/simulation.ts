import { basename, dirname } from 'node:path';
import type { Clock } from '../../src/kit/clock.ts';
import type { FileContent, Files } from '../../src/kit/files.ts';
import type * as Locks from '../../src/locks/index.ts';
import { NOW } from '../kit/fake-clock.ts';
import type { Report } from './properties.ts';
import { CLONE, PLACES } from './store.ts';

/** The locks under exploration: the project's own, or a copy that was weakened on purpose. */
export type Engine = Pick<
  typeof Locks,
  | 'createFileStore'
  | 'decideClaim'
  | 'decideExtend'
  | 'decideForce'
  | 'decideRelease'
  | 'decideRenew'
>;

/** What one process does, start to end, and what it tells its user then. */
export type Script = (engine: Engine, store: Locks.Store, files: Files) => Promise<Report>;

/** One process of a scenario. */
export type Actor = {
  name: string;
  run: Script;
  /** The id of the grant that it is out to end, wholly or in part. */
  ends?: string;
  /** It only reads, and what it tells of is what it saw. */
  reads?: boolean;
};

/** One call that other processes can see the effect of, or that sees theirs. `publish` makes a draft appear. */
export type Operation = {
  name: 'list' | 'read' | 'create' | 'publish' | 'rename' | 'remove' | 'touch' | 'now' | 'sleep';
  path: string;
  text: string;
};

/** A file at one instant. Two that are alike are one object, and one number. */
export type Stored = {
  number: number;
  path: string;
  text: string;
  content: FileContent & { kind: 'read' };
};

/** The records that have been in `locks/`, in any order, and the ids of grants that had one and had none later. */
export type Past = { entered: readonly Stored[]; ended: readonly string[] };

/** All files at one instant, and what of the past the properties ask for. Two that are alike are one object. */
export type World = { number: number; files: readonly Stored[]; now: number; past: Past };

type Done = { world: World; result: unknown };

const GONE: FileContent = { kind: 'gone' };

/** `<holder>.<grant id>.<rev>.lock` → the grant's id. */
const idOf = ({ path }: Stored): string => basename(path).split('.')[1] ?? '';

const isDraft = (path: string): boolean => path.endsWith('.tmp');

/** Keeps one object of a kind for each key. */
export const createPool = <T>() => {
  const known = new Map<string, T>();
  return (key: string, make: (number: number) => T): T => {
    const found = known.get(key);
    if (found !== undefined) return found;
    const made = make(known.size);
    known.set(key, made);
    return made;
  };
};

const numbersOf = (files: readonly Stored[]): string => files.map(({ number }) => number).join();

const inOrder = (files: readonly Stored[]): readonly Stored[] =>
  [...files].sort((a, b) => a.number - b.number);

/** All worlds of one exploration. */
export const createWorlds = () => {
  const poolStored = createPool<Stored>();
  const poolWorld = createPool<World>();
  const poolNames = createPool<readonly string[]>();

  const store = (path: string, text: string, modifiedAt: number): Stored =>
    poolStored(`${path} ${modifiedAt} ${text}`, (number) => ({
      number,
      path,
      text,
      content: { kind: 'read', text, modifiedAt },
    }));

  const intern = (files: readonly Stored[], now: number, past: Past): World =>
    poolWorld(
      `${now}|${numbersOf(files)}|${numbersOf(past.entered)}|${past.ended.join()}`,
      (number) => ({ number, files, now, past }),
    );

  /** `files` without what was at `without`, and with `added`. */
  const replace = (world: World, without: string, added: Stored | undefined): World => {
    const left = world.files.filter(({ path }) => path !== without && path !== added?.path);
    const files = inOrder(added ? [...left, added] : left);
    const { past } = world;
    const isEntry = added !== undefined && dirname(added.path) === PLACES.locks;
    const entered =
      isEntry && !past.entered.includes(added) ? inOrder([...past.entered, added]) : past.entered;
    const held = new Set(files.filter(({ path }) => dirname(path) === PLACES.locks).map(idOf));
    const gone = [...new Set(entered.map(idOf))].filter((id) => !held.has(id));
    const ended = [...new Set([...past.ended, ...gone])].sort();
    return intern(files, world.now, { entered, ended });
  };

  const list = (world: World, directory: string): readonly string[] => {
    const inside = world.files.filter(({ path }) => dirname(path) === directory);
    const names = inside.map(({ path }) => basename(path)).sort();
    return poolNames(names.join('/'), () => names);
  };

  /** Carries one call out: the world after it, and what the caller sees. */
  const perform = (world: World, { name, path, text }: Operation): Done => {
    const found = world.files.find((file) => file.path === path);
    const fresh = (): World => replace(world, path, store(path, text, world.now));
    switch (name) {
      case 'now':
        return { world, result: world.now };
      case 'sleep':
        return { world, result: undefined };
      case 'list':
        return { world, result: list(world, path) };
      case 'read':
        return { world, result: found?.content ?? GONE };
      case 'create':
        return found ? { world, result: false } : { world: fresh(), result: true };
      case 'publish':
        return { world: fresh(), result: true };
      case 'touch':
        if (!found) return { world, result: false };
        return { world: replace(world, path, store(path, found.text, world.now)), result: true };
      case 'remove':
        if (!found) return { world, result: false };
        return { world: replace(world, path, undefined), result: true };
      case 'rename': {
        if (!found) return { world, result: false };
        const moved = store(text, found.text, found.content.modifiedAt);
        return { world: replace(world, path, moved), result: true };
      }
    }
  };

  const firstToken = store(`${PLACES.tokens}/1`, '', NOW);
  return {
    first: intern([firstToken], NOW, { entered: [], ended: [] }),
    perform,
    /** The same files, so much later. */
    later: ({ files, now, past }: World, by: number): World => intern(files, now + by, past),
    /** The same files, with nothing that came before. */
    afresh: ({ files, now }: World): World => {
      const records = files.filter(({ path }) => dirname(path) === PLACES.locks);
      return intern(files, now, { entered: records, ended: [] });
    },
  };
};

export type Worlds = ReturnType<typeof createWorlds>;

const describeResult = (result: unknown): string => {
  const { kind, text } = (result ?? {}) as { kind?: string; text?: string };
  if (kind === undefined) return JSON.stringify(result) ?? '';
  const json = text?.startsWith('{') ? (JSON.parse(text) as { id?: string; rev?: number }) : {};
  return json.id === undefined ? kind : `${json.id}, revision ${json.rev}`;
};

/** A call and its result, in one line. */
export const describeCall = (worlds: Worlds, world: World, operation: Operation): string => {
  const shorten = (path: string): string => path.replace('/state/', '');
  const { name, path, text } = operation;
  const to = name === 'rename' ? ` to ${shorten(text)}` : '';
  const { result } = worlds.perform(world, operation);
  return `${name} ${shorten(path)}${to} → ${describeResult(result)}`;
};

export type Call = (name: Operation['name'], path?: string, text?: string) => unknown;

/**
 * Files whose calls go through `call`. What no other process can see happens at once: a draft, the log
 * (which is read only where all tokens are lost), the queue and the mail (which no scenario uses).
 */
export const createFiles = (call: Call): Files => {
  const drafts = new Map<string, string>();
  return {
    list: (path) => {
      if (path === PLACES.queue || path === PLACES.asks) return [];
      return [...(call('list', path) as readonly string[])];
    },
    read: (path) => call('read', path) as FileContent,
    readBytes: () => undefined,
    create: (path, text) => {
      if (!isDraft(path)) return call('create', path, text) as boolean;
      drafts.set(path, text);
      return true;
    },
    rename: (from, to) => {
      const draft = drafts.get(from);
      drafts.delete(from);
      const isPublished = draft !== undefined;
      return (isPublished ? call('publish', to, draft) : call('rename', from, to)) as boolean;
    },
    remove: (path) => drafts.delete(path) || (call('remove', path) as boolean),
    append: () => 0,
    touch: (path) => call('touch', path) as boolean,
    makeDirectory: () => undefined,
  };
};

/** `onTurn` is told when the script turns to the store for a change. */
type Ports = { files: Files; clock: Clock; onTurn?: () => void };

/** Runs a script over these ports. */
export const runScript = (
  engine: Engine,
  { name, run }: Pick<Actor, 'name' | 'run'>,
  { files, clock, onTurn = () => undefined }: Ports,
): Promise<Report> => {
  let names = 0;
  const uniqueName = (): string => `${name}-${++names}`;
  const inner = engine.createFileStore({ files, clock, random: () => 0.5, uniqueName }, CLONE);
  const store: Locks.Store = {
    ...inner,
    change: (decide) => {
      onTurn();
      return inner.change(decide);
    },
  };
  return run(engine, store, files);
};

/** Runs a script by itself, from start to end. */
export const runAlone = async (
  engine: Engine,
  worlds: Worlds,
  first: World,
  actor: Pick<Actor, 'name' | 'run'>,
): Promise<{ world: World; report: Report }> => {
  let world = first;
  const call: Call = (name, path = '', text = '') => {
    const done = worlds.perform(world, { name, path, text });
    world = done.world;
    return done.result;
  };
  const clock: Clock = {
    now: () => world.now,
    steady: () => clock.now(),
    sleep: (milliseconds) => {
      world = worlds.later(world, milliseconds);
    },
    pause: async (milliseconds) => clock.sleep(milliseconds),
  };
  const report = await runScript(engine, actor, { files: createFiles(call), clock });
  return { world, report };
};
