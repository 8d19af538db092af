import { printable } from '../kit/quote.ts';
import { type CiReport, listTold } from './ci-report.ts';
import { toReportable } from './judgement-sarif.ts';
import { listFingerprints } from './sarif.ts';

const MASK = (1n << 128n) - 1n;

/** FNV-1a of 128 bits, in hexadecimal: a fingerprint of a fixed form, of whatever length the text is. */
const hash = (text: string): string => {
  let sum = 0x6c62272e07bb014262b821756295c58dn;
  for (const byte of Buffer.from(text)) {
    sum = ((sum ^ BigInt(byte)) * 0x1000000000000000000000013bn) & MASK;
  }
  return sum.toString(16).padStart(32, '0');
};

/** A report as GitLab's code-quality widget reads it. What could not be decided is an issue of its own. */
export const toCodeQuality = (report: CiReport) => {
  const told = listTold(report);
  const fingerprints = listFingerprints(told.map(toReportable));
  const findings = told.map(({ rule, severity, path, line, message, remedy }, at) => ({
    description: `${printable(message)}. Next: ${printable(remedy)}`,
    check_name: rule,
    fingerprint: hash(fingerprints[at] ?? ''),
    severity: severity === 'error' ? 'major' : 'minor',
    location: { path, lines: { begin: line ?? 1 } },
  }));
  const notes = [
    ...(report.failure
      ? [`could not decide: ${report.failure.message}. Next: ${report.failure.remedy}`]
      : []),
    ...report.notJudged.map((what) => `not judged: ${what}`),
  ].map((text) => ({
    description: printable(text),
    check_name: 'leasehold',
    fingerprint: hash(text),
    severity: 'info',
    location: { path: 'leasehold.config.json', lines: { begin: 1 } },
  }));
  return [...findings, ...notes];
};
