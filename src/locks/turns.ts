import { join } from 'node:path';
import type { Clock } from '../kit/clock.ts';
import { Undecided } from '../kit/errors.ts';
import type { Files } from '../kit/files.ts';

/** A ticket that was not touched for so long is nobody's; in milliseconds, as all that follows. */
const LIFE = 3_000;
/** Nobody waits longer than this: what goes wrong here costs time, and nothing else. */
const PATIENCE = 15_000;
const LOOK = 15;
const TOUCH = 1_000;

const TICKET = /^\d{16}-[A-Za-z0-9-]{1,80}$/;

/** Who of this machine goes next: all that change one ledger from here stand in one line. */
export type Turns = {
  /** Waits for its turn, which is its own until it leaves; true where others were before it. */
  take(): Promise<boolean>;
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
 * A line of tickets in a directory, first come first served. It decides nothing: who is first is the remote's
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
  findDirectory: () => string,
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
  const isFirst = (own: string): boolean =>
    files
      .list(ticket?.directory ?? '')
      .filter((name) => TICKET.test(name) && name < own)
      .sort()
      .every((name) => !isAlive(name));
  const announce = (name: string): void => {
    if (!files.touch(pathOf(name))) files.append(pathOf(name), '');
  };

  const wait = async (name: string): Promise<boolean> => {
    const start = clock.steady();
    let [touched, hasWaited] = [start, false];
    announce(name);
    while (clock.steady() - start < PATIENCE && !isFirst(name)) {
      hasWaited = true;
      await clock.pause(LOOK * (0.5 + random()));
      if (clock.steady() - touched < TOUCH) continue;
      touched = clock.steady();
      announce(name);
    }
    if (hasWaited) announce(name);
    return hasWaited;
  };

  const take = async (): Promise<boolean> => {
    if (!ticket) {
      const directory = findDirectory();
      files.makeDirectory(directory);
      ticket = { directory, name: `${String(clock.now()).padStart(16, '0')}-${uniqueName()}` };
    }
    return wait(ticket.name);
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
    take: () => take().catch(forgive),
    leave: leaveQuietly,
    end: () => {
      leaveQuietly();
      ticket = undefined;
    },
  };
};
