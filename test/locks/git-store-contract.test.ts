import { createFakeClock } from '../kit/fake-clock.ts';
import { createLedgerClone, createMemoryClone, createSharedRemote } from './ledger-place.ts';
import { createMemoryLedger } from './memory-ledger.ts';
import { describeStore } from './store-contract.ts';

/** Every handle of one clone: they share its mirror, as worktrees do. */
const createOneClone = () => {
  const clock = createFakeClock();
  const { open, events } = createMemoryClone(createMemoryLedger(), 'only', { clock });
  return { clock, open, log: events };
};

/** Every handle a clone of its own, on a machine of its own; the log is what the last of them has seen. */
const createManyClones = () => {
  const clock = createFakeClock();
  const ledger = createMemoryLedger();
  let count = 0;
  const join = () => {
    count += 1;
    return createMemoryClone(ledger, `clone-${count}`, { clock });
  };
  const log = async () => {
    const { open, events } = join();
    await open().read();
    return events();
  };
  return { clock, open: () => join().open(), log, hidden: ['worktree', 'session'] as const };
};

describeStore('the git store, its handles in one clone', createOneClone);
describeStore('the git store, its handles in a clone each', createManyClones);

// Over git itself: two minutes, `npm run test:ledger`.
if (process.env.LEDGER_CONTRACT === 'git') {
  describeStore('the git store over git', () => {
    const clock = createFakeClock();
    const shared = createSharedRemote();
    const { open, events } = createLedgerClone(shared, 'only', { clock });
    return { clock, open, log: events, remove: shared.remove };
  });
}
