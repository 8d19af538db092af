import { describe, expect, it, test } from 'vitest';
import { createReach, isOutOfReach, parseReach, renderReach } from '../../src/exports/reach.ts';

type Touch = Parameters<typeof isOutOfReach>[1][number];

const touch = (path: string, kind: Touch['kind'] = 'modified', blob = 'one'): Touch => ({
  path,
  kind,
  blob: kind === 'deleted' ? undefined : blob,
});

const ABOUT = { config: 'c', from: 'f', files: ['src/lib.rs', 'src/in/a.rs', 'py/x/__init__.py'] };

const reachOf = (staged: readonly Touch[] = [], isOpen = false) => {
  const reach = parseReach(renderReach(createReach({ ...ABOUT, isOpen }, staged)));
  if (!reach) throw new Error('it cannot be read');
  return reach;
};

const NO_DRIFT = (): Touch[] => [];

describe('a commit that leaves the audit as it is', () => {
  it.each([
    ['a document', [touch('docs/a.md', 'added'), touch('src/a.md', 'deleted')]],
    ['a source that nothing leads to', [touch('tests/t.rs'), touch('src/unused.rs')]],
    ['a new source where none is read', [touch('tests/new.rs', 'added'), touch('x/a.ts', 'added')]],
    ['somebody else’s package', [touch('node_modules/a/package.json', 'added')]],
    ['a name that ends as one that is read', [touch('other/src/lib.rs')]],
  ])('is one of %s', (_, changes) => {
    expect(isOutOfReach(reachOf(), changes, NO_DRIFT)).toBe(true);
  });

  it.each([
    ['a file that was read', touch('src/in/a.rs')],
    ['a manifest, there or new', touch('tools/Cargo.toml', 'added')],
    ['a settings file of a language', touch('tsconfig.base.json')],
    ['a new file beside one that was read', touch('src/lib/mod.rs', 'added')],
    ['one that is gone below', touch('src/in/deep/er.rs', 'deleted')],
    ['a new package', touch('y/__init__.py', 'added')],
    ['a new entry', touch('z/index.ts', 'added')],
  ])('is none of %s', (_, change) => {
    expect(isOutOfReach(reachOf(), [change], NO_DRIFT)).toBe(false);
  });

  it('is none of any source below where a file could not be parsed, for that may lead to it', () => {
    expect(isOutOfReach(reachOf([], true), [touch('src/unused.rs')], NO_DRIFT)).toBe(false);
    expect(isOutOfReach(reachOf([], true), [touch('tests/t.rs')], NO_DRIFT)).toBe(true);
  });
});

test.each([
  ['a file that was read', touch('src/in/a.rs'), false],
  ['a name that ends as one that is read', touch('other/src/lib.rs'), true],
  ['one that is gone below', touch('src/in/deep/er.rs', 'deleted'), false],
  ['a new source where none is read', touch('tests/new.rs', 'added'), true],
])('the answer about %s is the same behind a thousand others', (_, change, isOut) => {
  const others = Array.from({ length: 1000 }, (_, at) => touch(`tests/t-${at}.rs`, 'added'));
  const reach = reachOf();
  expect(isOutOfReach(reach, others, NO_DRIFT)).toBe(true);
  expect(isOutOfReach(reach, [...others, change], NO_DRIFT)).toBe(isOut);
});

describe('what has come to HEAD since', () => {
  const SOURCE = [touch('tests/t.rs')];
  const isKnown = (staged: readonly Touch[], drift: readonly Touch[] | undefined): boolean =>
    isOutOfReach(reachOf(staged), SOURCE, () => drift);

  it('is what was staged when the audit looked, or nothing that it would read', () => {
    const staged = [touch('src/lib.rs', 'modified', 'two'), touch('src/in/a.rs', 'deleted')];
    expect(isKnown([], [])).toBe(true);
    expect(isKnown([], [touch('tests/u.rs'), touch('a.md', 'added')])).toBe(true);
    expect(isKnown(staged, [...staged, touch('tests/u.rs', 'added')])).toBe(true);
  });

  it('is unknown where it has another text, more or less of it, and where git cannot tell', () => {
    const staged = [touch('src/lib.rs', 'modified', 'two')];
    expect(isKnown(staged, [touch('src/lib.rs', 'modified', 'three')])).toBe(false);
    expect(isKnown(staged, [])).toBe(false);
    expect(isKnown([], [touch('src/lib.rs')])).toBe(false);
    expect(isKnown([], [touch('new/package.json', 'added')])).toBe(false);
    expect(isKnown([], undefined)).toBe(false);
  });

  it('is not asked for where no source is committed', () => {
    const fail = () => {
      throw new Error('asked');
    };
    expect(isOutOfReach(reachOf(), [touch('a.md')], fail)).toBe(true);
  });
});

describe('a reach as text', () => {
  it('keeps names of any kind apart', () => {
    const files = ['a"\n"b.rs', 'c.rs\n"src/lib.rs"', '\udc80.rs'];
    const reach = parseReach(
      renderReach({ config: 'c', from: 'f', isOpen: false, staged: [], files }),
    );
    expect(files.map((path) => reach?.has(path))).toEqual([true, true, true]);
    expect(['src/lib.rs', 'b.rs', 'a"'].map((path) => reach?.has(path))).toEqual([
      false,
      false,
      false,
    ]);
  });

  it('is none where it is torn, or another version’s', () => {
    const text = renderReach(createReach({ ...ABOUT, isOpen: false }, []));
    const others = [
      '',
      text.slice(0, -2),
      text.replace('{', '{{'),
      text.replace(/"version":"/, '$&9'),
    ];
    expect(others.map(parseReach)).toEqual([undefined, undefined, undefined, undefined]);
  });
});
