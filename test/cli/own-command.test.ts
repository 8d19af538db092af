import { expect, test } from 'vitest';
import { findOwnCommand } from '../../src/cli/own-command.ts';

const find = (executables: string[], path = '/usr/bin:/repo/node_modules/.bin') =>
  findOwnCommand((file) => executables.includes(file), {
    path,
    top: '/repo',
    bundle: "/my 'state",
  });

test('is its name where the reader’s PATH has it', () => {
  expect(find(['/usr/bin/leasehold', '/repo/node_modules/.bin/leasehold'])).toBe('leasehold');
});

test('is npx where only the worktree has it installed, which npm’s own PATH must not hide', () => {
  expect(find(['/repo/node_modules/.bin/leasehold'])).toBe('npx leasehold');
});

test('is the bundle itself where nothing is installed, quoted for the shell', () => {
  expect(find([])).toBe("node '/my '\\''state/leasehold.cjs'");
  expect(find([], '')).toBe("node '/my '\\''state/leasehold.cjs'");
});
