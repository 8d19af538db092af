import { Undecided } from '../kit/errors.ts';
import { printable, quoteForeign, quoteName } from '../kit/quote.ts';
import {
  type Ask,
  assertReadable,
  type Claim,
  decideAsk,
  findConflicts,
  type StoredGrant,
} from '../locks/index.ts';
import { JSON_VERSION } from '../report/index.ts';
import {
  AS_OPTION,
  type Command,
  type Context,
  hasFlag,
  JSON_OPTION,
  printJson,
  textOption,
  type Words,
} from './command.ts';
import { parseTypedScopes } from './typed.ts';
import { identify, openForWriting, requireHolder } from './workspace.ts';

/** As much of it as its reader is shown: what is cut off would be lost in silence. */
const MAX_MESSAGE = 80;

const usage = (message: string): Undecided =>
  new Undecided('usage', message, 'leasehold ask PATH -m "Could I have it for ten minutes?"');

const readMessage = (words: Words): string => {
  const message = (textOption(words, 'message') ?? '').replace(/\s+/g, ' ').trim();
  if (message === '') throw usage('an ask needs a message: -m TEXT');
  if (Array.from(printable(message)).length <= MAX_MESSAGE) return message;
  throw usage(`the message is longer than the ${MAX_MESSAGE} characters that its reader is shown`);
};

/** One grant of each other holder in the way. */
const listHolders = (grants: readonly StoredGrant[]): StoredGrant[] => [
  ...new Map(grants.map((grant) => [grant.holder, grant])).values(),
];

const report = (context: Context, words: Words, claim: Claim, asked: readonly Ask[]): number => {
  if (hasFlag(words, 'json')) {
    const list = asked.map(({ to }) => ({ holder: to, path: claim.scope }));
    printJson(context, { version: JSON_VERSION, asked: list });
  } else {
    for (const { to, message } of asked) {
      context.print(`${context.palette.good('Asked')} ${quoteName(to)}: ${quoteForeign(message)}`);
    }
  }
  if (asked.length > 0) return 0;
  context.tell(`Nobody else holds ${printable(claim.scope)}: claim it.`);
  return 1;
};

const run: Command['run'] = async (context, words) => {
  const message = readMessage(words);
  const workspace = openForWriting(context);
  const [claim, ...others] = parseTypedScopes(workspace, words.positionals, 'write');
  if (!claim || others.length > 0) throw usage('ask takes one PATH');
  const ledger = await workspace.store.read();
  assertReadable(ledger);
  const from = requireHolder(identify(workspace, textOption(words, 'as'), ledger));
  const held = findConflicts(ledger, from, [claim]).map(({ grant }) => grant);
  const asked: Ask[] = [];
  for (const grant of listHolders(held)) {
    const ask = { id: context.createId(), from, to: grant.holder, claim, message, at: ledger.now };
    asked.push((await workspace.store.change(decideAsk(ask, grant.id))).outcome);
  }
  return report(context, words, claim, asked);
};

export const command: Command = {
  usage: 'leasehold ask PATH -m TEXT',
  about:
    'Asks whoever holds PATH, in one line. They see it at their next command or commit. Exits with 1 where ' +
    'nobody else holds it.',
  options: {
    message: {
      type: 'string',
      short: 'm',
      shown: '-m, --message TEXT',
      help: 'what you ask, at most 80 characters',
    },
    ...AS_OPTION,
    ...JSON_OPTION,
  },
  examples: [
    [
      'leasehold ask src/lib.rs -m "Could I have it for ten minutes?"',
      'then wait for it: leasehold claim src/lib.rs --wait',
    ],
  ],
  run,
};
