import type { CommandSpec, OptionSpec } from '../run/command-spec.js';
import { submitCommand } from './directory.command.js';
import { paperOutput, signPaperCommand } from './paper.command.js';

const actions = () => import('../actions/enrol.js');

const days: OptionSpec = { flags: '--days <number>', summary: 'validity; thirteen months if not given' };
const expect: OptionSpec = {
  flags: '--expect <words>',
  summary: 'the words that the person read from the device; else asked',
};

const bundle: OptionSpec = {
  flags: '--bundle <file>',
  summary: 'directory file, such as "rogatory directory export" writes',
  isRequired: true,
};

export const enrolCommand: CommandSpec = {
  name: 'enrol',
  summary: 'bring people and devices into the directory: request, certify, consent, submit',
  commands: [
    {
      name: 'request',
      summary: 'make the keys of a device in a new profile, and the request for the registrars',
      options: [
        { flags: '--root <file>', summary: 'root file of the federation, its words compared', isRequired: true },
        { flags: '--authority <id>', summary: 'the authority of the person', isRequired: true },
        { flags: '--name <text>', summary: 'name of a person who is new' },
        { flags: '--post-name <text>', summary: 'name of the post of a person who is new' },
        { flags: '--person <id>', summary: 'a person whom the directory knows: a further or new device' },
        { flags: '--server <origin>', summary: 'such as https://rogatory.example' },
        days,
        { flags: '-o, --out <file>', summary: 'where the request goes', isRequired: true },
      ],
      needsProfile: true,
      run: async (call) => (await actions()).requestEnrolment(call),
    },
    {
      name: 'show',
      summary: 'check a request and show the words to compare',
      arguments: [{ name: '<request>', summary: 'enrolment request' }],
      run: async (call) => (await actions()).showRequest(call),
    },
    {
      name: 'certify',
      summary: 'as a registrar: compare the words, draft the certificates, sign them',
      arguments: [{ name: '<request>', summary: 'enrolment request' }],
      options: [
        { flags: '-k, --key <file>', summary: 'key file of the registrar', isRequired: true },
        {
          flags: '--post-kind <kind>',
          summary: 'post of a new person',
          choices: ['prosecutor', 'judge', 'liaisonOfficer', 'registrar', 'auditor'],
        },
        { flags: '--post <id>', summary: 'a post that somebody held before' },
        {
          flags: '--role <role>',
          summary: 'highest roles in a case, once for each; all that the post may if not given',
          isList: true,
        },
        days,
        expect,
        paperOutput,
      ],
      needsPassphrase: true,
      run: async (call) => (await actions()).certifyRequest(call),
    },
    {
      name: 'prolong',
      summary: 'draft the next certificate of a person, for the registrars to sign',
      arguments: [{ name: '<person>', summary: 'id of the person' }],
      options: [bundle, days, paperOutput],
      run: async (call) => (await actions()).prolongPerson(call),
    },
    {
      name: 'renew',
      summary: 'as a device whose certificate ends soon: draft the next one and sign it, for a registrar to sign',
      options: [bundle, days, paperOutput],
      needsProfile: true,
      run: async (call) => (await actions()).renewDevice(call),
    },
    {
      name: 'consent',
      summary: 'as a device of the same person: sign for a further device',
      arguments: [{ name: '<paper>', summary: 'paper that a registrar made' }],
      options: [expect],
      needsProfile: true,
      run: async (call) => (await actions()).consentToDevice(call),
    },
    signPaperCommand,
    submitCommand,
  ],
};
