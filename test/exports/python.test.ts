import { describe, expect, it } from 'vitest';
import { auditPython, type Files, tell } from './python-audit.ts';

const all = (files: Files): string[] => tell(auditPython(files, null, ['pkg/__init__.py']));
const since = (base: Files, files: Files): string[] =>
  tell(auditPython(files, base, ['pkg/__init__.py']));

/** A package of these files. */
const pkg = (init: string, files: Files = {}): Files => ({
  'pkg/__init__.py': init,
  ...Object.fromEntries(Object.entries(files).map(([name, text]) => [`pkg/${name}`, text])),
});

const F = { 'a.py': 'def f(): ...\ndef g(): ...\n', 'b.py': 'def f(): ...\n' };

describe('a duplicate', () => {
  it.each<[string, Files, string[]]>([
    [
      'is a second definition',
      pkg('def f(): ...\nclass f: ...'),
      ['duplicate pkg/__init__.py:2 f'],
    ],
    [
      'is a definition of an imported name',
      pkg('from .a import f\ndef f(): ...', F),
      ['duplicate pkg/__init__.py:2 f'],
    ],
    [
      'is what two stars bring',
      pkg('from .a import *\nfrom .b import *', F),
      [
        'wildcard pkg/__init__.py:1 .a',
        'wildcard pkg/__init__.py:2 .b',
        'duplicate pkg/__init__.py:2 f',
      ],
    ],
    [
      'is an entry of a list that grows',
      pkg('from .a import f\n__all__ = ["f"]\n__all__ += ["f"]', F),
      ['duplicate pkg/__init__.py:3 f'],
    ],
    ['is no second import of one thing', pkg('from .a import f\nfrom pkg.a import f', F), []],
    [
      'is no import by way of another module',
      pkg('from .a import f\nfrom .c import f', { ...F, 'c.py': 'from .a import f' }),
      [],
    ],
    ['is no variable', pkg('f = None\nf = 1\ndef f(): ...\nf = wrap(f)'), []],
    [
      'is no definition that uses the one before',
      pkg('def f(): ...\nold = f\ndef f(): ...\nclass A: ...\nclass A(A): ...\n@A.x\ndef A(): ...'),
      [],
    ],
    [
      'is no name that stands in nobody’s way',
      pkg('def _f(): ...\ndef _f(): ...\nfrom os import path\nfrom posixpath import path'),
      [],
    ],
    [
      'is no name of another list',
      pkg('from . import a\nfrom .a import *\n__all__ = ["f"] + a.__all__', {
        'a.py': '__all__ = ["f"]\ndef f(): ...',
      }),
      ['wildcard pkg/__init__.py:2 .a'],
    ],
    [
      'is no star that hands on the same',
      pkg('from .a import *\nfrom .c import *', { ...F, 'c.py': 'from .a import *' }),
      ['wildcard pkg/__init__.py:1 .a', 'wildcard pkg/__init__.py:2 .c', 'wildcard pkg/c.py:1 .a'],
    ],
    [
      'is no branch of a match',
      pkg('match x:\n  case 1:\n    def f(): ...\n  case _:\n    def f(): ...'),
      [],
    ],
    ['is no name that was deleted', pkg('def f(): ...\ndel f\nfrom .a import g\n', F), []],
  ])('%s', (_, files, expected) => {
    expect(all(files)).toEqual(expected);
  });

  it('of a star and an explicit name is a warning', () => {
    const findings = auditPython(pkg('from .a import *\nfrom .b import f', F), null);
    const told = findings.map(({ rule, severity, line }) => `${severity} ${rule} ${line}`);
    expect(told).toContain('warn exports/duplicate 1');
  });
});

describe('a removal', () => {
  it.each<[string, Files, Files, string[]]>([
    [
      'is a definition that is gone',
      pkg('def f(): ...\nX = 1'),
      pkg(''),
      ['removed pkg/__init__.py:1 f', 'removed pkg/__init__.py:2 X'],
    ],
    [
      'is an entry of the list that is gone',
      pkg('from .a import f, g\n__all__ = [\n "f",\n "g",\n]', F),
      pkg('from .a import f, g\n__all__ = ["f"]', F),
      ['removed pkg/__init__.py:4 g'],
    ],
    [
      'is told where the text went, behind a star',
      pkg('from .a import *', F),
      pkg('from .a import *', { 'a.py': 'def f(): ...\n' }),
      ['removed pkg/a.py:2 g'],
    ],
    [
      'is told at the star that is gone',
      pkg('from .a import *\nfrom .b import *', { ...F, 'b.py': 'def h(): ...' }),
      pkg('from .a import *', F),
      ['removed pkg/__init__.py:2 h'],
    ],
    [
      'is no name that comes from elsewhere now',
      pkg('from .a import f', F),
      pkg('from json import dumps as f'),
      [],
    ],
    [
      'is no name that a star brings now',
      pkg('from .a import f', F),
      pkg('from .a import *  # leasehold: allow(exports/wildcard) -- x', F),
      [],
    ],
    [
      'is no name that a foreign star may bring',
      pkg('from .a import f', F),
      pkg('from other import *  # leasehold: allow(exports/wildcard) -- x', F),
      [],
    ],
    [
      'is no name left out of a list that is new',
      pkg('from .a import f, g', F),
      pkg('from .a import f, g\n__all__ = ["f"]', F),
      [],
    ],
    [
      'is no name behind a __getattr__',
      pkg('from .a import f', F),
      pkg('def __getattr__(name): ...', F),
      [],
    ],
    [
      'is no name behind a list that nobody can read',
      pkg('def f(): ...\n__all__ = ["f"]'),
      pkg('def f(): ...\n__all__ = make()'),
      [],
    ],
    [
      'is no name of a file that cannot be read',
      pkg('from .a import *', F),
      pkg('from .a import *', { 'a.py': 'def f(:' }),
      ['unparsable pkg/a.py:1'],
    ],
    [
      'is no private name, and no import of others',
      pkg(
        'import os, sys as system\nfrom json import dumps\nfrom .a import f as _f\nfor i in x: pass',
        F,
      ),
      pkg(''),
      [],
    ],
    [
      'is an import that says that it is meant',
      pkg('from json import dumps as dumps\nimport os as os'),
      pkg(''),
      ['removed pkg/__init__.py:1 dumps', 'removed pkg/__init__.py:2 os'],
    ],
    [
      'is no name that a stub promises',
      pkg('def f(): ...'),
      { ...pkg(''), 'pkg/__init__.pyi': 'def f(): ...' },
      [],
    ],
    [
      'is no name that is a submodule now',
      pkg('from .a import f', F),
      pkg('', { ...F, 'f.py': '' }),
      [],
    ],
    [
      'is a name of a public module',
      pkg('from . import a', F),
      pkg('from . import a', { 'a.py': 'def f(): ...' }),
      ['removed pkg/a.py:2 g'],
    ],
    ['is no name that a function sets', pkg('f = 1'), pkg('def setup():\n  global f\n  f = 1'), []],
  ])('%s', (_, base, files, expected) => {
    expect(since(base, files)).toEqual(expected);
  });

  it('is no file that has become a package, nor a package a file', () => {
    const file = { 'pkg/__init__.py': 'from .a import f', 'pkg/a.py': 'def f(): ...' };
    const own = { 'pkg/__init__.py': 'from .a import f', 'pkg/a/__init__.py': 'def f(): ...' };
    expect(since(file, own)).toEqual([]);
    const flat = { 'pkg.py': 'def f(): ...' };
    expect(tell(auditPython({ ...flat, 'x.py': '' }, file))).toEqual([]);
  });

  it('is no package that has gone on without its __init__', () => {
    const base = { 'pkg/__init__.py': '', 'pkg/a.py': '' };
    expect(tell(auditPython({ 'pkg/a.py': '' }, base))).toEqual([]);
  });
});

describe('an import of a module that has functions of its own', () => {
  const own = { 'a.py': 'from .b import f\ndef g(): ...', 'b.py': F['b.py'] };
  const less = { ...own, 'a.py': 'def g(): ...' };

  it('is for itself', () => {
    expect(since(pkg('from . import a', own), pkg('from . import a', less))).toEqual([]);
  });

  it('is handed on by a star', () => {
    const init = 'from .a import *';
    expect(since(pkg(init, own), pkg(init, less))).toEqual(['removed pkg/a.py:1 f']);
  });
});

describe('a name that is there more seldom', () => {
  it.each<[string, Files, Files, string[]]>([
    [
      'is told',
      pkg('from .a import f', F),
      pkg('if x:\n  from .a import f', F),
      ['narrowed pkg/__init__.py:2 f'],
    ],
    [
      'is told of a try that nothing makes up for',
      pkg('from .a import f', F),
      pkg('try:\n  from .a import f\nexcept ImportError:\n  pass', F),
      ['narrowed pkg/__init__.py:2 f'],
    ],
    [
      'is told where it is there for types alone',
      pkg('from .a import f', F),
      pkg('from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n  from .a import f', F),
      ['narrowed pkg/__init__.py:3 f'],
    ],
    [
      'is not told where the other branch has it',
      pkg('from .a import f', F),
      pkg('try:\n  from .a import f\nexcept ImportError:\n  f = None', F),
      [],
    ],
    [
      'is not told where every handler raises',
      pkg('from .a import f', F),
      pkg('try:\n  from .a import f\nexcept ImportError:\n  raise X', F),
      [],
    ],
    [
      'is not told where versions have it in two places',
      pkg('from .a import f', F),
      pkg(
        'if sys.version_info >= (3, 9):\n  from .a import f\nif sys.version_info < (3, 9):\n  from .b import f',
        F,
      ),
      [],
    ],
    [
      'is not told of what a __getattr__ may give',
      pkg('from .a import f', F),
      pkg('if TYPE_CHECKING:\n  from .a import f\ndef __getattr__(name): ...', F),
      [],
    ],
  ])('%s', (_, base, files, expected) => {
    expect(since(base, files)).toEqual(expected);
  });
});

describe('what leads nowhere', () => {
  it.each<[string, Files, string[]]>([
    [
      'is a name that no module has',
      pkg('from .a import gone', F),
      ['unresolved pkg/__init__.py:1 gone'],
    ],
    [
      'is an import that fails, whether the list has it or not',
      pkg('from .a import f, gone\nfrom .b import gone2\n__all__ = ["f"]', F),
      ['unresolved pkg/__init__.py:1 gone', 'unresolved pkg/__init__.py:2 gone2'],
    ],
    [
      'is nothing that another package or a compiled module may have',
      {
        ...pkg('from other import gone as gone\nfrom .c import gone as g', { 'c.pyi': 'f: int' }),
        'other/__init__.py': '',
      },
      [],
    ],
    ['is a module that nobody has', pkg('from .gone import f'), ['unresolved pkg/__init__.py:1 f']],
    [
      'is an entry of the list that is nothing',
      pkg('__all__ = [\n"f"]'),
      ['unresolved pkg/__init__.py:2 f'],
    ],
    [
      'is told where it begins',
      pkg('from .a import f', { 'a.py': 'from .b import f', 'b.py': '' }),
      ['unresolved pkg/a.py:1 f'],
    ],
    [
      'is no submodule',
      pkg('from . import a, sub\nfrom pkg import a as c\n__all__ = ["a", "sub", "b", "c"]', {
        ...F,
        'sub/x.py': '',
      }),
      [],
    ],
    [
      'is nothing that a build makes',
      pkg(
        'from ._speedups import x\nfrom .version import y\nfrom .m_pb2 import z\nfrom .fast import w',
        { 'fast.pyx': '' },
      ),
      [],
    ],
    [
      'is nothing that git ignores or a manifest names',
      {
        ...pkg('from .tables import x\nfrom .core import y'),
        '.gitignore': 'pkg/tables.py\n',
        'pyproject.toml': 'module-name = "pkg.core"',
      },
      [],
    ],
    [
      'is nothing that is only tried',
      pkg('try:\n  from .gone import f\nexcept ImportError:\n  f = None'),
      [],
    ],
    [
      'is nothing of another package',
      pkg('from other.a import f as f\nimport json as json\nfrom .... import x'),
      [],
    ],
    [
      'is nothing behind a file that cannot be read',
      pkg('from .a import f', { 'a.py': 'def' }),
      ['unparsable pkg/a.py:1'],
    ],
    [
      'is nothing behind an opening',
      pkg('from .a import f\nfrom .b import g\nfrom .c import h', {
        'a.py': 'globals().update(x)',
        'b.py': 'from elsewhere import *',
        'c.py': 'from .a import *',
      }),
      [],
    ],
    [
      'is nothing that modules take of each other in a circle',
      pkg('from .a import *\nfrom .a import f', {
        'a.py': 'from .b import *',
        'b.py': 'from .a import *\nfrom . import f',
      }),
      ['wildcard pkg/__init__.py:1 .a', 'wildcard pkg/a.py:1 .b', 'wildcard pkg/b.py:1 .a'],
    ],
    [
      'is nothing that a class hands to its module',
      pkg('@global_enum\nclass A: x = 1\n__all__ = ["A", "X"]'),
      [],
    ],
    [
      'is nothing that a finder finds',
      pkg('from .extern.json import f', {
        'extern/__init__.py': 'def install():\n  sys.meta_path.append(X)',
      }),
      [],
    ],
    [
      'is no attribute that every module has',
      pkg('from .a import __doc__ as doc, f\n__all__ = ["f", "__doc__"]', F),
      [],
    ],
  ])('%s', (_, files, expected) => {
    expect(all(files)).toEqual(expected);
  });
});

describe('a module that looks internal', () => {
  it.each<[string, Files, string[]]>([
    [
      'is told where it is public',
      pkg('from . import internal', { 'internal.py': '' }),
      ['internal pkg/__init__.py:1 internal'],
    ],
    [
      'is told where the list has it',
      pkg('from . import _impl, _x\n__all__ = ["_impl"]', { '_impl.py': '', '_x.py': '' }),
      ['internal pkg/__init__.py:1 _impl'],
    ],
    [
      'is not told of what it defines',
      pkg('from ._impl import f\nfrom . import _impl', { '_impl.py': 'def f(): ...' }),
      [],
    ],
  ])('%s', (_, files, expected) => {
    expect(all(files)).toEqual(expected);
  });
});

describe('imports of one module', () => {
  const more = { 'a.py': 'a = b = c = 1' };

  it.each<[string, string, string[]]>([
    [
      'in two statements are split',
      'from .a import a, b\nfrom .a import c',
      ['split pkg/__init__.py:2 .a'],
    ],
    ['are not split by a sorter that writes one a line', 'from .a import a\nfrom .a import b', []],
    ['are not split from one with another name', 'from .a import a, b\nfrom .a import c as d', []],
    ['are not split by a condition', 'from .a import a, b\nif x:\n  from .a import c', []],
  ])('%s', (_, init, expected) => {
    expect(all(pkg(init, more))).toEqual(expected);
  });
});

describe('the entries that are found', () => {
  const names = { 'a.py': 'def f(): ...\ndef f(): ...' };
  const told = 'from .a import *';

  it('are packages, but for tests and private ones', () => {
    const files = Object.fromEntries(
      ['src/one', 'src/one/two', 'src/one/_three', 'tests', 'lib'].flatMap((directory) => [
        [`${directory}/__init__.py`, told],
        [`${directory}/a.py`, names['a.py']],
      ]),
    );
    expect(tell(auditPython(files, null)).filter((each) => each.startsWith('wildcard'))).toEqual([
      'wildcard lib/__init__.py:1 .a',
      'wildcard src/one/__init__.py:1 .a',
      'wildcard src/one/two/__init__.py:1 .a',
    ]);
  });

  it('block a range by removals only where a manifest makes something that others install', () => {
    const base = pkg('def f(): ...');
    const severity = (manifest: Files): string[] =>
      auditPython({ ...pkg(''), ...manifest }, { ...base, ...manifest }).map(
        (each) => each.severity,
      );
    const project = '[project]\nname = "pkg"\n';
    expect(severity({})).toEqual(['warn']);
    expect(severity({ 'pyproject.toml': project })).toEqual(['warn']);
    expect(severity({ 'pyproject.toml': `[build-system]\n${project}` })).toEqual(['error']);
    expect(severity({ 'setup.py': 'setup(name="pkg")' })).toEqual(['error']);
    const closed = 'classifiers = ["Private :: Do Not Upload"]';
    expect(severity({ 'pyproject.toml': `[build-system]\n${project}${closed}` })).toEqual(['warn']);
  });

  it('are stubs where there is nothing else', () => {
    const stub = { 'pkg/__init__.pyi': 'def f() -> int: ...\ndef f() -> str: ...' };
    expect(tell(auditPython(stub, null))).toEqual(['duplicate pkg/__init__.pyi:2 f']);
  });

  it('find their modules in packages without __init__', () => {
    const files = {
      'src/ns/one/__init__.py':
        'from ns.one.a import f\nfrom ns.two import g\nfrom .b.c import h, gone',
      'src/ns/one/a.py': 'def f(): ...',
      'src/ns/one/b/c.py': 'h = 1',
      'src/ns/two.py': 'g = 1',
    };
    expect(tell(auditPython(files, null))).toEqual(['unresolved src/ns/one/__init__.py:3 gone']);
  });
});

it('a file beside a package of its name is nobody’s', () => {
  const files = pkg('from . import a', { 'a.py': '', 'a/__init__.py': '' });
  expect(all(files)).toEqual(['module-conflict pkg/a.py:1 a']);
});

it('a name that is gone is told, and excused, as Python writes it', () => {
  const base = { 'pkg/__init__.py': 'from . import shapes', 'pkg/shapes.py': 'class Circle: ...' };
  const gone = { ...base, 'pkg/shapes.py': '' };
  const why = '# leasehold: allow(exports/removed: shapes.Circle) -- nobody used it';

  expect(auditPython(gone, base).map(({ message }) => message)).toEqual([
    'class shapes.Circle was public and is gone',
  ]);
  expect(tell(auditPython({ ...base, 'pkg/shapes.py': why }, base))).toEqual([]);
});
