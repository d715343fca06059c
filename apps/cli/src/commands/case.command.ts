import type { ArgumentSpec, CommandSpec, OptionSpec } from '../run/command-spec.js';

const actions = () => import('../actions/cases.js');
const invitations = () => import('../actions/invitations.js');

export const caseArgument: ArgumentSpec = {
  name: '<case>',
  summary: 'id of the case, or the first six characters or more',
};
export const compartmentOption: OptionSpec = {
  flags: '-c, --compartment <id>',
  summary: 'compartment by id or title; the root without it',
};
const historyChoices = ['all', 'from-now', 'from-date'];
const fromDate: OptionSpec = {
  flags: '--from <date>',
  summary: 'with from-date: the day from which on; an invitation does not carry it',
};
const roles = ['lead', 'contributor', 'reader', 'liaison', 'spaceAdministrator'];

export const caseCommand: CommandSpec = {
  name: 'case',
  summary: 'cases: create, open, invite, admit, compare heads, close',
  commands: [
    {
      name: 'create',
      summary: 'begin a case; you are its only lead',
      options: [
        { flags: '--title <text>', summary: 'its title, which the server never sees', isRequired: true },
        { flags: '--description <text>', summary: 'what it is about' },
        { flags: '--compartment <title>', summary: 'a further compartment, once for each', isList: true },
      ],
      needsProfile: true,
      run: async (call) => (await actions()).createCase(call),
    },
    {
      name: 'list',
      summary: 'list the cases that you are in',
      options: [{ flags: '--quick', summary: 'ids only, without opening each for its title' }],
      needsProfile: true,
      run: async (call) => (await actions()).listCases(call),
    },
    {
      name: 'show',
      summary: 'verify a case whole and show it',
      arguments: [caseArgument],
      needsProfile: true,
      run: async (call) => (await actions()).showCase(call),
    },
    {
      name: 'open',
      summary: 'verify a case whole, take what keys are owed, and show it',
      arguments: [caseArgument],
      needsProfile: true,
      run: async (call) => (await actions()).showCase(call),
    },
    {
      name: 'describe',
      summary: 'give a case or compartment another title and description',
      arguments: [caseArgument],
      options: [
        { flags: '--title <text>', summary: 'the new title', isRequired: true },
        { flags: '--description <text>', summary: 'the new description' },
        compartmentOption,
      ],
      needsProfile: true,
      run: async (call) => (await actions()).describeNamedCase(call),
    },
    {
      name: 'compartments',
      summary: 'list the compartments of a case, or add one',
      arguments: [caseArgument],
      options: [{ flags: '--add <title>', summary: 'a further compartment, by a lead' }],
      needsProfile: true,
      run: async (call) => (await actions()).listCompartments(call),
    },
    {
      name: 'invite',
      summary: 'offer membership to a person, a post or an authority',
      arguments: [caseArgument],
      options: [
        { flags: '--person <id>', summary: 'a person' },
        { flags: '--post <id>', summary: 'whoever holds a post' },
        { flags: '--authority <id>', summary: 'people of an authority, up to --uses' },
        { flags: '--uses <number>', summary: 'how many of an authority may accept' },
        { flags: '--role <role>', summary: 'role in the case', isRequired: true, choices: roles },
        {
          flags: '--history <choice>',
          summary: 'what of the past they may read',
          isRequired: true,
          choices: historyChoices,
        },
        fromDate,
        { flags: '--compartment <id>', summary: 'a further compartment, once for each', isList: true },
        { flags: '--days <number>', summary: 'until when; 7 days if not given' },
      ],
      needsProfile: true,
      run: async (call) => (await invitations()).invite(call),
    },
    {
      name: 'invitations',
      summary: 'list invitations to you, or of a case that you lead',
      arguments: [{ name: '[case]', summary: 'a case that you lead' }],
      needsProfile: true,
      run: async (call) => (await invitations()).listInvitations(call),
    },
    {
      name: 'accept',
      summary: 'accept an invitation',
      arguments: [{ name: '<invitation>', summary: 'id, or its first six characters or more' }],
      needsProfile: true,
      run: async (call) => (await invitations()).acceptInvitation(call),
    },
    {
      name: 'admit',
      summary: 'admit a person who accepted; only now they get keys',
      arguments: [caseArgument, { name: '<invitation>', summary: 'id of the invitation' }],
      options: [
        { flags: '--person <id>', summary: 'which one, where several accepted' },
        {
          flags: '--role <role>',
          summary: 'the role you mean to give; needed where another lead offered',
          choices: roles,
        },
        { flags: '--history <choice>', summary: 'as invited if not given', choices: historyChoices },
        fromDate,
      ],
      needsProfile: true,
      run: async (call) => (await invitations()).admit(call),
    },
    {
      name: 'revoke-invitation',
      summary: 'make an invitation void',
      arguments: [caseArgument, { name: '<invitation>', summary: 'id of the invitation' }],
      needsProfile: true,
      run: async (call) => (await invitations()).revokeInvitation(call),
    },
    {
      name: 'heads',
      summary: 'print the heads that members compare: same heads, same history',
      arguments: [caseArgument],
      options: [
        {
          flags: '--expect <hash>',
          summary: 'a chain hash that another member read out; exit code 1 if it is not ours',
        },
      ],
      needsProfile: true,
      run: async (call) => (await actions()).showHeads(call),
    },
    {
      name: 'fingerprint',
      summary: 'print the words by which members recognise the case',
      arguments: [caseArgument],
      needsProfile: true,
      run: async (call) => (await actions()).showCaseFingerprint(call),
    },
    {
      name: 'rotate',
      summary: 'renew keys: all that are due, or those of one compartment',
      arguments: [caseArgument],
      options: [compartmentOption],
      needsProfile: true,
      run: async (call) => (await actions()).rotateCase(call),
    },
    {
      name: 'policy',
      summary: 'show the rules of a case or compartment, or make them stricter; they never loosen',
      arguments: [caseArgument],
      options: [
        compartmentOption,
        { flags: '--confirm-hours <n>', summary: 'nobody writes on a history that nobody else confirmed for so long' },
        { flags: '--rotate-days <n>', summary: 'age at which a key is renewed' },
        { flags: '--leads <n>', summary: 'leads that must stay when one leaves' },
      ],
      needsProfile: true,
      run: async (call) => (await actions()).changePolicy(call),
    },
    {
      name: 'close',
      summary: 'close a case: it can be read and no longer written',
      arguments: [caseArgument],
      needsProfile: true,
      run: async (call) => (await actions()).changeCase(call, 'close'),
    },
    {
      name: 'reopen',
      summary: 'open a closed case again',
      arguments: [caseArgument],
      needsProfile: true,
      run: async (call) => (await actions()).changeCase(call, 'reopen'),
    },
    {
      name: 'leave',
      summary: 'leave a case; the last lead cannot',
      arguments: [caseArgument],
      needsProfile: true,
      run: async (call) => (await actions()).changeCase(call, 'leave'),
    },
  ],
};

const memberActions = () => import('../actions/members.js');
const memberArgument: ArgumentSpec = {
  name: '<person>',
  summary: 'id of the member, or its first six characters or more',
};

export const memberCommand: CommandSpec = {
  name: 'member',
  summary: 'members of a case: list, change role, remove, give keys',
  commands: [
    {
      name: 'list',
      summary: 'list the members of a compartment',
      arguments: [caseArgument],
      options: [compartmentOption],
      needsProfile: true,
      run: async (call) => (await memberActions()).listMembers(call),
    },
    {
      name: 'role',
      summary: 'give a member another role',
      arguments: [caseArgument, memberArgument],
      options: [{ flags: '--role <role>', summary: 'the new role', isRequired: true, choices: roles }],
      needsProfile: true,
      run: async (call) => (await memberActions()).setRole(call),
    },
    {
      name: 'remove',
      summary: 'take a person out of the case and renew every key',
      arguments: [caseArgument, memberArgument],
      needsProfile: true,
      run: async (call) => (await memberActions()).removeMember(call),
    },
    {
      name: 'devices',
      summary: 'bring in new devices of members, drop those that ended',
      arguments: [caseArgument, { name: '[person]', summary: 'your own without it' }],
      needsProfile: true,
      run: async (call) => (await memberActions()).reconcileDevices(call),
    },
    {
      name: 'reseal',
      summary: 'give keys again to members who complained that theirs are missing or do not open',
      arguments: [caseArgument],
      needsProfile: true,
      run: async (call) => (await memberActions()).answerComplaints(call),
    },
    {
      name: 'disclose',
      summary: 'give a member the keys of single messages and documents from before their time; by a lead',
      arguments: [caseArgument, memberArgument],
      options: [
        { flags: '--message <message>', summary: 'a message, once for each', isList: true },
        { flags: '--document <document>', summary: 'a document with all its versions, once for each', isList: true },
        compartmentOption,
      ],
      needsProfile: true,
      run: async (call) => (await memberActions()).discloseItems(call),
    },
  ],
};
