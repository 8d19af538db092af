import { isUtf8 } from 'node:buffer';
import { encodeBytes } from './quote.ts';

/** Where the config lies in every repository, relative to its top. */
export const CONFIG_FILE = 'leasehold.config.json';

/** How the paths of one clone compare; fixed in its ledger from `core.ignorecase` at `init`. */
export type PathRule = { ignoreCase: boolean };

/**
 * Decodes one path as git prints it with `-z`. Bytes that are not UTF-8 become lone surrogates
 * (byte 0x80 + n is U+DC80 + n), so that no path is dropped and no two paths become one.
 */
export const decodePath = (bytes: Uint8Array): string => {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (isUtf8(buffer)) return buffer.toString('utf8');
  return Array.from(buffer, (byte) => String.fromCharCode(byte < 0x80 ? byte : 0xdc00 + byte)).join(
    '',
  );
};

/** A path as the system takes it: with the bytes that `decodePath` could only carry as lone surrogates. */
export const encodePath = (path: string): string | Buffer =>
  /[\udc80-\udcff]/u.test(path) ? Buffer.from(encodeBytes(path)) : path;

/** The form in which two paths, or a path and a scope, are compared: Unicode NFC, folded where the clone says so. */
export const comparePath = (path: string, rule: PathRule): string => {
  const composed = path.normalize('NFC');
  return rule.ignoreCase ? composed.toLowerCase() : composed;
};

/** A path without trailing slashes: `src/` and `src` name one place. */
export const trimSlashes = (path: string): string => path.replace(/\/+$/, '');

/** True where `path` is `ancestor` or lies below it; both in comparable form, without trailing slashes. */
export const isWithin = (path: string, ancestor: string): boolean =>
  ancestor === '' || path === ancestor || path.startsWith(`${ancestor}/`);

/** `a/b.py` → `a`; empty at the top. */
export const directoryOf = (path: string): string =>
  path.slice(0, Math.max(0, path.lastIndexOf('/')));

/** `a/b` and `../c` → `a/c`; undefined where that leaves the tree. */
export const joinPath = (directory: string, path: string): string | undefined => {
  const parts = path.startsWith('/') || directory === '' ? [] : directory.split('/');
  if (path.startsWith('/')) return undefined;
  for (const part of path.split('/')) {
    if (part === '..' && parts.length === 0) return undefined;
    if (part === '..') parts.pop();
    else if (part !== '.' && part !== '') parts.push(part);
  }
  return parts.join('/');
};
