import type { CommandSpec, OptionSpec } from '../run/command-spec.js';
import { eraseCommand, holdCommand, restrictCommand } from './audit-order.command.js';

const actions = () => import('../actions/audit.js');
const records = () => import('../actions/audit-records.js');
const findings = () => import('../actions/audit-findings.js');

const purpose: OptionSpec = {
  flags: '--purpose <purpose>',
  summary: 'for what the log is looked at; recorded with the look-up',
  isRequired: true,
  choices: ['lawfulness', 'selfMonitoring', 'integrityAndSecurity', 'criminalProceedings'],
};

const data: OptionSpec = { flags: '--data <folder>', summary: 'data folder of the server; else its settings tell' };

const shard: OptionSpec = {
  flags: '--shard <name>',
  summary: 'in this log, such as 2026h2; the one that takes records if not given',
};

const recoverCommand: CommandSpec = {
  name: 'recover',
  summary: 'as the operator of a stopped server whose database was set back behind its signed log',
  commands: [
    {
      name: 'refill',
      summary: 'put the log back from a copy that reaches the last signed head; verifies all of it first',
      options: [
        data,
        { flags: '--from <folder>', summary: 'copy of the log in the layout of tlog-tiles', isRequired: true },
      ],
      run: async (call) => (await import('../actions/audit-recover.js')).refillLog(call),
    },
    {
      name: 'copy',
      summary: 'write the log of a stopped server, or of a backup of its data folder, as files for "refill"',
      options: [
        data,
        { ...shard, summary: 'the log, such as 2026h2; the one that takes records if not given' },
        { flags: '-o, --out <folder>', summary: 'a new folder', isRequired: true },
      ],
      run: async (call) => (await import('../actions/audit-recover.js')).copyLog(call),
    },
    {
      name: 'abandon',
      summary: 'no copy is left: give the log up for all to see, and begin the next one',
      options: [
        data,
        { flags: '--lost-for-good', summary: 'say so: what was not put back cannot be put back later' },
        { flags: '-o, --out <file>', summary: 'write the last signed head of the old log' },
      ],
      run: async (call) => (await import('../actions/audit-recover.js')).abandonLog(call),
    },
  ],
};
const shardCommand: CommandSpec = {
  name: 'shard',
  summary: 'as the operator: the logs of a server, one for each half-year',
  commands: [
    {
      name: 'show',
      summary: 'the logs with their keys; that of the next one is for the witnesses',
      options: [data],
      run: async (call) => (await import('../actions/audit-shard.js')).showShards(call),
    },
    {
      name: 'roll',
      summary: 'end the log now and begin the next one; or go on with a turn that was cut off',
      options: [data],
      run: async (call) => (await import('../actions/audit-shard.js')).rollShard(call),
    },
  ],
};
const verdictOptions: readonly OptionSpec[] = [
  purpose,
  { ...shard, summary: 'the log of the finding, such as 2026h2; the one that takes records if not given' },
  { flags: '--justification <text>', summary: 'why; only the oversight body can read it', isRequired: true },
  { flags: '--records <number>', summary: 'with how many records it was judged; as it is now if not given' },
];

export const auditCommand: CommandSpec = {
  name: 'audit',
  summary: 'the audit log: who did what, when and why; receipts; verification',
  commands: [
    {
      name: 'list',
      summary: 'as an auditor: list records, newest first',
      options: [
        purpose,
        { flags: '--person <id>', summary: 'by this person' },
        { flags: '--event <code>', summary: 'such as doc.read' },
        { flags: '--case <id>', summary: 'of this case' },
        { flags: '--device <id>', summary: 'by this device' },
        { flags: '--object <id>', summary: 'about this document or other object' },
        { flags: '--class <class>', summary: 'such as consultation or disclosure' },
        { flags: '--zone <zone>', summary: 'time zone of --hours and --days, such as Europe/Paris' },
        { flags: '--hours <span>', summary: 'at these hours there, such as 22:00-06:00' },
        { flags: '--days <days>', summary: 'on these days there, such as sat,sun' },
        shard,
        { flags: '--from-index <index>', summary: 'from this place in the log on' },
        { flags: '--until-index <index>', summary: 'up to this place in the log' },
        { flags: '--authority <id>', summary: 'by people of this authority' },
        { flags: '--owner <id>', summary: 'about cases and objects of this authority' },
        { flags: '--to-authority <id>', summary: 'handed to somebody of this authority' },
        { flags: '--to-person <id>', summary: 'handed to this person' },
        {
          flags: '--complete',
          summary:
            'prove that no record is missing: all records of a case or an authority, against the counts of the log',
        },
        {
          flags: '--outcome <outcome>',
          summary: 'with this outcome',
          choices: ['allowed', 'denied', 'error', 'aborted'],
        },
        { flags: '--legal-basis <basis>', summary: 'on this ground' },
        { flags: '--from <time>', summary: 'from this time on, such as 2026-11-23T08:00Z' },
        { flags: '--until <time>', summary: 'before this time' },
        { flags: '--first <number>', summary: 'how many; 50 if not given' },
        { flags: '--before <index>', summary: 'the next page' },
      ],
      needsProfile: true,
      run: async (call) => (await records()).listRecords(call),
    },
    {
      name: 'show',
      summary: 'as an auditor: one record with the proof of its place',
      arguments: [{ name: '<record>', summary: 'id of the record, or its index as "audit list" shows it' }],
      options: [
        purpose,
        shard,
        { flags: '--oversight-key <file>', summary: 'opens the free text of the reason, and notes' },
      ],
      needsProfile: true,
      run: async (call) => (await records()).showRecord(call),
    },
    {
      name: 'record',
      summary: 'as an auditor: keep one record with its proof as a file that "rogatory-verify record" judges offline',
      arguments: [{ name: '<record>', summary: 'id of the record, or its index as "audit list" shows it' }],
      options: [purpose, shard, { flags: '-o, --out <file>', summary: 'a new file; named by the record if not given' }],
      needsProfile: true,
      run: async (call) => (await import('../actions/audit-record-file.js')).saveRecord(call),
    },
    {
      name: 'note',
      summary: 'as an auditor: write something down about a record or a case, for your own oversight body alone',
      arguments: [{ name: '<about>', summary: 'id of the record, or of the case' }],
      options: [
        purpose,
        { flags: '--text <text>', summary: 'sealed to your oversight body before it leaves', isRequired: true },
      ],
      needsProfile: true,
      run: async (call) => (await import('../actions/audit-notes.js')).addNote(call),
    },
    {
      name: 'epochs',
      summary: 'as an auditor: what the log says every hour of the number of its records',
      options: [
        purpose,
        shard,
        { flags: '--first <number>', summary: 'how many; 24 if not given' },
        { flags: '--below <number>', summary: 'the next page' },
      ],
      needsProfile: true,
      run: async (call) => (await import('../actions/audit-epochs.js')).listEpochs(call),
    },
    {
      name: 'due',
      summary: 'as an auditor: whether a review is due, and what your body reported',
      options: [
        purpose,
        { flags: '--save <record>', summary: 'write this report with its proof, for others to verify' },
        { flags: '-o, --out <file>', summary: 'with --save: where; RECORD.review-report.json if not given' },
      ],
      needsProfile: true,
      run: async (call) => (await import('../actions/audit-reports.js')).showDue(call),
    },
    {
      name: 'report',
      summary: 'as an auditor: make the review report that is due, sign it and hand it in',
      options: [
        purpose,
        { flags: '--text <text>', summary: 'what you conclude; sealed to your oversight body', isRequired: true },
        { flags: '--recompute', summary: 'compute the findings over the records as well; reads the whole log' },
        { flags: '-o, --out <file>', summary: 'keep the report with its proof, for others to verify' },
      ],
      needsProfile: true,
      run: async (call) => (await import('../actions/audit-reports.js')).makeReport(call),
    },
    {
      name: 'findings',
      summary: 'as an auditor: what somebody should look at, newest first; with --recompute as the records show it',
      options: [
        purpose,
        shard,
        { flags: '--rule <name>', summary: 'of this rule only, such as bulk-hour' },
        { flags: '--state <state>', summary: 'open or dismissed', choices: ['open', 'dismissed'] },
        { flags: '--first <number>', summary: 'how many; 50 if not given' },
        { flags: '--after <finding>', summary: 'the next page' },
        { flags: '--calendars <file>', summary: 'write the working hours that the server used' },
        { flags: '--recompute', summary: 'compute over the records, and name what the server hid, made up or changed' },
        {
          flags: '--calendar-file <file>',
          summary: 'with --recompute: working hours that win over those of the server',
        },
        {
          flags: '--oversight-key <file>',
          summary: 'with --recompute: opens the free texts of reasons; "profile" for the key of this profile',
        },
      ],
      needsProfile: true,
      run: async (call) => (await findings()).listFindings(call),
    },
    {
      name: 'dismiss',
      summary: 'as an auditor: let a finding be, for a reason that is recorded',
      arguments: [{ name: '<finding>', summary: 'id of the finding' }],
      options: verdictOptions,
      needsProfile: true,
      run: async (call) => (await findings()).judgeFinding(call, 'dismiss'),
    },
    {
      name: 'reopen',
      summary: 'as an auditor: take a dismissal back, for a reason that is recorded',
      arguments: [{ name: '<finding>', summary: 'id of the finding' }],
      options: verdictOptions,
      needsProfile: true,
      run: async (call) => (await findings()).judgeFinding(call, 'reopen'),
    },
    {
      name: 'receipts',
      summary: 'demand the proofs that your own acts are in the log',
      options: [{ flags: '-o, --out <folder>', summary: 'keep them for offline verification' }],
      needsProfile: true,
      run: async (call) => (await actions()).checkReceipts(call),
    },
    {
      name: 'trust',
      summary: 'print name and keys of the log as this device pinned them',
      options: [shard, { flags: '-o, --out <file>', summary: 'for "audit verify --trust"' }],
      needsProfile: true,
      run: async (call) => (await actions()).exportTrust(call),
    },
    {
      name: 'export',
      summary: 'as an auditor: take a range of the log away, verified and able to be verified again',
      arguments: [{ name: '<target>', summary: 'file to make, or folder for the format tlog' }],
      options: [
        purpose,
        { flags: '--reason <text>', summary: 'why; recorded, sealed to the oversight body', isRequired: true },
        {
          flags: '--format <format>',
          summary: 'ndjson proves itself (if not given); tlog has the leaves alone',
          choices: ['ndjson', 'csv', 'ocsf', 'cloudevents', 'tlog'],
        },
        shard,
        { flags: '--first <index>', summary: 'from this index on; 0 if not given' },
        { flags: '--end <index>', summary: 'up to the record before this index; the newest if not given' },
      ],
      needsProfile: true,
      run: async (call) => (await import('../actions/audit-export.js')).exportLog(call),
    },
    {
      name: 'verify',
      summary: 'verify a log: bytes, leaves, tree, signed head, older heads, receipts',
      arguments: [{ name: '<source>', summary: 'folder in the layout of tlog-tiles, or the address of a server' }],
      options: [
        { flags: '--trust <file>', summary: 'of "audit trust"' },
        { flags: '--origin <name>', summary: 'name of the log, with --log-key' },
        { flags: '--log-key <key>', summary: 'verifier key of the log, once for each', isList: true },
        {
          flags: '--policy <file>',
          summary: 'witnesses whose quorum has to vouch for the head, in tlog-policy syntax',
        },
        { ...shard, summary: 'with a server: this log, such as 2026h2; the one that takes records if not given' },
        { flags: '--promise-key <base64>', summary: 'key of receipt promises' },
        { flags: '--earlier <file>', summary: 'a checkpoint from before, once for each', isList: true },
        { flags: '--receipts <folder>', summary: 'of "audit receipts --out"' },
        {
          flags: '--keep <folder>',
          summary: 'with a server: keep what was read, to verify it again without the server',
        },
      ],
      needsProfile: true,
      run: async (call) => (await actions()).verifyAudit(call),
    },
    {
      name: 'fsck',
      summary: 'as the operator: derive the stored logs anew and name what differs; changes nothing',
      options: [data, { flags: '--tail', summary: 'the end of each log only: its last 65,536 records' }],
      run: async (call) => (await import('../actions/audit-fsck.js')).checkStoredLogs(call),
    },
    recoverCommand,
    shardCommand,
    {
      name: 'retention',
      summary: 'as the operator: how long facts are kept, what is due, held and erased; changes nothing',
      options: [data],
      run: async (call) => (await import('../actions/audit-retention.js')).showRetention(call),
    },
    {
      name: 'succession',
      summary: 'how the log after one that ended follows it, as a file for "rogatory-verify succession"',
      options: [
        { ...shard, summary: 'the log that ended, such as 2026h2', isRequired: true },
        { flags: '-o, --out <file>', summary: 'the file to make', isRequired: true },
      ],
      needsProfile: true,
      run: async (call) => (await import('../actions/audit-shard.js')).exportSuccession(call),
    },
    {
      name: 'fork',
      summary: 'check, offline, a file that is to prove that a log signed two histories; exit code 0: it does',
      arguments: [{ name: '<file>', summary: 'of "audit evidence", or of anybody' }],
      options: [
        { flags: '--trust <file>', summary: 'of "audit trust"' },
        { flags: '--origin <name>', summary: 'name of the log, with --log-key' },
        { flags: '--log-key <key>', summary: 'verifier key of the log, once for each', isList: true },
        { flags: '--policy <file>', summary: 'witnesses whose cosignatures are checked where the heads carry some' },
      ],
      run: async (call) => (await import('../actions/audit-fork.js')).checkFork(call),
    },
    {
      name: 'evidence',
      summary: 'write the proof of a fork that this device met and keeps',
      options: [{ flags: '-o, --out <file>', summary: 'for "audit fork"', isRequired: true }],
      needsProfile: true,
      run: async (call) => (await import('../actions/audit-fork.js')).exportForkProof(call),
    },
    eraseCommand,
    holdCommand,
    restrictCommand,
  ],
};

export const accessCommand: CommandSpec = {
  name: 'access',
  summary: 'the access policy: list it, explain a decision',
  commands: [
    {
      name: 'list',
      summary: 'print every operation with who may, and the role × act matrix',
      run: async () => (await import('../actions/access.js')).listAccess(),
    },
    {
      name: 'explain',
      summary: 'say how the policy decides on an operation, and by which line',
      arguments: [{ name: '<operation>', summary: 'such as mutation.addDocument' }],
      options: [
        {
          flags: '--post-kind <kind>',
          summary: 'who asks; nobody is logged in without it',
          choices: ['prosecutor', 'judge', 'liaisonOfficer', 'registrar', 'auditor'],
        },
        {
          flags: '--role <role>',
          summary: 'role in the compartment; no member without it',
          choices: ['lead', 'contributor', 'reader', 'liaison', 'spaceAdministrator'],
        },
        { flags: '--act <act>', summary: 'what is posted, where the rule depends on it' },
        { flags: '--own', summary: "the object is the asker's own" },
        { flags: '--closed', summary: 'the case is closed' },
      ],
      run: async (call) => (await import('../actions/access.js')).explainAccess(call),
    },
  ],
};
