import { basename, dirname } from 'node:path';
import type { Clock } from '../../src/kit/clock.ts';
import type { Report } from './properties.ts';
import {
  type Actor,
  type Call,
  createFiles,
  createPool,
  type Engine,
  type Operation,
  runScript,
} from './simulation.ts';
import { PLACES } from './store.ts';

/** Ends a replay where its process has come to a call that has not happened yet. */
class Parked extends Error {
  readonly operation: Operation;
  constructor(operation: Operation) {
    super('parked');
    this.operation = operation;
  }
}

class Starved extends Error {}

/** From so many results on the clock stands still, at this time. */
type Stand = { from: number; now: number };

/**
 * What has happened to one process so far, as the results of its calls, and what it does next. Code that
 * blocks cannot be stopped, so each course is found by running the script again over its results, once.
 */
export type Course = {
  number: number;
  depth: number;
  next: Operation | undefined;
  report: Report | undefined;
};

/** `turn`: how many results it had when it last turned to the store for a change. */
type Step = { next: Operation | undefined; report: Report | undefined; turn: number };

type Link = Course & {
  turn: number;
  before: Link | undefined;
  result: unknown;
  stand: Stand | undefined;
  after: Map<unknown, Link>;
};

const historyOf = (course: Link): unknown[] => {
  const history: unknown[] = [];
  for (let at = course; at.before; at = at.before) {
    if (at.depth > at.before.depth) history[at.depth - 1] = at.result;
  }
  return history;
};

/** Where the store reads each file once, for none changes under its name. */
const REMEMBERED: readonly string[] = [PLACES.locks, PLACES.ended];

/** What the store knows after these results: the files that it has read and that were there when it last looked. */
const listKnown = (course: Link): string[] => {
  const links: Link[] = [];
  for (let at: Link | undefined = course; at; at = at.before) links.unshift(at);
  let known = new Map<string, string>();
  for (const { before, result, depth } of links) {
    const call = before && before.depth < depth ? before.next : undefined;
    if (call?.name === 'list' && REMEMBERED.includes(call.path)) {
      const names = new Set(result as readonly string[]);
      const isThere = (path: string) => dirname(path) !== call.path || names.has(basename(path));
      known = new Map([...known].filter(([path]) => isThere(path)));
    }
    const { text } = (result ?? {}) as { text?: string };
    const isKept = call?.name === 'read' && REMEMBERED.includes(dirname(call.path));
    if (isKept && text !== undefined) known.set(call.path, text);
  }
  return [...known].flat();
};

/**
 * Whoever backs off starts its change again from the beginning: of what it has seen since, only the
 * files that it knows are left (and whether it has announced anything). Two that agree in that go on alike.
 */
const keyOfPause = (course: Link): string => {
  let sleeps = 0;
  let published = 0;
  let from = course;
  for (let at = course; at.before; at = at.before) {
    const call = at.before.depth < at.depth ? at.before.next : undefined;
    if (call?.name === 'sleep') sleeps += 1;
    if (call?.name === 'publish') published += 1;
    if (at.before.depth >= course.turn) from = at.before;
  }
  return JSON.stringify([
    from.depth,
    from.number,
    sleeps,
    published,
    course.stand?.now,
    listKnown(course),
  ]);
};

/** All courses of one actor. */
export const createCourses = (engine: Engine, actor: Actor, attempts: number) => {
  let count = 0;
  const poolPauses = createPool<Link>();

  /** Runs the script over these results, to the call that it makes next or to its end. */
  const replay = async (history: readonly unknown[], stand: Stand | undefined): Promise<Step> => {
    let at = 0;
    let sleeps = 0;
    let turn = 0;
    let parked: Parked | undefined;
    const call: Call = (name, path = '', text = '') => {
      // Whatever a process does while it unwinds from being parked has not happened.
      if (parked) throw parked;
      if (at < history.length) return history[at++];
      parked = new Parked({ name, path, text });
      throw parked;
    };
    const clock: Clock = {
      now: () => (stand && at >= stand.from && !parked ? stand.now : (call('now') as number)),
      steady: () => 0,
      sleep: () => {
        sleeps += 1;
        if (sleeps >= attempts) throw new Starved();
        call('sleep');
      },
      pause: async () => clock.sleep(0),
    };
    try {
      const onTurn = () => {
        turn = at;
      };
      const report = await runScript(engine, actor, { files: createFiles(call), clock, onTurn });
      return { next: undefined, report, turn };
    } catch (error) {
      if (error instanceof Parked) return { next: error.operation, report: undefined, turn };
      if (error instanceof Starved) return { next: undefined, report: { told: 'starved' }, turn };
      throw error;
    }
  };

  const link = (fields: Omit<Link, 'number' | 'after'>): Link => {
    count += 1;
    return { ...fields, number: count, after: new Map() };
  };

  const extend = async (before: Link, result: unknown): Promise<Link> => {
    const { stand } = before;
    const history = [...historyOf(before), result];
    const step = await replay(history, stand);
    const fresh = link({ ...step, depth: before.depth + 1, before, result, stand });
    const next = step.next?.name === 'sleep' ? poolPauses(keyOfPause(fresh), () => fresh) : fresh;
    before.after.set(result, next);
    return next;
  };

  /** Two that differ in nothing but when the clock stopped, and have not looked at it since, are one. */
  const stop = async (course: Link, now: number): Promise<Link> => {
    const key = `stands at ${now}`;
    const known = course.after.get(key);
    if (known) return known;
    const { before, result, depth } = course;
    const isBlind = before && before.depth < depth && before.next?.name !== 'now';
    const earlier = isBlind ? await stop(before, now) : undefined;
    const stand = earlier?.stand ?? { from: depth, now };
    const isLooking = course.next?.name === 'now';
    const history = earlier ? [...historyOf(earlier), result] : historyOf(course);
    const step = isLooking ? await replay(history, stand) : course;
    const { next, report, turn } = step;
    const stopped =
      earlier?.after.get(result) ??
      link({
        next,
        report,
        turn,
        depth: earlier ? earlier.depth + 1 : depth,
        before: earlier ?? course,
        result,
        stand,
      });
    earlier?.after.set(result, stopped);
    course.after.set(key, stopped);
    return stopped;
  };

  return {
    /** The course of a process that has done nothing yet; with `now` its clock stands still. */
    start: async (now: number | undefined): Promise<Course> => {
      const stand = now === undefined ? undefined : { from: 0, now };
      const step = await replay([], stand);
      return link({ ...step, depth: 0, before: undefined, result: undefined, stand });
    },
    /** The course after one more result; at once, where it is known. */
    find: (course: Course, result: unknown): Course | undefined =>
      (course as Link).after.get(result),
    extend: (course: Course, result: unknown): Promise<Course> => extend(course as Link, result),
    /** The same course, with a clock that stands still from here on. */
    stop: (course: Course, now: number): Promise<Course> => stop(course as Link, now),
  };
};

export type Courses = ReturnType<typeof createCourses>;
