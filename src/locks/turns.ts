import { join } from 'node:path';
import type { Clock } from '../kit/clock.ts';
import { Undecided } from '../kit/errors.ts';
import type { Files } from '../kit/files.ts';

/** A ticket that was not touched for so long is nobody's; in milliseconds, as all that follows. */
const LIFE = 3_000;
/** Nobody waits longer than this: what goes wrong here costs time, and nothing else. */
const LONGEST = 15_000;
const LOOK = 15;
const TOUCH = 1_000;
/** What was left by somebody who died in a line that nobody stands in any more is taken away. */
const LITTER = 86_400_000;

/** Who stands in which line: since when, and a name of their own. */
const TICKET = /^[a-z0-9]+\.\d{16}\.[A-Za-z0-9-]{1,80}$/;

/** Who of this machine goes next: all that change one ledger from here stand in one line. */
export type Turns = {
  /**
   * Waits for its turn, for at most so many milliseconds; it is its own until it leaves. True where others were
   * before it.
   */
  take(patience: number): Promise<boolean>;
  /** Lets the next one go; whoever comes again for the same change keeps their place. */
  leave(): void;
  /** The change is made, or given up. */
  end(): void;
};

/** No line to stand in. */
export const NO_TURNS: Turns = {
  take: () => Promise.resolve(false),
  leave: () => undefined,
  end: () => undefined,
};

/**
 * A line of tickets in a directory, which other lines share, first come first served. It decides nothing: who is first is the remote's
 * to say, and a ticket that is lost or made up only means that two come at once, or that one waits in vain for
 * a while. So what cannot be read or written there is no reason to stop.
 */
export const createTurns = (
  {
    files,
    clock,
    random,
    uniqueName,
  }: { files: Files; clock: Clock; random: () => number; uniqueName: () => string },
  findLine: () => { directory: string; name: string } | undefined,
): Turns => {
  let ticket: { directory: string; name: string } | undefined;
  const pathOf = (name: string): string => join(ticket?.directory ?? '', name);

  const isAlive = (name: string): boolean => {
    const content = files.read(pathOf(name), 64);
    if (content.kind === 'gone') return false;
    if (Math.abs(clock.now() - content.modifiedAt) < LIFE) return true;
    files.remove(pathOf(name));
    return false;
  };
  const tidy = (): void => {
    const names = files.list(ticket?.directory ?? '').filter((name) => TICKET.test(name));
    for (const name of names) {
      if (clock.now() - Number(name.split('.')[1]) > LITTER) files.remove(pathOf(name));
    }
  };
  const lineOf = (name: string): string | undefined => name.split('.')[0];
  const countAhead = (own: string): number =>
    files
      .list(ticket?.directory ?? '')
      .filter((name) => TICKET.test(name) && lineOf(name) === lineOf(own) && name < own)
      .filter(isAlive).length;
  const announce = (name: string): void => {
    if (!files.touch(pathOf(name))) files.append(pathOf(name), '');
  };

  const wait = async (name: string, patience: number): Promise<boolean> => {
    const longest = Math.min(LONGEST, patience);
    const start = clock.steady();
    let [touched, hasWaited] = [start, false];
    announce(name);
    while (clock.steady() - start < longest) {
      const ahead = countAhead(name);
      if (ahead === 0) break;
      hasWaited = true;
      // Whoever is far behind looks less often: looking, too, slows down whoever is first.
      await clock.pause(LOOK * ahead * (0.5 + random()));
      if (clock.steady() - touched < TOUCH) continue;
      touched = clock.steady();
      announce(name);
    }
    if (hasWaited) announce(name);
    return hasWaited;
  };

  const take = async (patience: number): Promise<boolean> => {
    if (!ticket) {
      const line = findLine();
      if (!line) return false;
      files.makeDirectory(line.directory);
      const since = String(clock.now()).padStart(16, '0');
      ticket = { directory: line.directory, name: `${line.name}.${since}.${uniqueName()}` };
      tidy();
    }
    return wait(ticket.name, patience);
  };
  const leave = (): void => {
    if (ticket) files.remove(pathOf(ticket.name));
  };
  /** Without the line one only comes at the same time as others. */
  const forgive = (error: unknown): false => {
    if (error instanceof Undecided) return false;
    throw error;
  };
  const leaveQuietly = (): void => {
    try {
      leave();
    } catch (error) {
      forgive(error);
    }
  };
  return {
    take: (patience) => take(patience).catch(forgive),
    leave: leaveQuietly,
    end: () => {
      leaveQuietly();
      ticket = undefined;
    },
  };
};
