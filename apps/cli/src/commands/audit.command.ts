import type { CommandSpec, OptionSpec } from '../run/command-spec.js';

const actions = () => import('../actions/audit.js');
const records = () => import('../actions/audit-records.js');

const purpose: OptionSpec = {
  flags: '--purpose <purpose>',
  summary: 'for what the log is looked at; recorded with the look-up',
  isRequired: true,
  choices: ['lawfulness', 'selfMonitoring', 'integrityAndSecurity', 'criminalProceedings'],
};

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
        { flags: '--from-index <index>', summary: 'from this place in the log on' },
        { flags: '--until-index <index>', summary: 'up to this place in the log' },
        { flags: '--authority <id>', summary: 'by people of this authority' },
        { flags: '--owner <id>', summary: 'about cases and objects of this authority' },
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
      arguments: [{ name: '<record>', summary: 'id of the record' }],
      options: [purpose, { flags: '--oversight-key <file>', summary: 'opens the free text of the reason' }],
      needsProfile: true,
      run: async (call) => (await records()).showRecord(call),
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
      options: [{ flags: '-o, --out <file>', summary: 'for "audit verify --trust"' }],
      needsProfile: true,
      run: async (call) => (await actions()).exportTrust(call),
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
      options: [
        { flags: '--data <folder>', summary: 'data folder of the server; else its settings tell' },
        { flags: '--tail', summary: 'the end of each log only: its last 65,536 records' },
      ],
      run: async (call) => (await import('../actions/audit-fsck.js')).checkStoredLogs(call),
    },
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
