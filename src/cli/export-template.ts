import { Undecided } from '../kit/errors.ts';
import { printable } from '../kit/quote.ts';
import type { CiFile, CiHost } from './ci-templates.ts';
import { textOption, type Words } from './command.ts';

/** Where each host looks for templates besides the one that every pull request begins with. */
const PLACES: Readonly<Record<CiHost, string>> = {
  github: '.github/PULL_REQUEST_TEMPLATE/export-change.md',
  gitlab: '.gitlab/merge_request_templates/export-change.md',
};

/** What is ticked, listed and named here is what `audit --claims` and CI hold against what they find. */
const TEXT = `\
<!-- leasehold: export change. This line says so; what is said below it is checked: leasehold audit --range origin/main..HEAD --claims FILE -->

## What changes in what packages export, and why



## Files modified

<!-- An item each, in code marks. Every entry that changes (lib.rs, index.ts, __init__.py, …), and nothing that does not. -->

-

## Checklist

<!-- Tick what holds. What is in code marks is the rule that says whether it does. -->

- [ ] No new wildcard re-export (\`exports/wildcard\`)
- [ ] No name is exported twice (\`exports/duplicate\`)
- [ ] No public name is removed, or each removal has its reason (\`exports/removed\`)
- [ ] Internal modules stay internal (\`exports/internal\`)
- [ ] Every re-export leads somewhere (\`exports/unresolved\`)
- [ ] An active lock covers each file that requires one (\`lock/required\`)
- [ ] Tests cover what is new
- [ ] The change log says what users will notice

## Coordination

- Parent issue: #
- Lock issue: #
- Related pull requests:
`;

/** The template that `--template NAME` asks for; undefined where none is asked for. */
export const readTemplate = (words: Words, host: CiHost = 'github'): CiFile | undefined => {
  const name = textOption(words, 'template');
  if (name === undefined) return undefined;
  if (name === 'exports') return { path: PLACES[host], text: TEXT };
  throw new Undecided(
    'usage',
    `--template takes exports, not ${printable(name)}`,
    'leasehold init --help',
  );
};
