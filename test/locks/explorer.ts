import { type Course, type Courses, createCourses } from './courses.ts';
import {
  findEndFault,
  findReportFault,
  findStepFault,
  listHeld,
  listPresent,
  type Witness,
} from './properties.ts';
import {
  type Actor,
  createWorlds,
  describeCall,
  type Engine,
  runAlone,
  type Script,
  type World,
  type Worlds,
} from './simulation.ts';

/** What an exploration is of; `prepare` runs alone, before the others start. */
export type Scenario = {
  prepare?: Script;
  actors: readonly Actor[];
  /** How often the clock may jump, at any instant, and how far, in milliseconds. */
  jumps?: number;
  jump?: number;
  /** How many processes may die, each after any of its calls. */
  crashes?: number;
  /** A process that is to back off for so many times ends instead; the others have to get on without it. */
  attempts?: number;
  /** How often the scheduler may leave a process that could go on; undefined for as often as it likes. */
  preemptions?: number;
  /** Runs alone at every end, when all that could stand in its way has run out; it must be granted. */
  last: Script;
};

export type Exploration = {
  states: number;
  steps: number;
  /** Ways to the end that were told apart. */
  ends: number;
  violations: string[];
  /** How the violation comes about, one call a line. */
  trace: string[];
  /** False where the budget of states ran out first. */
  complete: boolean;
};

type Process = {
  actor: Actor;
  course: Course;
  state: 'runs' | 'died' | 'ended';
  /** What has been held at some time since it began. */
  meanwhile: readonly string[];
  /** What has been there ever since it began, where it reads. */
  watched: readonly string[];
  key: string;
};

/** One state. */
type Node = {
  world: World;
  processes: readonly Process[];
  crashes: number;
  jumps: number;
  /** Who made the last call, and how often the scheduler may still leave somebody who could go on. */
  last: number;
  preemptions: number;
  before: Node | undefined;
  /** What has led here: a call of this process, its death, or a jump of the clock. */
  by: { kind: 'call' | 'death' | 'jump'; index: number };
};

type Context = {
  engine: Engine;
  scenario: Scenario;
  worlds: Worlds;
  courses: readonly Courses[];
  start: World;
};

/** Later than all that a process leaves behind can last. */
const PAST_EVERYTHING = 6 * 3_600_000;

const isBounded = ({ preemptions }: Scenario): boolean => preemptions !== undefined;

/** Of a process that has ended, only what it told counts; of one that died, nothing but that. */
const withKey = (process: Omit<Process, 'key'>): Process => {
  const { course, state, meanwhile, watched } = process;
  const keys = {
    died: 'died',
    ended: JSON.stringify(course.report),
    runs: `${course.number} ${meanwhile.join()} ${watched.join()}`,
  };
  return { ...process, key: keys[state] };
};

const keyOf = (scenario: Scenario, node: Node): string => {
  const { world, processes, crashes, jumps, last, preemptions } = node;
  const schedule = isBounded(scenario) ? `${last},${preemptions}` : '';
  const keys = processes.map(({ key }) => key).join('|');
  return `${world.number}|${crashes}|${jumps}|${schedule}|${keys}`;
};

const replaceAt = <T>(list: readonly T[], index: number, value: T): T[] =>
  list.map((item, at) => (at === index ? value : item));

const witnessesOf = ({ processes }: Node): Witness[] =>
  processes.map(({ actor, state, course }) => ({
    actor,
    died: state === 'died',
    report: state === 'ended' ? course.report : undefined,
  }));

const describeNode = ({ scenario, worlds }: Context, { before, by, processes }: Node): string => {
  const process = processes[by.index];
  if (by.kind === 'jump' || !process) return `the clock jumps by ${scenario.jump} ms`;
  if (by.kind === 'death') return `${process.actor.name}: dies`;
  const operation = before?.processes[by.index]?.course.next;
  const call = before && operation ? describeCall(worlds, before.world, operation) : '';
  const told = process.course.report ? `; tells ${JSON.stringify(process.course.report)}` : '';
  return `${process.actor.name}: ${call}${told}`;
};

const describeTrace = (context: Context, node: Node): string[] => {
  const lines: string[] = [];
  for (let at = node; at.before; at = at.before) lines.unshift(describeNode(context, at));
  return lines;
};

/** What each process that has begun has had before it, after one more instant. */
const watchOn = (processes: readonly Process[], world: World): Process[] => {
  const present = new Set(listPresent(world));
  const held = listHeld(world);
  return processes.map((process) => {
    if (process.state !== 'runs' || process.course.depth === 0) return process;
    const watched = process.watched.filter((one) => present.has(one));
    const fresh = held.filter((one) => !process.meanwhile.includes(one));
    if (watched.length === process.watched.length && fresh.length === 0) return process;
    return withKey({ ...process, watched, meanwhile: [...process.meanwhile, ...fresh].sort() });
  });
};

/** What a process has before it when it makes its first call. */
const begin = (world: World, process: Process): Process => {
  if (process.course.depth > 0) return process;
  const watched = process.actor.reads ? listPresent(world) : [];
  return { ...process, meanwhile: listHeld(world), watched };
};

/** What is left of the scheduler's freedom when it turns to this process; one that sleeps is left freely. */
const countPreemptions = ({ last, processes, preemptions }: Node, index: number): number => {
  const running = processes[last];
  const isFree =
    last === index || running?.state !== 'runs' || running.course.next?.name === 'sleep';
  return isFree ? preemptions : preemptions - 1;
};

/** The course after a call's result, and after the sleeps that follow: time passes anywhere anyway. */
const advance = async (
  { scenario, courses }: Context,
  index: number,
  course: Course,
  result: unknown,
): Promise<Course> => {
  const own = courses[index] as Courses;
  let next = own.find(course, result) ?? (await own.extend(course, result));
  while (!isBounded(scenario) && next.next?.name === 'sleep') {
    next = own.find(next, undefined) ?? (await own.extend(next, undefined));
  }
  return next;
};

const callNext = async (context: Context, node: Node, index: number): Promise<Node | undefined> => {
  const process = node.processes[index];
  const operation = process?.course.next;
  const preemptions = countPreemptions(node, index);
  if (process?.state !== 'runs' || !operation || preemptions < 0) return undefined;
  const { world, result } = context.worlds.perform(node.world, operation);
  const course = await advance(context, index, process.course, result);
  const state = course.report ? 'ended' : 'runs';
  const moved = withKey({ ...begin(node.world, process), course, state });
  return {
    ...node,
    world,
    processes: watchOn(replaceAt(node.processes, index, moved), world),
    last: index,
    preemptions: isBounded(context.scenario) ? preemptions : node.preemptions,
    before: node,
    by: { kind: 'call', index },
  };
};

const crashNext = (node: Node, index: number): Node | undefined => {
  const process = node.processes[index];
  const canDie = process?.state === 'runs' && process.course.depth > 0;
  if (!canDie || node.crashes === 0) return undefined;
  return {
    ...node,
    processes: replaceAt(node.processes, index, withKey({ ...process, state: 'died' })),
    crashes: node.crashes - 1,
    before: node,
    by: { kind: 'death', index },
  };
};

/** After the last jump the clock stands still, and a look at it is no step any more. */
const stopClock = (context: Context, processes: readonly Process[], now: number) =>
  Promise.all(
    processes.map(async (process, index) => {
      if (process.state !== 'runs') return process;
      const course = await (context.courses[index] as Courses).stop(process.course, now);
      return withKey({ ...process, course, state: course.report ? 'ended' : 'runs' });
    }),
  );

const jumpNext = async (context: Context, node: Node): Promise<Node | undefined> => {
  if (node.jumps === 0) return undefined;
  const world = context.worlds.later(node.world, context.scenario.jump ?? 0);
  const watching = watchOn(node.processes, world);
  const jumps = node.jumps - 1;
  const processes = jumps > 0 ? watching : await stopClock(context, watching, world.now);
  return { ...node, world, processes, jumps, before: node, by: { kind: 'jump', index: -1 } };
};

const listNext = async (context: Context, node: Node): Promise<Node[]> => {
  const next: (Node | undefined)[] = [];
  for (const index of node.processes.keys()) {
    next.push(await callNext(context, node, index), crashNext(node, index));
  }
  next.push(await jumpNext(context, node));
  return next.filter((one) => one !== undefined);
};

/** What must be so after a step, and what those who have ended by it must not tell. */
const findFault = (before: Node, node: Node): string | undefined => {
  const witnesses = witnessesOf(node);
  const fault = findStepFault(before.world, node.world, witnesses);
  if (fault) return fault;
  for (const [index, process] of node.processes.entries()) {
    const { report } = process.course;
    if (!report || before.processes[index]?.course.report) continue;
    const told = findReportFault(node.world, process, report);
    if (told) return told;
  }
  return undefined;
};

type Violation = { fault: string; node: Node };

const findViolation = (before: Node, next: readonly Node[]): Violation | undefined => {
  for (const node of next) {
    const fault = findFault(before, node);
    if (fault) return { fault, node };
  }
  return undefined;
};

/**
 * What must be so when all have ended; and nothing that they leave behind may keep others out for longer
 * than its time.
 */
const createEndCheck = ({ engine, scenario, worlds, start }: Context) => {
  const known = new Map<World, string>();
  return async (node: Node): Promise<Violation | undefined> => {
    const late = worlds.afresh(worlds.later(node.world, PAST_EVERYTHING));
    const alone = { name: 'last', run: scenario.last };
    const told = known.get(late) ?? (await runAlone(engine, worlds, late, alone)).report.told;
    known.set(late, told);
    const barred = told === 'granted' ? undefined : `when all is over, a claim is ${told}`;
    const fault = findEndFault(start, node.world, witnessesOf(node)) ?? barred;
    return fault ? { fault, node } : undefined;
  };
};

const createContext = async (engine: Engine, scenario: Scenario): Promise<Context> => {
  const worlds = createWorlds();
  const { prepare, actors, attempts = 2 } = scenario;
  const first = { name: 'first', run: prepare };
  const prepared = first.run
    ? (await runAlone(engine, worlds, worlds.first, { ...first, run: first.run })).world
    : worlds.first;
  return {
    engine,
    scenario,
    worlds,
    courses: actors.map((actor) => createCourses(engine, actor, attempts)),
    start: worlds.afresh(prepared),
  };
};

const createStart = async ({ scenario, courses, start }: Context): Promise<Node> => {
  const jumps = scenario.jumps ?? 0;
  const now = jumps === 0 ? start.now : undefined;
  const processes = await Promise.all(
    scenario.actors.map(async (actor, index) => {
      const course = await (courses[index] as Courses).start(now);
      return withKey({ actor, course, state: 'runs', meanwhile: [], watched: [] });
    }),
  );
  return {
    world: start,
    processes,
    crashes: scenario.crashes ?? 0,
    jumps,
    last: -1,
    preemptions: scenario.preemptions ?? Number.POSITIVE_INFINITY,
    before: undefined,
    by: { kind: 'call', index: -1 },
  };
};

/**
 * Goes through every order in which the calls of the actors can happen, with crashes and clock jumps
 * anywhere, one file-system call at a time. Two ways that lead to the same files and the same
 * histories are one state, so each is gone through once. It stops at the first violation.
 */
export const explore = async (
  engine: Engine,
  scenario: Scenario,
  budget: number,
): Promise<Exploration> => {
  const context = await createContext(engine, scenario);
  const findViolationOfEnd = createEndCheck(context);
  const counts = { states: 0, steps: 0, ends: 0 };
  const seen = new Set<string>();
  const open = [await createStart(context)];
  const isNew = (node: Node): boolean => {
    const before = seen.size;
    return seen.add(keyOf(scenario, node)).size > before;
  };
  const finish = (violation?: Violation): Exploration => ({
    ...counts,
    violations: violation ? [violation.fault] : [],
    trace: violation ? describeTrace(context, violation.node) : [],
    complete: open.length === 0,
  });

  for (let node = open.pop(); node; node = open.pop()) {
    counts.states += 1;
    const isEnd = node.processes.every(({ state }) => state !== 'runs');
    const next = isEnd ? [] : await listNext(context, node);
    counts.ends += isEnd ? 1 : 0;
    counts.steps += next.filter(({ by }) => by.kind === 'call').length;
    const violation = isEnd ? await findViolationOfEnd(node) : findViolation(node, next);
    if (violation) return finish(violation);
    open.push(...next.filter(isNew));
    if (counts.states >= budget) return finish();
  }
  return finish();
};
