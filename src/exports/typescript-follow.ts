import type { Binding, Unresolved } from './model.ts';
import {
  bindModule,
  bindOwn,
  bindServed,
  bindStarred,
  bindUnknown,
} from './typescript-bindings.ts';
import {
  createStarred,
  groupPending,
  type Handout,
  openTarget,
  type StarEdge,
  type Starred,
  type TsNode,
} from './typescript-graph.ts';
import type { TsExport, TsStar } from './typescript-model.ts';
import type { Target } from './typescript-resolver.ts';

/** A re-export that leads nowhere. */
export type TsLoose = Unresolved & { path: string };

/** Names of one name in one module; nobody has so many. */
const MAX_NAMESAKES = 32;

/** More names than packages have that export so many: what lies behind is not known. */
const LEAST_NAMES = 25_000;
const NAMES_AN_EXPORT = 6;

type Following = {
  resolve: (from: string, specifier: string) => Target;
  open: (path: string) => TsNode | undefined;
  /** These are asked for next; undefined where nobody need know. */
  ahead: ((paths: readonly string[]) => void) | undefined;
};

const isVisible = ({ isShadowed }: Binding): boolean => !isShadowed;

/** Of two names of one module: the same item by the same statement. */
const isSame = (a: Binding, b: Binding): boolean =>
  a.origin === b.origin &&
  a.namespace === b.namespace &&
  a.isMissing === b.isMissing &&
  a.statement.line === b.statement.line &&
  a.statement.column === b.statement.column;

type Found = { node: TsNode; binding: Binding };

/** Follows names through a graph of modules: a worklist, so that cycles end and no path is long. */
export const createFollower = ({ resolve, open, ahead }: Following) => {
  const handouts: Handout[] = [];
  const loose: TsLoose[] = [];
  const fresh: Found[] = [];
  const asks: { node: TsNode; name: string | undefined }[] = [];
  const starTargets = new Map<TsNode, ReadonlySet<TsNode | undefined>>();
  let count = 0;
  let maxNames = LEAST_NAMES;
  let isExhausted = false;

  const tell = (node: TsNode, item: Pick<TsExport, 'name' | 'span'>, reason: string): void => {
    const { name, span } = item;
    const { path } = node;
    loose.push({ path, statement: { path, ...span }, module: path, name, reason });
  };

  const isFull = (node: TsNode, name: string): boolean =>
    (node.names.get(name)?.length ?? 0) >= MAX_NAMESAKES;

  const add = (node: TsNode, binding: Binding): void => {
    const { name } = binding;
    const namesakes = node.names.get(name);
    if (isFull(node, name) || namesakes?.some((each) => isSame(each, binding))) return;
    isExhausted ||= count >= maxNames;
    if (isExhausted) return;
    count += 1;
    if (namesakes) namesakes.push(binding);
    else node.names.set(name, [binding]);
    if (!binding.isShadowed) fresh.push({ node, binding });
  };

  const serve = (handout: Handout, found: Binding): void => {
    handout.isServed = true;
    add(handout.node, bindServed(handout, found));
  };

  const pass = (edge: StarEdge, found: Binding): void => {
    if (found.name === 'default' || found.name === 'export=') return;
    // A module may have many stars of one file: what nobody keeps is not made.
    if (isFull(edge.from, found.name)) return;
    const isShadowed = edge.from.exports.has(found.name);
    add(edge.from, bindStarred(edge, found, isShadowed));
  };

  const openSpecifier = (
    node: TsNode,
    specifier: string,
  ): { target: Target; to: TsNode | undefined } => {
    const target = resolve(node.path, specifier);
    const to = target.kind === 'file' ? open(target.path) : undefined;
    if (to) node.opened.add(to);
    return { target, to };
  };

  const ask = (node: TsNode, name: string | undefined): void => {
    if (!node.isAskedWhole && (name === undefined || !node.asked.has(name))) {
      asks.push({ node, name });
    }
  };

  /** Each of the modules that stars hand on, however often they do. */
  const askStarred = (node: TsNode, name: string | undefined): void => {
    const targets = starTargets.get(node) ?? new Set(startStars(node).map(({ to }) => to));
    starTargets.set(node, targets);
    for (const to of targets) if (to) ask(to, name);
  };

  const wait = (handout: Handout, to: TsNode, imported: string): void => {
    const waiting = to.waiting.get(imported) ?? [];
    if (waiting.push(handout) === 1) to.waiting.set(imported, waiting);
    for (const found of (to.names.get(imported) ?? []).filter(isVisible)) serve(handout, found);
    ask(to, imported);
  };

  const startName = (handout: Handout, specifier: string, imported: string): void => {
    const { target, to } = openSpecifier(handout.node, specifier);
    handout.to = to;
    if (to) {
      wait(handout, to, imported);
      return;
    }
    handout.isServed = true;
    const isMissing = target.kind === 'missing';
    if (isMissing) tell(handout.node, handout.item, target.reason);
    add(handout.node, bindUnknown(handout, `${specifier}::${imported}`, isMissing));
  };

  const startModule = (handout: Handout, specifier: string): void => {
    const { target, to } = openSpecifier(handout.node, specifier);
    handout.to = to;
    handout.isServed = true;
    if (target.kind === 'missing') {
      tell(handout.node, handout.item, target.reason);
      add(handout.node, bindUnknown(handout, `${specifier}::*`, true));
      return;
    }
    for (const binding of bindModule(handout, specifier)) add(handout.node, binding);
  };

  const startItem = (node: TsNode, item: TsExport): void => {
    const { source } = item;
    const handout: Handout = { node, item, to: undefined, isServed: false };
    if (source.from === 'name') {
      handouts.push(handout);
      startName(handout, source.specifier, source.imported);
    } else if (source.from === 'all') startModule(handout, source.specifier);
    else {
      if (source.isGone) tell(node, item, `there is no ${source.local} in this file`);
      for (const binding of bindOwn(node, item)) add(node, binding);
    }
  };

  const readAhead = (node: TsNode, specifiers: () => readonly string[]): void => {
    if (!ahead) return;
    const targets = specifiers().map((specifier) => resolve(node.path, specifier));
    ahead(targets.flatMap((target) => (target.kind === 'file' ? [target.path] : [])));
  };

  const startStar = (node: TsNode, star: TsStar): StarEdge => {
    const { target, to } = openSpecifier(node, star.specifier);
    const opening = openTarget(target);
    if (opening) node.openings.push(opening);
    if (target.kind === 'missing') {
      tell(node, { name: star.specifier, span: star.span }, target.reason);
    }
    const edge = { star, from: node, to };
    to?.starred.push(edge);
    const names = [...(to?.names.values() ?? [])].flat();
    for (const found of names.filter(isVisible)) pass(edge, found);
    return edge;
  };

  const startStars = (node: TsNode): StarEdge[] => {
    if (node.stars) return node.stars;
    node.stars = [];
    readAhead(node, () => node.file.stars.map(({ specifier }) => specifier));
    node.stars = node.file.stars.map((star) => startStar(node, star));
    return node.stars;
  };

  const startNamed = (node: TsNode, name: string): boolean => {
    const items = node.exports.get(name);
    if (!items) return false;
    if (!node.asked.has(name)) for (const item of items) startItem(node, item);
    node.asked.add(name);
    return true;
  };

  const startWhole = (node: TsNode): void => {
    if (node.isAskedWhole) return;
    maxNames += NAMES_AN_EXPORT * node.file.exports.length;
    node.isAskedWhole = true;
    readAhead(node, () =>
      node.file.exports.flatMap(({ source }) => (source.from === 'name' ? [source.specifier] : [])),
    );
    for (const name of node.exports.keys()) startNamed(node, name);
    askStarred(node, undefined);
  };

  const startAsk = (node: TsNode, name: string | undefined): void => {
    if (name === undefined) {
      startWhole(node);
      return;
    }
    if (startNamed(node, name) || node.isAskedWhole || node.asked.has(name)) return;
    node.asked.add(name);
    if (name === 'default') return;
    askStarred(node, name);
  };

  const spread = (node: TsNode, binding: Binding): void => {
    for (const edge of [...node.starred]) pass(edge, binding);
    for (const handout of [...(node.waiting.get(binding.name) ?? [])]) serve(handout, binding);
  };

  /** Both lists grow while they are gone through. */
  const drain = (): void => {
    while (asks.length > 0 || fresh.length > 0) {
      for (const { node, name } of asks) startAsk(node, name);
      asks.length = 0;
      for (const { node, binding } of fresh) spread(node, binding);
      fresh.length = 0;
    }
  };

  /** Whether the module that should give a name, or one that its stars reach, waits for that name itself. */
  const waitsFor = (
    { node, to, item }: Handout,
    pending: ReadonlyMap<string, ReadonlySet<TsNode>>,
    starred: Starred,
  ): boolean => {
    if (!to || item.source.from !== 'name') return false;
    const waiting = pending.get(item.source.imported);
    if (!waiting) return false;
    const givers = starred(to);
    // A module may take names of itself, but no name waits for itself.
    const isOther = (each: TsNode): boolean =>
      each !== node || (item.source.from === 'name' && item.source.imported !== item.name);
    for (const each of waiting) if (isOther(each) && givers.has(each)) return true;
    return false;
  };

  const settleOne = (handout: Handout, starred: Starred): void => {
    const { to, item, node } = handout;
    if (!to || item.source.from !== 'name') return;
    const { imported } = item.source;
    const isOpen = [...starred(to)].some(({ openings }) =>
      openings.some(({ mayYield }) => mayYield(imported)),
    );
    handout.isServed = true;
    if (!isOpen) tell(node, item, `there is no ${imported} in ${to.path}`);
    add(node, bindUnknown(handout, `${to.path}::${imported}`, !isOpen));
  };

  /** Names that nobody gives: those that others wait for come first, so that each loss is told once. */
  const settle = (): void => {
    drain();
    for (;;) {
      const open = handouts.filter(({ isServed }) => !isServed);
      // Whoever has stopped following knows of nothing that it is missing.
      if (open.length === 0 || isExhausted) break;
      const pending = groupPending(open);
      const starred = createStarred();
      const ready = open.filter((handout) => !waitsFor(handout, pending, starred));
      for (const handout of ready.length > 0 ? ready : open) settleOne(handout, starred);
      drain();
    }
    handouts.length = 0;
  };

  return {
    ask,
    /** Follows all that was asked for, to its end. */
    follow: (): { loose: readonly TsLoose[]; isExhausted: boolean } => {
      settle();
      return { loose, isExhausted };
    },
  };
};

export type Follower = ReturnType<typeof createFollower>;
