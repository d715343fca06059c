import { parseArgs } from 'node:util';
import { allClaims, type AuditClaim } from '@rogatory/evidence';
import { UsageError } from '@rogatory/kernel';

export const USAGE = `rogatory-verify: checks evidence of an audit log, without a server and without a network

  rogatory-verify log     FOLDER      files of a log in the layout of C2SP tlog-tiles
  rogatory-verify export  FILE        an export of "rogatory audit export" (NDJSON); - reads it from standard input
  rogatory-verify record  FILE        one record with its proof
  rogatory-verify receipt FILE --leaf FILE
                                      a .tlog-proof and the leaf it is about
  rogatory-verify report  FILE        a signed review report of an oversight body
  rogatory-verify succession FILE     how one log follows another, of "rogatory audit succession"; --trust names the old one
  rogatory-verify fork    FILE        evidence that a log forked: verified means that the log is not to be trusted

Whose words count (without any of these the keys that lie beside the evidence are taken, which proves little):
  --trust FILE             name and keys of the log, of "rogatory audit trust"; once for each log where the evidence is of two
  --log-key KEY            verifier key of the log, once for each; --origin NAME where it differs from the key's name
  --policy FILE            log and witnesses, in tlog-policy syntax; their quorum has to vouch for the head
  --promise-key BASE64     key of receipt promises
  --directory FILE --federation-root HEX
                           the federation's directory, for signatures of devices; the root's hash is compared out of band

  --retention FILE         for how long openings are kept (JSON, as the server has it): is anything open that is over time?
  --findings               computes findings over the records of an export that begins with the first
  --calendars FILE         working hours of authorities (JSON), for the findings; asks for them as well

What to compare with:
  --earlier FILE           a checkpoint from before, once for each
  --report FILE            a review report: does an export hold all records that the log counts by it?
  --old-log FOLDER, --next-log FOLDER
                           with a succession: the files of either log are verified against the heads that it tells
  --receipts FOLDER        receipts of "rogatory audit receipts --out"
  --demand CLAIM           this claim must be verified, once for each; otherwise the exit code is 2

  --json                   the verdicts as JSON

Exit code: 0 verified under keys that you gave, 1 something is wrong, 2 nothing is wrong but not all is vouched for,
or the evidence could not be read.
`;

export const evidenceKinds = ['log', 'export', 'record', 'receipt', 'report', 'succession', 'fork'] as const;
export type EvidenceKind = (typeof evidenceKinds)[number];

/** What the command line asks for. Paths are as given. */
export interface VerifyRequest {
  readonly kind: EvidenceKind;
  readonly path: string;
  readonly leaf: string | undefined;
  readonly trust: readonly string[];
  readonly logKeys: readonly string[];
  readonly origin: string | undefined;
  readonly policy: string | undefined;
  readonly promiseKey: string | undefined;
  readonly directory: string | undefined;
  readonly federationRoot: string | undefined;
  readonly earlier: readonly string[];
  readonly receipts: string | undefined;
  readonly report: string | undefined;
  readonly oldLog: string | undefined;
  readonly nextLog: string | undefined;
  readonly retention: string | undefined;
  /** Whether findings are computed. */
  readonly findings: boolean;
  readonly calendars: string | undefined;
  readonly demanded: readonly AuditClaim[];
  readonly isJson: boolean;
}

const options = {
  leaf: { type: 'string' },
  trust: { type: 'string', multiple: true },
  'log-key': { type: 'string', multiple: true },
  origin: { type: 'string' },
  policy: { type: 'string' },
  'promise-key': { type: 'string' },
  directory: { type: 'string' },
  'federation-root': { type: 'string' },
  earlier: { type: 'string', multiple: true },
  receipts: { type: 'string' },
  report: { type: 'string' },
  'old-log': { type: 'string' },
  'next-log': { type: 'string' },
  retention: { type: 'string' },
  findings: { type: 'boolean', default: false },
  calendars: { type: 'string' },
  demand: { type: 'string', multiple: true },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/** @returns undefined when help is asked for. @throws UsageError `verify/arguments`. */
export function parseRequest(args: readonly string[]): VerifyRequest | undefined {
  const { values, positionals } = parsed(args);
  const [name, path, ...rest] = positionals;
  if (values.help || name === undefined || name === 'help') return undefined;
  const kind = evidenceKinds.find((known) => known === name);
  if (kind === undefined) throw wrong('the first word is log, export, record, receipt, report, succession or fork');
  if (path === undefined || rest.length > 0) throw wrong('one path is needed behind the kind of evidence');
  if ((kind === 'receipt') !== (values.leaf !== undefined)) throw wrong('--leaf belongs to a receipt');
  const folders = [values['old-log'], values['next-log']];
  if (kind !== 'succession' && folders.some((folder) => folder !== undefined)) {
    throw wrong('--old-log and --next-log belong to a succession');
  }
  if ((values.directory === undefined) !== (values['federation-root'] === undefined)) {
    throw wrong('--directory and --federation-root belong together');
  }
  const { leaf, trust = [], origin, policy, directory, receipts, report, retention, calendars } = values;
  const findings = values.findings || calendars !== undefined;
  if (kind !== 'export' && (findings || retention !== undefined || report !== undefined)) {
    throw wrong('--report, --retention, --findings and --calendars belong to an export');
  }
  return {
    ...{ kind, path, leaf, trust, origin, policy, directory, receipts, report, retention, findings, calendars },
    ...{ oldLog: values['old-log'], nextLog: values['next-log'] },
    earlier: values.earlier ?? [],
    logKeys: values['log-key'] ?? [],
    promiseKey: values['promise-key'],
    federationRoot: values['federation-root'],
    demanded: (values.demand ?? []).map(claimOf),
    isJson: values.json,
  };
}

function claimOf(text: string): AuditClaim {
  const claim = allClaims.find((known) => known === text);
  if (claim === undefined) throw wrong(`--demand takes one of ${allClaims.join(', ')}`);
  return claim;
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (cause) {
    throw new UsageError('verify/arguments', 'an option is unknown or lacks its value', { cause });
  }
}

function wrong(message: string): UsageError {
  return new UsageError('verify/arguments', message);
}
