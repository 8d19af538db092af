import { dirname, join } from 'node:path';
import { Undecided } from '../kit/errors.ts';
import { shellCommand } from '../kit/quote.ts';
import { loadSettings } from '../locks/index.ts';
import { PROTOCOL, renderLockForm } from './protocol-text.ts';
import type { Workspace } from './workspace.ts';

/** What became of one file. */
export type ProtocolWritten = {
  path: string;
  change: 'written' | 'updated' | 'unchanged' | 'kept';
  todo?: string;
};

const START =
  '<!-- leasehold protocol: what stands between these marks is written anew by leasehold init --protocol -->';
const END = '<!-- end of leasehold protocol -->';
const PLACES = ['CONTRIBUTING.md', '.github/CONTRIBUTING.md', 'docs/CONTRIBUTING.md'];
const FORM = '.github/ISSUE_TEMPLATE/lock.yml';
const MAX_TEXT = 4 * 1024 * 1024;

/**
 * A text with the protocol in it: between its marks, or at its end where there are none. Undefined where only
 * one of the marks is there, for nobody can tell what is ours then.
 */
export const placeProtocol = (text: string): string | undefined => {
  const section = `${START}\n${PROTOCOL}${END}`;
  const [from, to] = [text.indexOf(START), text.indexOf(END)];
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const ours = section.replaceAll('\n', eol);
  if (from !== -1 && to > from) return text.slice(0, from) + ours + text.slice(to + END.length);
  if (from !== -1 || to !== -1) return undefined;
  const before = text.trimEnd();
  return `${before === '' ? '' : `${before}${eol}${eol}`}${ours}${eol}`;
};

/** A file of the working tree: its text, undefined where it is not there, null where it is none that can be read. */
const readText = ({ context, repository }: Workspace, path: string): string | undefined | null => {
  const content = context.files.read(join(repository.top, path), MAX_TEXT);
  if (content.kind === 'gone') return undefined;
  return content.kind === 'read' ? content.text : null;
};

const replaceText = ({ context, repository }: Workspace, path: string, text: string): void => {
  const target = join(repository.top, path);
  const draft = `${target}.leasehold-${context.createId()}`;
  context.files.makeDirectory(dirname(target));
  context.files.create(draft, text);
  context.files.rename(draft, target);
};

const writeSection = (workspace: Workspace): ProtocolWritten => {
  const path =
    PLACES.find((place) => readText(workspace, place) !== undefined) ?? 'CONTRIBUTING.md';
  const before = readText(workspace, path);
  const after = before === null ? undefined : placeProtocol(before ?? '');
  if (after === undefined) {
    const todo =
      before === null
        ? 'it is no file that can be read'
        : 'one of the marks of the protocol is missing: take the other one out, and run this again';
    return { path, change: 'kept', todo };
  }
  if (before === after) return { path, change: 'unchanged' };
  replaceText(workspace, path, after);
  return { path, change: before === undefined ? 'written' : 'updated' };
};

const writeForm = (workspace: Workspace, label: string): ProtocolWritten => {
  const text = renderLockForm(label);
  const before = readText(workspace, FORM);
  if (before === text) return { path: FORM, change: 'unchanged' };
  if (before !== undefined) return { path: FORM, change: 'kept' };
  replaceText(workspace, FORM, text);
  return { path: FORM, change: 'written' };
};

/**
 * Writes the protocol into the project's CONTRIBUTING, between marks, and leaves all else of it as it is; and
 * where locks are issues, the form for one.
 */
export const writeProtocol = (workspace: Workspace): ProtocolWritten[] => {
  const { context, repository } = workspace;
  if (repository.top === '') {
    throw new Undecided(
      'usage',
      '--protocol writes files, and a bare repository has no place for them',
      shellCommand('leasehold init'),
    );
  }
  const label = loadSettings(context.files, repository.commonDir)?.issues?.label;
  const form = label === undefined ? [] : [writeForm(workspace, label)];
  return [writeSection(workspace), ...form];
};
