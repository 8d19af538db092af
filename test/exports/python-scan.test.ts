import { describe, expect, it } from 'vitest';
import { showCondition } from '../../src/exports/condition.ts';
import { showModule } from '../../src/exports/python-imports.ts';
import { scanPython } from '../../src/exports/python-scan.ts';

/** `name@line`, with what an import takes and when it is done. */
const names = (text: string): string[] => {
  const { bindings, fault } = scanPython(text);
  if (fault) return [`fault ${fault.line}: ${fault.reason}`];
  return bindings.map((each) => {
    const taken = each.kind === 'import' ? `=${showModule(each.from)}:${each.item ?? ''}` : '';
    const when = showCondition(each.condition);
    return `${each.name}${taken}@${each.span.line}${when === 'all()' ? '' : ` if ${when}`}`;
  });
};

const faultOf = (text: string): string | undefined => {
  const { fault } = scanPython(text);
  return fault && `${fault.line}: ${fault.reason}`;
};

/** What all statements about `__all__` give. */
const listOf = (text: string): unknown[] =>
  scanPython(text).all.map(({ op, items }) => [
    op,
    ...items.map((each) =>
      each.kind === 'name' ? each.name : each.kind === 'module' ? each.names.join('.') : each.kind,
    ),
  ]);

describe('imports', () => {
  it.each<[string, string[]]>([
    ['import a', ['a=a:@1']],
    ['import a.b.c', ['a=a:@1']],
    ['import a.b as c, d', ['c=a.b:@1', 'd=d:@1']],
    ['from .a import b as c, d', ['c=.a:b@1', 'd=.a:d@1']],
    ['from . import a', ['a=.:a@1']],
    ['from ... import a', ['a=...:a@1']],
    ['from ....x.y import a', ['a=....x.y:a@1']],
    ['from .a import (\n    b,  # why\n\n    c as d,\n)', ['b=.a:b@2', 'd=.a:c@4']],
    ['from .a \\\n  import b', ['b=.a:b@2']],
    ['import a; from b import c; x = 1', ['a=a:@1', 'c=b:c@1', 'x@1']],
  ])('of %j', (text, expected) => {
    expect(names(text)).toEqual(expected);
  });

  it('with a star are told apart', () => {
    const { stars, bindings } = scanPython('from ..a.b import *\nfrom c import *');
    expect(stars.map(({ from }) => showModule(from))).toEqual(['..a.b', 'c']);
    expect(bindings).toEqual([]);
  });

  it.each([
    'from . import',
    'import',
    'from a import b c',
    'from a import (b',
    'import a.',
    'from a import b,,c',
    'import .a',
  ])('that are none are a fault: %j', (text) => {
    expect(faultOf(text)).toBeDefined();
  });
});

describe('definitions', () => {
  it.each<[string, string[]]>([
    ['def f(): pass', ['f@1']],
    ['async def f():\n  x = 1\n  def g(): ...\ny = 2', ['f@1', 'y@4']],
    ['@a\n@b(\n  1)\nclass C(D, metaclass=M):\n  x: int = 1\n', ['C@4']],
    ['a = b = c, (d, *e) = x', ['a@1', 'b@1', 'c@1', 'd@1', 'e@1']],
    ['a.b = c[d] = e().f = 1', []],
    ['x: int = 1\ny: str\nz.w: int = 2', ['x@1', 'y@2']],
    ['f(x=1)\nx == 1\nx += 1', []],
    ['type X[T] = list[T]\ntype = 3\nmatch = 4\ncase = 5', ['X@1', 'type@2', 'match@3', 'case@4']],
    ['print(lambda x: (y := 1))\n', ['y@1']],
    [
      'for i, (j, _) in x: k = 1\nwith a as b, c() as (d, e): f = 1',
      ['i@1', 'j@1', '_@1', 'k@1', 'b@2', 'd@2', 'e@2', 'f@2'],
    ],
    ['def f():\n  global X, Y\n  X = Y = 1', ['f@1', 'X@2', 'Y@2']],
    ['a = 1\nb = 2\ndel a, b.c, d[0]', ['b@2']],
    ['if lambda: x: a = 1', ['a@1 if lambda : x']],
    ['\ufeffimport a\r\nimport b\r\n', ['a=a:@1', 'b=b:@2']],
    ['\fimport a\n \f\nclass B:\n\tx = 1\n        y = 2\nc = 1', ['a=a:@1', 'B@3', 'c@6']],
    ['# -*- coding: latin-1 -*-\n# gr\ufffdn\nx = 1', ['x@3']],
    ['é = 1\nﬁ = 2\n名 = 3', ['é@1', 'fi@2', '名@3']],
  ])('of %j', (text, expected) => {
    expect(names(text)).toEqual(expected);
  });

  it('of another coding than a superset of ASCII are not guessed', () => {
    const { openings, bindings } = scanPython('# coding: utf-7\nx = 1');
    expect([openings.length, bindings]).toEqual([1, []]);
  });
});

describe('texts', () => {
  it.each([
    '"""from a import *\n"""',
    "'''it's\n\\''''''",
    'r"\\""; rb\'\\\'\'; Rb"""\\""""',
    '"a\\\n b"',
    "u'x' B'y' if 0 else ''",
    'f"{x}"; f"{{"; f"}}"; F\'{x!r:>{w}}\'',
    'f"{x["a"]}"; f"{f"{f"{1}"}"}"',
    'f"{x:{y:{z}}}"; f"{x:%Y-%m}"; f"{x=}"; f"{x!r}"; f"{a != b}"',
    'f"""{\n  x  # why }\n}"""',
    'f"{\n1}"',
    'rf"\\{x}"; f"\\N{BULLET} {x}"; f"\\{x}"',
    'f"{lambda x: 1}"; f"{(lambda x: 1)}"; f"{ {1: 2}[1] }"; f"{x[1:2]}"',
    't"{x}"; Rt"{x}"',
  ])('hide what stands in them: %j', (text) => {
    expect(names(`${text}\nlast = 1`).at(-1)).toMatch(/^last@/);
    expect(names(`${text}\nlast = 1`)).toHaveLength(1);
  });

  it.each(['"a', "'''a''", '"a\nb"', 'f"{x"', 'f"{x', 'f"}"', 'f"{x:"', "f'''{x}''"])(
    'that do not end are a fault: %j',
    (text) => {
      expect(faultOf(text)).toBeDefined();
    },
  );
});

describe('what is no Python', () => {
  it.each([
    ['def f(:\n  pass', '1'],
    ['x = (1]\n', '1'],
    ['x = 1)', '1'],
    ['if x:\ny = 1', '2'],
    ['x = 1\n  y = 2', '2'],
    ['if x:\n    y = 1\n  z = 2', '3'],
    ['try:\n  x = 1\ny = 2', '3'],
    ['try:\n  x = 1', '2'],
    ['else: x = 1', '1'],
    ['for x in y: pass\nexcept: pass', '2'],
    ['def f()\n  pass', '1'],
    ['class A', '1'],
    ['print "x"', '1'],
    ['x = = 3', '1'],
    ['x = 1 +\n', '1'],
    ['a b', '1'],
    ['x = 10L', '1'],
    ['a <> b', '1'],
    ['x = 1 \\ \n', '1'],
    ['x = $a', '1'],
    ['x = \u201ca\u201d', '1'],
    ['x = "\0"', '1'],
    ['@a\n', '1'],
    ['x = 1\n<<<<<<< HEAD\nx = 2\n=======\nx = 3\n>>>>>>> b\n', '2'],
    ['__all__ = [\n<<<<<<< HEAD\n"a",\n=======\n"b",\n>>>>>>> b\n]', '2'],
  ])('is a fault where it shows: %j', (text, line) => {
    expect(faultOf(text)?.split(':')[0]).toBe(line);
  });

  it('is no underline in a text', () => {
    expect(faultOf('"""\nTitle\n=======\n"""')).toBeUndefined();
  });

  it('is as much as hundred blocks in blocks, and brackets in brackets', () => {
    const deep = Array.from({ length: 200 }, (_, at) => `${' '.repeat(at)}if x:\n`).join('');
    expect(faultOf(`${deep}${' '.repeat(200)}y = 1`)).toMatch(/too many blocks/);
    expect(faultOf('('.repeat(100_000))).toMatch(/brackets/);
  });
});

describe('conditions', () => {
  it.each<[string, string[]]>([
    [
      'if a:\n  x = 1\nelif b:\n  y = 1\nelse:\n  z = 1',
      ['x@2 if a', 'y@4 if all(b, not(a))', 'z@6 if all(not(a), not(b))'],
    ],
    [
      'import typing\nif typing.TYPE_CHECKING:\n  import a',
      ['typing=typing:@1', 'a=a:@3 if TYPE_CHECKING'],
    ],
    ['if sys.version_info < (3, 11): x = 1', ['x@1 if not(sys . version_info >= ( 3 , 11 ))']],
    ['if (not a and b) or c: x = 1', ['x@1 if any(c, not a and b)']],
    ['if not a and b != 2: x = 1', ['x@1 if all(not(a), not(b == 2))']],
    ['if __name__ == "__main__":\n  x = 1\nelse:\n  y = 1', ['y@4 if not(__name__ == "__main__")']],
    ['if a:\n  raise X\nelse:\n  y = 1', ['y@4']],
    ['if True: x = 1\nwhile 1: y = 1', ['x@1', 'y@2']],
    [
      'try:\n  from .a import x\nexcept ImportError:\n  x = 1',
      ['x=.a:x@2 if try: from . a import x', 'x@4 if not(try: from . a import x)'],
    ],
    ['try:\n  import x\nexcept ImportError as e:\n  raise Y from e', ['x=x:@2']],
    ['try: import x\nfinally: y = 1', ['x=x:@1', 'y@2']],
    [
      'try: import x\nexcept A: pass\nelse: y = 1',
      ['x=x:@1 if try: import x', 'y@3 if try: import x'],
    ],
    [
      'with suppress(ImportError): import x',
      ['x=x:@1 if with with suppress ( ImportError ): import x'],
    ],
    [
      'match a:\n  case 1: x = 1\n  case _: y = 1',
      ['x@2 if match a case 1', 'y@3 if not(match a case 1)'],
    ],
  ])('of %j', (text, expected) => {
    const own = names(text).filter((name) => !/^(?:e|_)@/.test(name));
    expect(own).toEqual(expected);
  });
});

describe('__all__', () => {
  it.each<[string, unknown[]]>([
    ['__all__ = ["a", \'b\', "c" "d"]', [['set', 'a', 'b', 'cd']]],
    ['__all__ = "a", "b"', [['set', 'a', 'b']]],
    ['__all__ = ("a",)', [['set', 'a']]],
    ['__all__: list[str] = ["a"]', [['set', 'a']]],
    ['__all__ = []', [['set']]],
    ['__all__ = ["a"] + ["b"] + c.__all__', [['set', 'a', 'b', 'c.__all__']]],
    ['__all__ = (["a"]\n  + list(c.d.__all__))', [['set', 'a', 'c.d.__all__']]],
    ['__all__ = [*c.__all__, "a"]', [['set', 'c.__all__', 'a']]],
    [
      '__all__ += ["a"]\n__all__ += c.__all__',
      [
        ['add', 'a'],
        ['add', 'c.__all__'],
      ],
    ],
    [
      '__all__.extend(["a"])\n__all__.append("b")\n__all__.remove("a")',
      [
        ['add', 'a'],
        ['add', 'b'],
        ['remove', 'a'],
      ],
    ],
    ['__all__.extend(c.__all__)', [['add', 'c.__all__']]],
    ['__all__ = __all__ + ["a"]', [['set', 'self', 'a']]],
    ['__all__ = "a b\\n c".split()', [['set', 'a', 'b', 'c']]],
    ['__all__ = sorted(["b", "a"])', [['set', 'b', 'a']]],
    ['__all__ = [n for n in dir() if n]', [['set', 'unknown']]],
    ['__all__ = [A, "b"]', [['set', 'unknown', 'b']]],
    ['__all__ = make()', [['set', 'unknown']]],
    ['__all__.sort()', [['add', 'unknown']]],
    ['x["__all__"] = 1\ndef f():\n  __all__ = ["a"]', []],
  ])('of %j', (text, expected) => {
    expect(listOf(text)).toEqual(expected);
  });
});

describe('openings', () => {
  it.each([
    'def __getattr__(name): ...',
    'from .lazy import __getattr__',
    '__getattr__, __dir__, __all__ = attach(__name__)',
    'globals().update(x)',
    'def f():\n  globals()["a"] = 1',
    'exec(x)',
    'sys.modules[__name__] = X()',
    'initpkg(__name__, {})',
    '@enum.global_enum\nclass A: ...',
  ])('are seen: %j', (text) => {
    expect(scanPython(text).openings).toHaveLength(1);
  });

  it.each([
    'log = getLogger(__name__)',
    'def f():\n  vars(self)',
    'x.globals',
    'class A:\n  def __getattr__(self): ...',
  ])('are none: %j', (text) => {
    expect(scanPython(text).openings).toEqual([]);
  });
});

describe('comments', () => {
  it('let findings through that stand right above, or on the line', () => {
    const text =
      '# leasehold: allow(exports/wildcard) -- made by a tool\nfrom .a import *\nx = "# leasehold: allow(a) -- b"';
    const { allowances, stars } = scanPython(text);
    expect(allowances).toEqual([
      { line: 1, column: 1, rules: ['exports/wildcard'], reason: 'made by a tool' },
    ]);
    expect(stars[0]?.span).toEqual({ line: 2, column: 1, from: 1, to: 2 });
  });

  it('above a decorator belong to what it decorates, and those before an empty line to nothing', () => {
    const { bindings } = scanPython('# one\n\n# two\n@a\n# three\ndef f(\n  x): ...');
    expect(bindings[0]?.span).toEqual({ line: 6, column: 5, from: 3, to: 7 });
  });
});
