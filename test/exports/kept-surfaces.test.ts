import { expect, it } from 'vitest';
import { keepSurfaces, reviveSurfaces } from '../../src/exports/kept-surfaces.ts';
import type { Language } from '../../src/exports/language.ts';
import type { Surface } from '../../src/exports/model.ts';
import { PYTHON } from '../../src/exports/python-language.ts';
import { RUST } from '../../src/exports/rust-language.ts';
import { TYPESCRIPT } from '../../src/exports/typescript-language.ts';
import python from '../fixtures/exports/python.json' with { type: 'json' };
import rust from '../fixtures/exports/rust.json' with { type: 'json' };
import typescript from '../fixtures/exports/typescript.json' with { type: 'json' };
import { memoryTree } from './memory-tree.ts';

type Cases = readonly { files: Record<string, string> }[];

/** What is kept of openings is that they are there. */
const withoutOpenings = (surface: Surface) => ({
  ...surface,
  modules: [...surface.modules.values()].map(({ openings, ...module }) => ({
    ...module,
    openings: new Set(openings.map(({ key }) => key)),
  })),
});

it.each<[string, Language, unknown]>([
  ['src/lib.rs', RUST, rust],
  ['src/index.ts', TYPESCRIPT, typescript],
  ['pkg/__init__.py', PYTHON, python],
])('what was kept of %s is what the tree showed, to the last column', (path, language, cases) => {
  let kept = 0;
  for (const { files } of cases as Cases) {
    const entry = { path, isConfigured: true, isPublishable: true, isProgram: false };
    const surface = language.createReader(undefined).read(memoryTree(files), entry);
    const plain = keepSurfaces([surface]);
    if (!plain) continue;
    kept += 1;
    const [revived] = reviveSurfaces(JSON.parse(JSON.stringify(plain)), [surface.entry]);
    if (!revived) throw new Error('it was not kept');
    expect(withoutOpenings(revived)).toEqual(withoutOpenings(surface));
  }
  expect(kept).toBeGreaterThan(5);
});

it.each<[string, Language, string]>([
  ['src/lib.rs', RUST, 'pub use self::gone::a; pub use crate::lost;'],
  ['src/index.ts', TYPESCRIPT, "export { a } from './index'; export { b } from './gone';"],
])(
  'what is kept of %s with names that are not there has nothing else in it',
  (path, language, text) => {
    const entry = { path, isConfigured: true, isPublishable: true, isProgram: false };
    const many = Array.from({ length: 500 }, (_, n) => `\npub fn f${n}() {}`).join('');
    const files = { [path]: path.endsWith('.rs') ? text + many : text };
    const surface = language.createReader(undefined).read(memoryTree(files), entry);
    const fields = ['module', 'name', 'reason', 'statement'];
    expect(surface.unresolved).toHaveLength(2);
    for (const each of surface.unresolved) expect(Object.keys(each).sort()).toEqual(fields);
  },
);
