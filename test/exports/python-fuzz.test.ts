import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scanPython } from '../../src/exports/python-scan.ts';
import { runs } from '../effort.ts';
import cases from '../fixtures/exports/python.json' with { type: 'json' };
import { auditPython, type Files } from './python-audit.ts';

const SAMPLE = `"""from a import *"""
from __future__ import annotations
import os.path as p, sys
from .a import (b as c,  # leasehold: allow(exports/wildcard) -- x
    d)
try:
\tfrom ._fast import *
except (ImportError, OSError) as e:
    raise X from e
if sys.version_info >= (3, 8) and not TYPE_CHECKING: x = f"{y!r:>{w}} {z["k"]}"
else:
    x: int = rb'\\\\' b"""x""" if 1 else lambda a: a
__all__ = ["a", *b.__all__] + (c.__all__ + ['d'])
__all__ += [f'{1}']; __all__.extend(("e",))
@overload
async def f(a, /, b=1, *, c: int = {1: [2, (3,)]}) -> None: ...
class A(B, metaclass=C):
    def g(self):
        global h
match x:
    case {"a": 1} | [_, *rest]: y = 1
    case _: pass
`;

/** What the scanner itself takes most for: marks that open, join and nest. */
const PIECES = [
  ...'()[]{}\'":;,.=+*@#\\\n\t\f\r !<>|&^~-/%0a_é\0',
  '"""',
  "f'{",
  'f"""{',
  '\\\n',
  '\r\n',
  'if x:\n ',
  'try:\n ',
  'else:',
  'except:',
  'from .',
  ' import ',
  '__all__ += ',
  'lambda: ',
  '\ufeff',
  '<<<<<<< a\n',
];

const text = fc.array(fc.constantFrom(...PIECES), { maxLength: 300 }).map((all) => all.join(''));

const mutated = fc
  .tuple(fc.nat(SAMPLE.length), fc.nat(20), fc.constantFrom(...PIECES))
  .map(([at, length, piece]) => SAMPLE.slice(0, at) + piece + SAMPLE.slice(at + length));

const files = (cases as unknown as { files: Files }[]).map((each) => each.files);

describe('whatever a file has in it', () => {
  it('the sample is Python', () => {
    expect(scanPython(SAMPLE).fault).toBeUndefined();
  });

  it('each beginning of it is scanned without a throw', () => {
    for (let at = 0; at <= SAMPLE.length; at += 1) scanPython(SAMPLE.slice(0, at));
  });

  it('the scanner throws nothing', () => {
    fc.assert(
      fc.property(fc.oneof(text, mutated), (each) => void scanPython(each)),
      runs(600),
    );
  });

  it('the audit throws nothing', () => {
    const broken = fc.tuple(fc.constantFrom(...files), fc.oneof(text, mutated), fc.nat());
    const check = ([own, other, at]: [Files, string, number]): void => {
      const paths = Object.keys(own);
      const path = paths[at % paths.length] ?? '';
      auditPython({ ...own, [path]: other }, own);
      auditPython(own, { ...own, [path]: other });
    };
    fc.assert(fc.property(broken, check), runs(100));
  });
});

/** The steps of a small one tell those of a large one: twice the text takes no four times the time. */
describe('what is large', () => {
  const many = (count: number, line: (at: number) => string): string =>
    Array.from({ length: count }, (_, at) => line(at)).join('');

  it.each<[string, string]>([
    ['names', many(50_000, (at) => `x${at} = 1\n`)],
    ['one list', `__all__ = [${many(100_000, (at) => `"n${at}", `)}]`],
    ['lists', many(20_000, (at) => `__all__.append("n${at}")\n`)],
    ['branches', `if a: x = 1\n${many(20_000, (at) => `elif b${at}: x = ${at}\n`)}`],
    ['handlers', `try: import x\n${many(5_000, (at) => `except E${at}: x = ${at}\n`)}`],
    ['an expression', `x = ${'a + '.repeat(200_000)}a`],
    ['a text', `x = "${'\\"'.repeat(500_000)}"`],
    ['a formatted text', `x = f"${'{a}'.repeat(200_000)}"`],
    ['writers', `x = 1\n${'globals()[x] = 1\n'.repeat(50_000)}`],
    ['comments', '# leasehold: allow(exports/wildcard) -- x\n'.repeat(20_000)],
    ['duplicates', 'from .a import f\n'.repeat(20_000)],
    ['no text', `${' '.repeat(500_000)}\n${'\n'.repeat(500_000)}${'\\\n'.repeat(100_000)}`],
  ])('ends: %s', { timeout: 60_000 }, (_, own) => {
    const tree = { 'pkg/__init__.py': own, 'pkg/a.py': 'def f(): ...' };
    expect(() => auditPython(tree, tree)).not.toThrow();
  });

  it('ends where stars double at every step', () => {
    const file = (at: number): string =>
      `from . import m${at + 1}\nfrom .m${at + 1} import *\nfrom .m${at + 1} import *\n__all__ = m${at + 1}.__all__ + m${at + 1}.__all__\ndef f${at}(): ...`;
    const tree: Files = {
      'pkg/__init__.py': 'from .m0 import *',
      'pkg/m60.py': '__all__ = ["g"]\ng = 1',
    };
    for (let at = 0; at < 60; at += 1) tree[`pkg/m${at}.py`] = file(at);
    expect(() => auditPython(tree, null)).not.toThrow();
  });

  it('ends where a chain of imports has no end', () => {
    const tree: Files = { 'pkg/__init__.py': 'from .m0 import f' };
    for (let at = 0; at < 5_000; at += 1) tree[`pkg/m${at}.py`] = `from .m${at + 1} import f`;
    expect(() => auditPython(tree, tree)).not.toThrow();
  });
});
