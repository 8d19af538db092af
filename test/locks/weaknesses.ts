import type { Weakness } from './weaken.ts';

/** A way to spoil the protocol, and what must meet for it to be seen. */
type Spoiled = { scenario: string; pieces: readonly Weakness[] };

export const WEAKNESSES: Record<string, Spoiled> = {
  'reading locks/ before claims/': {
    scenario: 'two claims',
    pieces: [
      {
        file: 'load.ts',
        from: '  const pending = readAllPending(io, clone);\n  const unreadable',
        to: '  const unreadable',
      },
      {
        file: 'load.ts',
        from: '{ ...ledger, pending, unreadable }',
        to: '{ ...ledger, pending: readAllPending(io, clone), unreadable }',
      },
    ],
  },
  'going past a claim that is on its way in': {
    scenario: 'two claims',
    pieces: [
      {
        file: 'claim.ts',
        from: 'if (listPendingInTheWay(ledger, request).some((pending) => pending.alive))',
        to: 'if (false)',
      },
      {
        file: 'entry.ts',
        from: 'clear: listPendingInTheWay(ledger, entry).map((pending) => pending.file),',
        to: 'clear: [],',
      },
    ],
  },
  'going past a claim that is on its way in, with the lower ticket': {
    scenario: 'two claims',
    pieces: [
      {
        file: 'file-store.ts',
        from: 'const ledger = withoutClaim(brief ?? look(context), announced.file);',
        to: `const seen = withoutClaim(brief ?? look(context), announced.file);
  const isAhead = ({ file }: { file: string }) => file < announced.file;
  const ledger = { ...seen, pending: seen.pending.filter(isAhead) };`,
      },
    ],
  },
  'ignoring a dead claim instead of unlinking it': {
    scenario: 'two claims, one of which may be parked until it is taken for dead',
    pieces: [
      {
        file: 'entry.ts',
        from: 'clear: listPendingInTheWay(ledger, entry).map((pending) => pending.file),',
        to: 'clear: [],',
      },
    ],
  },
  'not looking again where a dead claim was gone already': {
    scenario: 'two claims, one of which may be parked until it is taken for dead',
    pieces: [{ file: 'file-store.ts', from: 'if (!cleared || !enter(', to: 'if (!enter(' }],
  },
  'a release of one pass': {
    scenario: 'a release and a renewal',
    pieces: [
      {
        file: 'file-store.ts',
        from: '      records.map((record) => record.file),\n    );\n  }',
        to: '      records.map((record) => record.file),\n    );\n    return;\n  }',
      },
    ],
  },
  'a renewal that rewrites the record in its place': {
    scenario: 'a release and a renewal',
    pieces: [
      {
        file: 'file-store.ts',
        from: '  if (plan?.add) return tryEntry(context, decide, ledger, plan.add);',
        to: `  if (plan?.add && plan.predecessor && !plan.release) {
    const { locks } = context.clone.places;
    if (!context.files.list(locks).includes(plan.predecessor)) return 'again';
    const known = { ledger, ofRecords: context.memory.highestToken() };
    const token = drawToken(context.files, context.clone.places, known);
    const entered = { ...plan.add, rev: plan.add.rev - 1, token };
    const draft = join(locks, '.rewritten.tmp');
    context.files.create(draft, serialiseGrant(entered));
    context.files.rename(draft, join(locks, plan.predecessor));
    return { outcome, entered };
  }
  if (plan?.add) return tryEntry(context, decide, ledger, plan.add);`,
      },
    ],
  },
  'a renewal that does not look whether its predecessor is still there': {
    scenario: 'a renewal, and a record that is deleted by hand',
    pieces: [
      {
        file: 'file-store.ts',
        from: 'if (plan.predecessor === undefined) return true;',
        to: 'return true;',
      },
    ],
  },
  'drawing the token last, and writing it over the claim that was announced': {
    scenario: 'two claims, one of which may be parked until it is taken for dead',
    pieces: [
      {
        file: 'file-store.ts',
        from: 'const grant = { ...draft, token: drawToken(files, clone.places, known) };',
        to: 'const grant = { ...draft, token: 1 };',
      },
      {
        file: 'file-store.ts',
        from: `  if (!isStillDue(context, { ...plan, add: plan.add }, announced)) return 'again';
  const cleared = removeAll(context, context.clone.places.claims, plan.clear ?? []);`,
        to: `  const cleared = removeAll(context, context.clone.places.claims, plan.clear ?? []);
  const known = { ledger, ofRecords: context.memory.highestToken() };
  const token = drawToken(context.files, context.clone.places, known);
  announced = { ...announced, grant: { ...announced.grant, token } };
  const draft = join(context.clone.places.claims, '.rewritten.tmp');
  context.files.create(draft, serialiseGrant(announced.grant));
  context.files.rename(draft, join(context.clone.places.claims, announced.file));`,
      },
    ],
  },
  'drawing the token first, without a look whether a higher one is there': {
    scenario: 'a claim, and a claim that is given back at once',
    pieces: [{ file: 'file-store.ts', from: 'return !isOutrun && ', to: 'return ' }],
  },
  'a force that unlinks what it saw, outside the doorway': {
    scenario: 'a force and a renewal',
    pieces: [
      {
        file: 'force.ts',
        from: 'return isWhole ? endGrant(ledger, request) : takeClaims(ledger, request, claims);',
        to: 'return isWhole ? removeGrant(ledger, request) : takeClaims(ledger, request, claims);',
      },
    ],
  },
  'a force that unlinks every revision, outside the doorway': {
    scenario: 'a force and a renewal',
    pieces: [
      {
        file: 'force.ts',
        from: 'return isWhole ? endGrant(ledger, request) : takeClaims(ledger, request, claims);',
        to: 'return isWhole ? removeGrant(ledger, request) : takeClaims(ledger, request, claims);',
      },
      {
        file: 'force.ts',
        from: 'remove: [...older, seen].map((record) => record.file),',
        to: 'release: [seen.id],',
      },
    ],
  },
  'going by what is remembered, though somebody else has drawn a token': {
    scenario: 'a claim, and one who claims again what they gave back',
    pieces: [
      {
        file: 'calm-store.ts',
        from: ' || grant.token !== calm.token + 1',
        to: '',
      },
      {
        file: 'calm-store.ts',
        from: 'const isOwn = Math.max(...tokens) === grant.token && tokens.includes(calm.token);',
        to: 'const isOwn = tokens.length > 0;',
      },
    ],
  },
};
