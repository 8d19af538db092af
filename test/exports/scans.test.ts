import { hash } from 'node:crypto';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createBlobTexts, openCommit, openIndex, openWorkingTree } from '../../src/exports/load.ts';
import type { Tree } from '../../src/exports/model.ts';
import { openScans } from '../../src/exports/scan-store.ts';
import type { Scans } from '../../src/exports/scans.ts';
import { auditTrees, findAllEntries } from '../../src/exports/trees.ts';
import { systemFiles } from '../../src/kit/files.ts';
import { createGit } from '../../src/kit/git.ts';
import python from '../fixtures/exports/python.json' with { type: 'json' };
import rust from '../fixtures/exports/rust.json' with { type: 'json' };
import typescript from '../fixtures/exports/typescript.json' with { type: 'json' };
import { makeRepo } from '../make-repo.ts';
import { memoryTree } from './memory-tree.ts';

/** The state directory of a clone that uses leasehold, and what is kept in it. */
const makeState = () => {
  const root = mkdtempSync(join(tmpdir(), 'leasehold-test-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const state = join(root, 'leasehold');
  mkdirSync(join(state, 'locks'), { recursive: true });
  const directory = join(state, 'cache');
  const open = (): Scans => openScans(systemFiles, directory);
  const path = (): string => join(directory, readdirSync(directory)[0] ?? '');
  return { root, state, directory, open, path };
};

const keep = (scans: Scans, results: Record<string, unknown>): void => {
  for (const [key, result] of Object.entries(results)) scans.keep(key, result);
  scans.save();
};

describe('what scanners have said', () => {
  it('is there for the next process, and once only', () => {
    const { open, path } = makeState();
    keep(open(), { 'rust a': { items: ['é\n\t😀'] }, 'rust b': { items: [] } });
    const text = readFileSync(path(), 'utf8');
    const scans = open();
    expect(scans.has('rust a')).toBe(true);
    expect(scans.find('rust a')).toEqual({ items: ['é\n\t😀'] });
    expect(scans.find('rust c')).toBeUndefined();
    scans.save();
    expect(readFileSync(path(), 'utf8')).toBe(text);
  });

  it('is added to by whoever comes, at once or later', () => {
    const { open } = makeState();
    const [one, other] = [open(), open()];
    keep(one, { 'rust a': [1] });
    keep(other, { 'rust b': [2] });
    keep(one, { 'rust c': [3] });
    const scans = open();
    expect(['a', 'b', 'c'].map((id) => scans.find(`rust ${id}`))).toEqual([[1], [2], [3]]);
  });

  it('counts as nothing where it is torn or spoiled, and what stands beside it counts', () => {
    const { open, path } = makeState();
    keep(open(), { 'rust a': { items: ['first'] }, 'rust b': { items: ['second'] } });
    const whole = readFileSync(path(), 'utf8');
    for (let cut = 0; cut < whole.length - 1; cut += 1) {
      writeFileSync(path(), whole.slice(0, cut));
      const found = open().find('rust b');
      expect(found === undefined || JSON.stringify(found) === '{"items":["second"]}').toBe(true);
      expect(open().find('rust b')).toBeUndefined();
    }
    writeFileSync(path(), whole.replace('second', 'sec0nd'));
    expect(open().find('rust b')).toBeUndefined();
    expect(open().find('rust a')).toEqual({ items: ['first'] });
    keep(open(), { 'rust b': { items: ['again'] } });
    expect(open().find('rust b')).toEqual({ items: ['again'] });
  });

  it('is whole again behind a line that somebody could not end', () => {
    const { open, path } = makeState();
    keep(open(), { 'rust a': 1 });
    appendFileSync(path(), 'rust b\t0123');
    keep(open(), { 'rust c': 3 });
    const scans = open();
    expect([scans.find('rust a'), scans.find('rust b'), scans.find('rust c')]).toEqual([
      1,
      undefined,
      3,
    ]);
  });

  it('is not kept where leasehold is not used, nor where nothing can be written', () => {
    const { root, state, directory } = makeState();
    const elsewhere = join(root, 'none/cache');
    keep(openScans(systemFiles, elsewhere), { 'rust a': 1 });
    expect(existsSync(elsewhere)).toBe(false);
    writeFileSync(directory, 'a file in its place');
    const scans = openScans(systemFiles, directory);
    keep(scans, { 'rust a': 1 });
    expect(scans.find('rust b')).toBeUndefined();
    expect(readdirSync(state).sort()).toEqual(['cache', 'locks']);
  });

  it('does not grow for ever: what was asked for last stays', () => {
    const { open, path } = makeState();
    const long = 'x'.repeat(1_000_000);
    for (let number = 0; number < 17; number += 1) {
      const scans = open();
      scans.find('rust 0');
      keep(scans, { [`rust ${number}`]: long });
    }
    expect(statSync(path()).size).toBeLessThan(9_000_000);
    const scans = open();
    expect([scans.has('rust 0'), scans.has('rust 16'), scans.has('rust 3')]).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('has what a base shows apart from all else, whole or not at all, and few of them', () => {
    const { open, directory } = makeState();
    const keepBase = (key: string, result: unknown) => {
      const scans = open();
      scans.keepBase(key, result);
      scans.save();
    };
    keep(open(), { 'rust a': 1 });
    keepBase('c1 oxc', { names: ['é\n\t😀'] });
    const isBase = (name: string) => name.startsWith('base.');
    const [base = ''] = readdirSync(directory).filter(isBase);
    expect(open().findBase('c1 oxc')).toEqual({ names: ['é\n\t😀'] });
    expect(open().findBase('c1')).toBeUndefined();
    expect(open().find('c1 oxc')).toBeUndefined();

    const whole = readFileSync(join(directory, base));
    for (const spoiled of [whole.subarray(0, -1), Buffer.concat([whole, whole]), '', 'c1 oxc\t']) {
      writeFileSync(join(directory, base), spoiled);
      expect(open().findBase('c1 oxc')).toBeUndefined();
    }
    keepBase('c1 oxc', 2);
    expect(open().findBase('c1 oxc')).toBe(2);

    const places = Array.from({ length: 40 }, (_, at) => at);
    for (const at of places) keepBase(`d${at}`, at);
    const found = places.filter((at) => open().findBase(`d${at}`) !== undefined);
    expect(found).toHaveLength(8);
    expect(found.map((at) => open().findBase(`d${at}`))).toEqual(found);
    expect(readdirSync(directory).filter(isBase)).toHaveLength(8);
    expect(open().find('rust a')).toBe(1);
  });

  it('leaves the files of two other versions, and what is not its own', () => {
    const { open, directory } = makeState();
    mkdirSync(directory);
    for (const name of [
      'scans.0.0.1',
      'scans.0.0.2',
      'scans.0.0.3',
      'policy.0.0.1.x',
      'base.0.0.1.x.0',
    ])
      writeFileSync(join(directory, name), '');
    keep(open(), { 'rust a': 1 });
    const names = readdirSync(directory).sort();
    expect(names.filter((name) => !name.startsWith('scans.0.1'))).toEqual([
      'policy.0.0.1.x',
      'scans.0.0.2',
      'scans.0.0.3',
    ]);
    expect(names).toHaveLength(4);
  });
});

type Files = Record<string, string>;

/** A tree whose texts may be asked for only where nobody knows them. */
const watchTree = (files: Files): { tree: Tree; reads: string[] } => {
  const reads: string[] = [];
  const plain = memoryTree(files);
  const isSource = (path: string): boolean => /\.(?:rs|[cm]?[jt]sx?|pyi?)$/.test(path);
  const read = (path: string): string | undefined => {
    const text = plain.read(path);
    if (text !== undefined && isSource(path)) reads.push(path);
    return text;
  };
  const id = (path: string): string | undefined => {
    const text = plain.read(path);
    return text === undefined ? undefined : hash('sha1', text);
  };
  return { tree: { ...plain, read, id }, reads };
};

const audit = (files: Files, base: Files | null, entry: string, scans: Scans) => {
  const [head, before] = [watchTree(files), base && watchTree(base)];
  const said = auditTrees({
    head: head.tree,
    base: before?.tree ?? null,
    entries: findAllEntries(head.tree, before?.tree ?? null, [entry]),
    settings: { rules: {}, internal: [] },
    trailers: [],
    stage: 'range',
    isWhole: true,
    scans,
  });
  return { said, reads: [...head.reads, ...(before?.reads ?? [])] };
};

/** A commit of which nothing may be asked. */
const refuse = (): never => {
  throw new Error('asked');
};
const CLOSED: Tree = { list: refuse, read: refuse, id: refuse, ahead: refuse };

const auditAgainst = (files: Files, base: Tree, configured: readonly string[], scans: Scans) => {
  const { tree: head } = watchTree(files);
  return auditTrees({
    head,
    base,
    entries: findAllEntries(head, base, configured, scans),
    settings: { rules: {}, internal: [] },
    trailers: [],
    stage: 'range',
    isWhole: false,
    scans,
  });
};

const RECORDED = [
  ['src/lib.rs', rust],
  ['src/index.ts', typescript],
  ['pkg/__init__.py', python],
] as const;

describe('an audit with what scanners have said before', () => {
  it.each(RECORDED)('says the same and reads no source: cases of %s', (entry, cases) => {
    const { open } = makeState();
    for (const { files, base } of cases as unknown as { files: Files; base: Files | null }[]) {
      const first = audit(files, base, entry, open());
      const second = audit(files, base, entry, open());
      expect(second.said).toEqual(first.said);
      // Renames are found from texts.
      const lost = Object.keys(base ?? {}).filter((path) => !(path in files));
      if (lost.length === 0) expect(second.reads).toEqual([]);
    }
  });

  it.each(RECORDED)('asks nothing of a commit that it knows: cases of %s', (entry, cases) => {
    const { open } = makeState();
    const all = cases as unknown as { files: Files }[];
    // Without an export it would be a script, which may have any name.
    const empty = entry.endsWith('.ts') ? 'export {};\n' : '';
    let losses = 0;
    for (const [at, { files }] of all.entries()) {
      const version = hash('sha1', String(at));
      const isRead = watchTree(files).tree.read(entry) !== undefined;
      const ask = (tree: Tree) =>
        auditAgainst({ ...files, [entry]: empty }, { ...tree, version }, [entry], open());
      const first = ask(watchTree(files).tree);
      if (!isRead || first.notJudged.length > 0) continue;
      losses += first.findings.length;
      expect(ask(CLOSED)).toEqual(first);
    }
    expect(losses).toBeGreaterThan(10);
  });

  it('finds the entries of a commit once, and asks again where others are asked for', () => {
    const { open } = makeState();
    const manifest = { 'Cargo.toml': '[package]\nname = "a"\n' };
    const base = { ...manifest, 'src/lib.rs': 'pub fn f() {}\npub fn g() {}\n' };
    const head = { ...manifest, 'src/lib.rs': 'pub fn f() {}\n', 'src/other.rs': 'pub fn h() {}' };
    const version = 'c'.repeat(40);
    const ask = (tree: Tree, configured: string[]) =>
      auditAgainst(head, { ...tree, version }, configured, open()).findings.map(({ name }) => name);
    expect(ask(watchTree(base).tree, [])).toEqual(['g']);
    expect(ask(CLOSED, [])).toEqual(['g']);
    expect(() => ask(CLOSED, ['src/other.rs'])).toThrow('asked');
    expect(ask(watchTree(base).tree, ['src/other.rs'])).toEqual(['f', 'g']);
  });

  it('keeps nothing of a commit with a file that nobody can read', () => {
    const { open } = makeState();
    const version = 'd'.repeat(40);
    const files = { 'src/lib.rs': 'pub fn f() {}\n' };
    const broken = watchTree({ 'src/lib.rs': 'pub fn f() {\n' }).tree;
    const ask = (tree: Tree) =>
      auditAgainst(files, { ...tree, version }, ['src/lib.rs'], open()).notJudged;
    expect(ask(broken)).toEqual(['src/lib.rs']);
    expect(() => ask(CLOSED)).toThrow('asked');
    expect(ask(broken)).toEqual(['src/lib.rs']);
  });

  it('tells a blob that is a declaration from the same one that is a script', () => {
    const { open } = makeState();
    const text = 'declare const a: number;\nexport {};\nexport const b = 1;\n';
    const entries = ['src/index.d.ts', 'src/index.ts', 'src/index.tsx'];
    for (const entry of entries) {
      const files = { [entry]: text };
      expect(audit(files, null, entry, open()).reads).toEqual([entry]);
      expect(audit(files, null, entry, open()).reads).toEqual([]);
    }
  });

  it('knows a file of the working tree by the id that git has for it', () => {
    const repo = makeRepo();
    const odd = 'pub fn é() {}\r\n// 😀\n';
    repo.commitQuietly({ 'src/lib.rs': odd, 'Cargo.toml': '[package]\nname = "a"\n' });
    repo.write('new.rs', 'pub fn fresh() {}\n');
    const git = createGit(repo.top, process.env);
    const readFile = (path: string): string | undefined =>
      existsSync(repo.path(path)) ? repo.read(path) : undefined;
    const tree = openWorkingTree(git, readFile);
    expect(tree.id?.('src/lib.rs')).toBe(repo.git('rev-parse', 'HEAD:src/lib.rs'));
    expect(tree.id?.('new.rs')).toBe(repo.git('hash-object', 'new.rs'));
    expect(tree.id?.('gone.rs')).toBeUndefined();

    const { open } = makeState();
    const ask = (head: Tree, base: Tree): unknown =>
      auditTrees({
        head,
        base,
        entries: findAllEntries(head, base, []),
        settings: { rules: {}, internal: [] },
        trailers: [],
        stage: 'work',
        isWhole: false,
        scans: open(),
      }).findings;
    const texts = createBlobTexts();
    expect(ask(tree, openCommit(git, 'HEAD', texts))).toEqual([]);
    expect(ask(openIndex(git, texts), openCommit(git, 'HEAD', texts))).toEqual([]);
    // The manifest alone was asked of git: the source was read from the disk, once for all.
    expect([...texts.known.values()]).toEqual(['[package]\nname = "a"\n']);
  });
});
