import type { ArgumentSpec, CommandSpec, OptionSpec } from '../run/command-spec.js';
import { caseArgument, compartmentOption } from './case.command.js';

const documents = () => import('../actions/documents.js');
const messages = () => import('../actions/messages.js');

const documentArgument: ArgumentSpec = {
  name: '<document>',
  summary: 'id, its first six characters or more, or its name',
};
const messageArgument: ArgumentSpec = { name: '<message>', summary: 'id, or its first six characters or more' };
const text: readonly OptionSpec[] = [
  { flags: '--text <text>', summary: 'what to say' },
  { flags: '--file <file>', summary: 'read it from a text file' },
  { flags: '--wants-ack', summary: 'ask to be told when it was read' },
  { flags: '--reference <document>', summary: 'a document it is about, once for each', isList: true },
];
const legalBases = [
  'investigation',
  'jointInvestigationTeam',
  'europeanInvestigationOrder',
  'arrestWarrant',
  'freezingOrConfiscation',
  'informationExchange',
  'trial',
  'oversight',
  'administration',
];

export const documentCommand: CommandSpec = {
  name: 'document',
  summary: 'documents: add, list, get, withdraw',
  commands: [
    {
      name: 'add',
      summary: 'seal a file on this device and add it; goes on where it was interrupted',
      arguments: [caseArgument, { name: '<file>', summary: 'the file' }],
      options: [
        compartmentOption,
        { flags: '--name <text>', summary: 'another name than that of the file' },
        { flags: '--media-type <type>', summary: 'such as application/pdf' },
        { flags: '--version-of <document>', summary: 'a further version of this document' },
        { flags: '--handling <code>', summary: 'handling code', choices: ['H0', 'H1', 'H2', 'H3'] },
        { flags: '--source <code>', summary: 'evaluation of the source', choices: ['A', 'B', 'C', 'X'] },
        { flags: '--information <code>', summary: 'evaluation of the information', choices: ['1', '2', '3', '4'] },
      ],
      needsProfile: true,
      run: async (call) => (await documents()).addDocument(call),
    },
    {
      name: 'list',
      summary: 'list the documents of a compartment',
      arguments: [caseArgument],
      options: [compartmentOption, { flags: '--all', summary: 'all versions, those withdrawn too' }],
      needsProfile: true,
      run: async (call) => (await documents()).listDocuments(call),
    },
    {
      name: 'versions',
      summary: 'list the versions of a document',
      arguments: [caseArgument, documentArgument],
      options: [compartmentOption],
      needsProfile: true,
      run: async (call) => (await documents()).listVersions(call),
    },
    {
      name: 'get',
      summary: 'fetch a document, verified before it gets its name; the reason is recorded first',
      arguments: [caseArgument, documentArgument],
      options: [
        { flags: '--justification <text>', summary: 'why; only the oversight body can read it', isRequired: true },
        { flags: '--legal-basis <basis>', summary: 'on what ground', isRequired: true, choices: legalBases },
        { flags: '--instrument <reference>', summary: 'reference of the instrument, such as a JIT number' },
        { flags: '--version <number>', summary: 'the newest without it' },
        { flags: '-o, --out <path>', summary: 'file or folder; else a harmless form of its name here' },
        compartmentOption,
      ],
      needsProfile: true,
      run: async (call) => (await documents()).getDocument(call),
    },
    {
      name: 'withdraw',
      summary: 'withdraw a document or one version, with a reason for the members',
      arguments: [caseArgument, documentArgument],
      options: [
        { flags: '--reason <text>', summary: 'why', isRequired: true },
        { flags: '--version <number>', summary: 'all versions without it' },
        compartmentOption,
      ],
      needsProfile: true,
      run: async (call) => (await documents()).withdrawDocument(call),
    },
    {
      name: 'uploads',
      summary: 'list uploads of this device that were interrupted',
      options: [{ flags: '--abandon <id>', summary: 'give one up, here and at the server' }],
      needsProfile: true,
      run: async (call) => (await documents()).listUploads(call),
    },
  ],
};

export const messageCommand: CommandSpec = {
  name: 'message',
  summary: 'messages: post, reply, list, watch live, acknowledge',
  commands: [
    {
      name: 'post',
      summary: 'begin a thread',
      arguments: [caseArgument],
      options: [...text, { flags: '--subject <text>', summary: 'subject of the thread' }, compartmentOption],
      needsProfile: true,
      run: async (call) => (await messages()).sendMessage(call),
    },
    {
      name: 'reply',
      summary: 'answer a message in its thread',
      arguments: [caseArgument, messageArgument],
      options: [...text, compartmentOption],
      needsProfile: true,
      run: async (call) => (await messages()).replyMessage(call),
    },
    {
      name: 'list',
      summary: 'list messages, each with its verified author',
      arguments: [caseArgument],
      options: [compartmentOption, { flags: '--last <number>', summary: 'how many; 50 if not given' }],
      needsProfile: true,
      run: async (call) => (await messages()).listMessages(call),
    },
    {
      name: 'watch',
      summary: 'print messages as they come, without gap or duplicate, until stopped',
      arguments: [caseArgument],
      options: [
        compartmentOption,
        { flags: '--from <position>', summary: 'begin at this place of the log; with what comes next if not given' },
        { flags: '--count <number>', summary: 'stop after so many' },
      ],
      needsProfile: true,
      run: async (call) => (await messages()).watchMessages(call),
    },
    {
      name: 'ack',
      summary: 'acknowledge that you read a message',
      arguments: [caseArgument, messageArgument],
      options: [compartmentOption],
      needsProfile: true,
      run: async (call) => (await messages()).acknowledgeMessage(call),
    },
  ],
};
