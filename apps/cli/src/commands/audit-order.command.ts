import type { CommandSpec, OptionSpec } from '../run/command-spec.js';

const actions = () => import('../actions/audit-orders.js');

const purposes = ['lawfulness', 'selfMonitoring', 'integrityAndSecurity', 'criminalProceedings'];
const purpose: OptionSpec = {
  flags: '--purpose <purpose>',
  summary: 'for what the log is looked at; recorded with the look-up',
  isRequired: true,
  choices: purposes,
};
const reference: OptionSpec = {
  flags: '--reference <number>',
  summary: 'file number of the order; everybody who may see the order sees it, so never a name',
  isRequired: true,
};
const expires: OptionSpec = {
  flags: '--expires-days <number>',
  summary: 'days in which a second person may approve; 7',
};
const reason: OptionSpec = { flags: '--reason <text>', summary: 'free text, sealed to the oversight body' };
const records: OptionSpec = {
  flags: '--records <ranges>',
  summary: 'indices in the log, such as 0-99,105',
  isRequired: true,
};
const shard: OptionSpec = { flags: '--shard <name>', summary: 'log of the records; the one in use if not given' };
const common = [reference, expires, reason];

const approve = (verbs: string): CommandSpec => ({
  name: 'approve',
  summary: `as a second auditor of the body: approve ${verbs}, which carries it out`,
  arguments: [{ name: '<order>', summary: 'id of the order' }],
  options: [purpose, reason],
  needsProfile: true,
  run: async (call) => (await actions()).approveOrder(call),
});

const list: CommandSpec = {
  name: 'list',
  summary: 'orders of the own oversight body: waiting, carried out, expired',
  options: [purpose],
  needsProfile: true,
  run: async (call) => (await actions()).listOrders(call),
};

export const eraseCommand: CommandSpec = {
  name: 'erase',
  summary: 'erase facts of records by order of two auditors; the proofs go on to hold',
  commands: [
    {
      name: 'propose',
      summary: 'propose an erasure; nothing happens before a second person approves it',
      options: [
        records,
        shard,
        { flags: '--groups <names>', summary: 'of who,what,why,src,act; act goes with who and what; all if not given' },
        { flags: '--legal-basis <basis>', summary: 'on what ground it is erased', isRequired: true },
        ...common,
      ],
      needsProfile: true,
      run: async (call) => (await actions()).proposeErasure(call),
    },
    approve('an erasure'),
    list,
  ],
};

export const holdCommand: CommandSpec = {
  name: 'hold',
  summary: 'keep records from being erased, by order of two auditors',
  commands: [
    {
      name: 'propose',
      summary: 'propose a hold of records, of a case, or of what a person did',
      options: [
        { flags: '--records <ranges>', summary: 'indices in the log, such as 0-99,105' },
        shard,
        { flags: '--case <id>', summary: 'all records of this case' },
        { flags: '--person <id>', summary: 'all that this person did' },
        { flags: '--until <time>', summary: 'end of the hold, at most a year away', isRequired: true },
        ...common,
      ],
      needsProfile: true,
      run: async (call) => (await actions()).proposeHold(call),
    },
    {
      name: 'lift',
      summary: 'propose the end of a hold of the own body',
      arguments: [{ name: '<hold>', summary: 'id of the order that set it' }],
      options: common,
      needsProfile: true,
      run: async (call) => (await actions()).proposeLift(call),
    },
    approve('a hold or its end'),
    list,
  ],
};

export const restrictCommand: CommandSpec = {
  name: 'restrict',
  summary: 'show records for one purpose only, by order of two auditors',
  commands: [
    {
      name: 'propose',
      summary: 'propose a restriction; with --release its end',
      options: [
        records,
        shard,
        { flags: '--for <purpose>', summary: 'the one purpose for which they may still be shown', choices: purposes },
        { flags: '--release', summary: 'end the restriction of these records' },
        ...common,
      ],
      needsProfile: true,
      run: async (call) => (await actions()).proposeRestriction(call),
    },
    approve('a restriction or its end'),
    list,
  ],
};
