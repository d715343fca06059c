import type { ArgumentSpec, CommandSpec, OptionSpec } from '../run/command-spec.js';

const actions = () => import('../actions/directory.js');

const paper: ArgumentSpec = { name: '<paper>', summary: 'signed paper of a ceremony' };
const standing: readonly OptionSpec[] = [
  { flags: '--person <id>', summary: 'a person: two registrars sign' },
  { flags: '--device <id>', summary: 'a device: one registrar, or another device of the same person' },
  {
    flags: '--reason <reason>',
    summary: 'why',
    choices: ['unspecified', 'lost', 'compromised', 'left', 'replaced', 'disciplinary'],
  },
  { flags: '-k, --key <file>', summary: 'key file of a registrar; else the device of the profile signs' },
  { flags: '-o, --out <file>', summary: 'write the paper for a second signature instead of submitting it' },
];

export const submitCommand: CommandSpec = {
  name: 'submit',
  summary: 'bring a signed paper into the directory of the server',
  arguments: [paper],
  needsProfile: true,
  run: async (call) => (await actions()).submitPaper(call),
};

export const directoryCommand: CommandSpec = {
  name: 'directory',
  summary: 'the directory of authorities, people and devices; contacts and revocation',
  commands: [
    {
      name: 'list',
      summary: 'list authorities and people',
      needsProfile: true,
      run: async (call) => (await actions()).listDirectory(call),
    },
    {
      name: 'show',
      summary: 'show an authority, a person or a device',
      arguments: [{ name: '<id>', summary: 'id, or its first six characters or more' }],
      needsProfile: true,
      run: async (call) => (await actions()).showDirectory(call),
    },
    {
      name: 'contact',
      summary: 'show the words of a person; decide on them, which the first contact demands',
      arguments: [{ name: '<person>', summary: 'id, or its first six characters or more' }],
      options: [
        { flags: '--compare <words>', summary: 'words or digits that the person read out by another way' },
        { flags: '--accept', summary: 'trust the registrars alone, without comparison' },
      ],
      needsProfile: true,
      run: async (call) => (await actions()).decideContact(call),
    },
    {
      name: 'contacts',
      summary: 'list the people that you decided on',
      needsProfile: true,
      run: async (call) => (await actions()).listContacts(call),
    },
    {
      name: 'verify',
      summary: 'replay and verify the whole directory',
      needsProfile: true,
      run: async (call) => (await actions()).verifyDirectory(call),
    },
    {
      name: 'export',
      summary: 'write the verified directory to a file',
      options: [{ flags: '-o, --out <file>', summary: 'where it goes', isRequired: true }],
      needsProfile: true,
      run: async (call) => (await actions()).exportDirectory(call),
    },
    submitCommand,
    {
      name: 'revoke',
      summary: 'end a device or person for ever',
      options: standing,
      needsProfile: true,
      run: async (call) => (await actions()).changeStanding(call, 'revoke'),
    },
    {
      name: 'suspend',
      summary: 'suspend a device or person until they are reinstated',
      options: standing,
      needsProfile: true,
      run: async (call) => (await actions()).changeStanding(call, 'suspend'),
    },
    {
      name: 'reinstate',
      summary: 'lift a suspension',
      options: standing,
      needsProfile: true,
      run: async (call) => (await actions()).changeStanding(call, 'reinstate'),
    },
  ],
};
