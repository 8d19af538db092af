import { describe, expect, it } from 'vitest';
import { Undecided } from '../../src/kit/errors.ts';
import { createTurns } from '../../src/locks/turns.ts';
import { createFakeClock, HOUR, SECOND } from '../kit/fake-clock.ts';
import { createMemoryFiles } from '../kit/memory-files.ts';
import { createIds } from './store.ts';

const setUp = () => {
  const clock = createFakeClock();
  const files = createMemoryFiles(clock);
  const uniqueName = createIds('t');
  const join = (directory = '/line') =>
    createTurns({ files, clock, uniqueName, random: () => 0.5 }, () => ({
      directory,
      name: 'line',
    }));
  return { clock, files, join };
};

describe('the line of those who change one ledger from one machine', () => {
  it('lets whoever came first go first, and says to the next that somebody did', async () => {
    const { clock, files, join } = setUp();
    const [ann, ben] = [join(), join()];
    expect(await ann.take(HOUR)).toBe(false);
    clock.advance(1);
    let hasLeft = false;
    clock.meanwhile = () => {
      if (clock.slept.length < 5 || hasLeft) return;
      hasLeft = true;
      ann.end();
    };
    expect([await ben.take(HOUR), hasLeft]).toEqual([true, true]);
    ben.end();
    expect(files.list('/line')).toEqual([]);
  });

  it('keeps the place of whoever lost to another machine, and lets the next one try meanwhile', async () => {
    const { clock, join } = setUp();
    const [ann, ben] = [join(), join()];
    await ann.take(HOUR);
    ann.leave();
    clock.advance(1);
    expect(await ben.take(HOUR)).toBe(false);
    expect(await ann.take(HOUR)).toBe(false);
  });

  it('goes on past a process that has died, and past nobody who still works', async () => {
    const { clock, join } = setUp();
    await join().take(HOUR);
    clock.advance(1);
    const start = clock.steady();
    expect(await join().take(HOUR)).toBe(true);
    expect(clock.steady() - start).toBeGreaterThan(2.9 * SECOND);
    expect(clock.steady() - start).toBeLessThan(3.1 * SECOND);
  });

  it('keeps nobody for ever who waits behind a ticket that somebody keeps alive', async () => {
    const { clock, files, join } = setUp();
    const first = join();
    await first.take(HOUR);
    const [name] = files.list('/line');
    clock.advance(1);
    clock.meanwhile = () => void files.touch(`/line/${name}`);
    const start = clock.steady();
    await join().take(HOUR);
    expect(clock.steady() - start).toBeLessThan(16 * SECOND);
  });

  it('is not for those who change another ledger, nor for longer than somebody has time', async () => {
    const { clock, files, join } = setUp();
    const other = { directory: '/line', name: 'other' };
    const world = { files, clock, uniqueName: createIds('o'), random: () => 0.5 };
    await createTurns(world, () => other).take(HOUR);
    clock.advance(1);
    expect(await join().take(HOUR)).toBe(false);
    clock.advance(1);
    const start = clock.steady();
    await join().take(SECOND);
    expect(clock.steady() - start).toBeLessThan(1.1 * SECOND);
    expect(await createTurns(world, () => undefined).take(HOUR)).toBe(false);
    clock.advance(25 * HOUR);
    const last = join();
    await last.take(HOUR);
    last.end();
    expect(files.list('/line')).toEqual([]);
  });

  it('is done without where its directory cannot be had, or has other files in it', async () => {
    const { files, join } = setUp();
    files.put('/line/0', 'something else');
    expect(await join().take(HOUR)).toBe(false);
    files.before = ({ path }) => {
      if (path.startsWith('/closed')) throw new Undecided('store-unreadable', 'no', 'ls');
    };
    const closed = join('/closed');
    expect(await closed.take(HOUR)).toBe(false);
    closed.end();
  });
});
