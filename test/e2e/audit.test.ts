import { expect, test } from 'vitest';
import { copiesOf, type Ended, makeRepo, type Repo } from '../make-repo.ts';
import { nextOf } from '../shell.ts';

const CARGO = '[package]\nname = "demo"\nedition = "2021"\n';

const CRATE = {
  'Cargo.toml': CARGO,
  'src/lib.rs': 'mod a;\npub use a::{f, g};\n',
  'src/a.rs': 'pub fn f() {}\npub fn g() {}\n',
};

/** A crate on main, and a branch that has only begun. */
const makeCrate = copiesOf((files: Record<string, string> = {}): Repo => {
  const repo = makeRepo();
  repo.commitQuietly({ ...CRATE, ...files });
  repo.git('switch', '--quiet', '-c', 'topic');
  return repo;
});

const configured = (exports: object): Record<string, string> => ({
  'leasehold.config.json': JSON.stringify({ exports }),
});

const linesOf = ({ stdout }: Ended): string[] => stdout.trimEnd().split('\n');

const toldOf = (body: { findings: { rule: string; path: string; line: number; name: string }[] }) =>
  body.findings.map(({ rule, path, line, name }) => `${path}:${line} ${rule} ${name}`);

test('says of the working tree what it does to what others import, and what to do next', () => {
  const repo = makeCrate();
  repo.write('src/lib.rs', 'mod a;\npub use a::f;\npub use a::*;\npub use crate::a::f;\n');

  const ended = repo.leasehold(['audit']);

  expect(ended).toMatchObject({ code: 1, stderr: '' });
  const base = repo.git('rev-parse', '--short=10', 'main');
  expect(linesOf(ended)).toEqual([
    'src/lib.rs:3:12 error a::* exports whatever is public there, now and later [exports/wildcard]',
    '    next: export the names that are meant, or say why: leasehold: allow(exports/wildcard) -- reason',
    'src/lib.rs:4:19 error f is exported twice: line 2 has it already [exports/duplicate]',
    '    next: keep one export of f, or give one of them another name',
    'src/lib.rs:4:19 warning line 2 re-exports from crate::a too [exports/split]',
    '    next: make them one statement',
    `src/lib.rs, the working tree against ${base}: 2 errors, 1 warning`,
  ]);
});

test('lets through what exports nothing that anybody could mind', () => {
  const repo = makeCrate();
  repo.write('src/lib.rs', 'mod a;\npub use a::{f, g};\npub fn h() {}\n');

  const ended = repo.leasehold(['audit']);

  expect(ended.code).toBe(0);
  expect(ended.stdout).toContain('nothing stands against it');
});

test('cannot decide where a file cannot be parsed, and floods nobody with the names behind it', () => {
  const repo = makeCrate();
  repo.write('src/a.rs', 'pub fn f() {\npub fn g() {}\n');

  const ended = repo.leasehold(['audit']);

  expect(ended.code).toBe(2);
  expect(linesOf(ended).filter((line) => line.includes('['))).toEqual([
    'src/a.rs:1:12 error cannot be parsed (a bracket that is never closed), so its names are not known [exports/unparsable]',
  ]);
});

test('sees new files and deletions of the working tree, wherever the user stands', () => {
  const repo = makeCrate({ 'src/b.rs': '', 'docs/a.md': '' });
  repo.git('rm', '--quiet', '--cached', 'src/a.rs');
  repo.write('src/lib.rs', 'mod a;\nmod c;\npub use a::{f, g};\npub use c::f;\n');
  repo.write('src/c.rs', 'pub fn f() {}\n');

  const ended = repo.leasehold(['audit', '--json'], { cwd: repo.path('docs') });

  expect(toldOf(JSON.parse(ended.stdout))).toEqual(['src/lib.rs:4 exports/duplicate f']);
});

test('--staged judges the index, whatever lies in the working tree', () => {
  const repo = makeCrate();
  repo.write('src/lib.rs', 'mod a;\npub use a::{f, g, f};\n');
  repo.git('add', '--all');
  repo.write('src/lib.rs', 'this is no Rust');

  const { code, body } = repo.json(['audit', '--staged']);

  expect(code).toBe(1);
  expect(toldOf(body)).toEqual(['src/lib.rs:2 exports/duplicate f']);
});

test('--staged cannot decide in the middle of a conflict', () => {
  const repo = makeCrate();
  repo.commitQuietly({ 'src/lib.rs': 'mod a;\npub use a::f;\n' });
  repo.git('switch', '--quiet', 'main');
  repo.commitQuietly({ 'src/lib.rs': 'mod a;\npub use a::g;\n' });
  repo.tryGit(['merge', 'topic']);

  const ended = repo.leasehold(['audit', '--staged']);

  expect(ended.code).toBe(2);
  expect(ended.stderr).toContain('src/lib.rs is in conflict');
  expect(repo.leasehold(['audit']).stdout).toContain('the marks of a merge conflict');
});

test('--range weighs as a pull request: a public name that is gone is an error there, a warning before', () => {
  const repo = makeCrate();
  repo.commitQuietly({ 'src/lib.rs': 'mod a;\npub use a::f;\n' });

  const range = repo.json(['audit', '--range', 'main..topic']);
  const work = repo.json(['audit']);

  expect(toldOf(range.body)).toEqual(['src/lib.rs:2 exports/removed g']);
  expect([range.code, range.body.findings[0].severity]).toEqual([1, 'error']);
  expect([work.code, work.body.findings[0].severity]).toEqual([0, 'warn']);
});

test('--range is judged by the config of what it is to be merged into', () => {
  const off = { rules: { 'exports/removed': 'off' } };
  const repo = makeCrate();
  repo.commitQuietly({ ...configured(off), 'src/lib.rs': 'mod a;\npub use a::f;\n' });

  expect(repo.leasehold(['audit', '--range', 'main..topic']).code).toBe(1);
  expect(repo.json(['audit']).body.findings).toEqual([]);
});

test('a commit’s trailer says why a name is gone', () => {
  const repo = makeCrate();
  const message = 'drop g\n\nExport-Removed: g -- nobody called it since 0.3';
  repo.commitQuietly({ 'src/lib.rs': 'mod a;\npub use a::f;\n' }, message);

  const { code, body } = repo.json(['audit', '--range', 'main..topic']);

  expect(code).toBe(0);
  expect(body).toMatchObject({
    verdict: 'pass',
    findings: [{ name: 'g', suppressed: 'nobody called it since 0.3' }],
  });
});

test('--base asks against another branch, and cannot decide where there is none', () => {
  const repo = makeCrate();
  repo.commitQuietly({ 'src/lib.rs': 'mod a;\npub use a::{f, g};\npub use a::*;\n' });
  repo.git('branch', 'other');

  expect(repo.leasehold(['audit', '--base', 'other']).code).toBe(0);
  expect(repo.leasehold(['audit', '--base', 'main']).code).toBe(1);
  const lost = repo.leasehold(['audit', '--base', '--all']);
  expect(lost).toMatchObject({ code: 2, stdout: '' });
});

test('a shallow clone without the commit where the branches parted says how to deepen it', () => {
  const repo = makeCrate();
  repo.commitQuietly({ 'src/b.rs': '' });
  repo.git('switch', '--quiet', 'main');
  repo.commitQuietly({ 'src/c.rs': '' });
  repo.git('clone', '--quiet', '--depth=1', '--no-single-branch', `file://${repo.top}`, 'shallow');
  repo.git('-C', 'shallow', 'switch', '--quiet', 'topic');

  const ended = repo.leasehold(['audit'], { cwd: repo.path('shallow') });

  expect(ended).toMatchObject({ code: 2, stdout: '' });
  expect(nextOf(ended.stderr)).toBe('git fetch --unshallow');
});

test('--all tells everything, and SARIF has the other place and what is let through', () => {
  const repo = makeCrate();
  const text =
    'mod a;\n// leasehold: allow(exports/wildcard) -- facade\npub use a::*;\npub use a::f;\npub use a::f;\n';
  repo.commitQuietly({ 'src/lib.rs': text });

  const { runs } = JSON.parse(repo.leasehold(['audit', '--all', '--format', 'sarif']).stdout);

  const [wildcard, duplicate] = runs[0].results;
  expect(wildcard).toMatchObject({
    ruleId: 'exports/wildcard',
    suppressions: [{ kind: 'inSource', justification: 'facade' }],
  });
  expect(duplicate).toMatchObject({
    ruleId: 'exports/duplicate',
    locations: [{ physicalLocation: { region: { startLine: 5 } } }],
    relatedLocations: [{ physicalLocation: { region: { startLine: 4 } } }],
  });
});

test('the config names entries, weights and patterns; one that is nowhere is a mistake of its', () => {
  const repo = makeRepo();
  const config = {
    entries: ['lib/api.rs'],
    rules: { 'exports/wildcard': 'warn' },
    internal: ['*_sys'],
  };
  repo.commitQuietly({ ...configured(config), 'lib/api.rs': '', 'lib/a.rs': '' });
  repo.write('lib/a.rs', '');
  repo.write('lib/api.rs', '#[path = "a.rs"]\npub mod a_sys;\npub use a_sys::*;\n');

  const { code, body } = repo.json(['audit']);

  expect(code).toBe(1);
  expect(body.entries).toEqual(['lib/api.rs']);
  expect(
    body.findings.map(({ severity, name }: Record<string, string>) => [severity, name]),
  ).toEqual([
    ['error', 'a_sys'],
    ['warn', 'a_sys::*'],
  ]);

  repo.commitQuietly(configured({ entries: ['lib/none.rs'] }));
  const lost = repo.leasehold(['audit']);
  expect(lost.code).toBe(2);
  expect(lost.stderr).toContain('exports.entries names lib/none.rs');
});

test('a repository without a first commit, and one without a package, have nothing to compare', () => {
  const repo = makeRepo();
  repo.write('src/lib.rs', 'pub use a::*;\nmod a {}\n');
  repo.write('Cargo.toml', CARGO);

  expect(repo.leasehold(['audit'])).toMatchObject({ code: 0 });
  expect(repo.leasehold(['audit', '--all'])).toMatchObject({ code: 1 });
  expect(makeCrate({ 'Cargo.toml': '' }).leasehold(['audit', '--all'])).toMatchObject({ code: 0 });
});

test.each([
  [['audit', 'src/lib.rs'], 'audit takes no PATH'],
  [['audit', '--range', 'main..topic', '--staged'], '--range has both sides in it'],
  [['audit', '--all', '--base', 'main'], '--all is held against nothing'],
  [['audit', '--format', 'csv'], '--format takes text, json, sarif, github'],
  [['audit', '--write-baseline'], '--write-baseline is of everything'],
  [['audit', '--claims', 'body.md'], '--claims is of a pull request'],
])('does not understand %j', (args, message) => {
  const ended = makeCrate().leasehold(args);

  expect(ended).toMatchObject({ code: 2, stdout: '' });
  expect(ended.stderr).toContain(message);
});

test('names that could move the cursor are printed as escapes, and files by any name are read', () => {
  const repo = makeCrate();
  repo.write('src/lib.rs', '#[path = "\u001b[31m\\".rs"]\nmod a;\npub use a::{f, f};\n');
  repo.write('src/\u001b[31m".rs', 'pub fn f() {');

  const ended = repo.leasehold(['audit', '--all']);

  expect(ended.code).toBe(2);
  expect(ended.stdout).not.toContain('\u001b');
  expect(ended.stdout).toContain('src/\\x1b[31m".rs:1:12 error cannot be parsed');
});

test('--write-baseline keeps what is known out of --all; what comes after, and what it has in vain, is told', () => {
  const repo = makeCrate({ 'src/lib.rs': 'mod a;\npub use a::*;\npub use a::f;\npub use a::f;\n' });
  const written = repo.leasehold(['audit', '--all', '--write-baseline']);
  const known = repo.json(['audit', '--all']);
  repo.write('src/lib.rs', 'mod a;\npub use a::f;\npub use a::f;\npub use a::{g, g};\n');
  const later = repo.json(['audit', '--all']);

  expect(written).toMatchObject({ code: 0 });
  expect(repo.read('leasehold.exports-baseline').split('\n').slice(1)).toEqual([
    'exports/duplicate src/lib.rs f',
    'exports/split src/lib.rs a',
    'exports/wildcard src/lib.rs a::*',
    '',
  ]);
  expect(known).toMatchObject({ code: 0, body: { verdict: 'pass' } });
  expect(known.body.findings[0].suppressed).toMatch(/^in leasehold.exports-baseline, line \d$/);
  const told = later.body.findings.filter(({ suppressed }: { suppressed?: string }) => !suppressed);
  expect(later.code).toBe(1);
  expect(toldOf({ findings: told })).toEqual([
    'src/lib.rs:4 exports/split a',
    'src/lib.rs:4 exports/duplicate g',
    'leasehold.exports-baseline:4 exports/suppression exports/wildcard src/lib.rs a::*',
  ]);
});

test('--format github annotates what is found, errors first, and says the rest in the log', () => {
  const repo = makeCrate();
  const names = Array.from(
    { length: 12 },
    (_, index) => `pub use a::{f as f${index}, f as f${index}};`,
  );
  repo.write('src/lib.rs', `mod a;\npub use a::{f, g};\n${names.join('\n')}\n`);

  const ended = repo.leasehold(['audit', '--format', 'github']);

  expect(ended.code).toBe(1);
  const lines = linesOf(ended);
  expect(lines[0]).toBe(
    '::error file=src/lib.rs,line=3,title=leasehold exports/duplicate::f0 is exported twice: line 3 has it already%0Anext: keep one export of f0, or give one of them another name',
  );
  expect(lines.filter((line) => line.startsWith('::error'))).toHaveLength(10);
  expect(lines.at(-1)).toMatch(/^leasehold: change refused: 12 errors/);
});

const PULL = ['audit', '--range', 'main..topic', '--claims'];

test('--claims holds the text of a pull request against what it does', () => {
  const guard = { guard: { requireLock: ['src/lib.rs'] } };
  const repo = makeCrate({ 'leasehold.config.json': JSON.stringify(guard) });
  const template = '.github/PULL_REQUEST_TEMPLATE/export-change.md';
  const changes = ['first', 'again'].map(() => repo.json(['init', '--template', 'exports']).body);
  expect(changes.map((body) => body.template)).toEqual([
    { path: template, change: 'written' },
    { path: template, change: 'unchanged' },
  ]);
  expect(repo.leasehold(['init', '--template', 'export'])).toMatchObject({ code: 2 });
  repo.git('reset', '--quiet', '--hard');
  repo.commitQuietly({ 'src/lib.rs': 'mod a;\npub use a::{f, g};\npub use a::*;\n' });
  const empty = repo.read(template);
  const said = empty
    .replaceAll('- [ ]', '- [x]')
    .replace('\n-\n', '\n- `src/a.rs`\n')
    .replace('Lock issue: #', 'Lock issue: #12');

  const untold = repo.leasehold([...PULL, template]);
  const wrong = repo.json([...PULL, '-'], { input: said });
  const none = repo.json([...PULL, '-'], { input: 'a fix' });
  const lost = repo.leasehold([...PULL, 'none.md']);

  expect(untold.code).toBe(1);
  expect(untold.stdout).toContain('names no lock issue [exports/claim]');
  expect(toldOf(wrong.body).filter((line) => line.includes('claim'))).toEqual([
    'src/lib.rs:3 exports/claim exports/wildcard a::*',
    'src/a.rs:1 exports/claim files listed',
    'src/lib.rs:1 exports/claim files changed',
    'src/lib.rs:1 exports/claim lock',
  ]);
  expect(none.body.findings.map(({ rule }: { rule: string }) => rule)).not.toContain(
    'exports/claim',
  );
  expect(lost).toMatchObject({ code: 2 });

  repo.leasehold(['claim', 'src/lib.rs'], { holder: 'codex' });
  repo.commitQuietly({ 'src/lib.rs': 'mod a;\npub use a::{f, g};\npub use a::f as h;\n' });
  const held = repo.leasehold([...PULL, '-'], { input: said.replace('src/a.rs', 'src/lib.rs') });
  expect(held).toMatchObject({ code: 0 });
});
