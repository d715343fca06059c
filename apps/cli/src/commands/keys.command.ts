import type { CommandSpec } from '../run/command-spec.js';

const actions = () => import('../actions/keys.js');

export const keysCommand: CommandSpec = {
  name: 'keys',
  summary: 'keys of root holders, registrars and oversight bodies, and the key store of a device',
  commands: [
    {
      name: 'new',
      summary: 'make a key for a root holder, a registrar or an oversight body',
      options: [
        {
          flags: '--kind <kind>',
          summary: 'what it is for',
          isRequired: true,
          choices: ['root', 'registrar', 'oversight'],
        },
        { flags: '--label <text>', summary: 'whose it is, for people', isRequired: true },
        { flags: '-o, --out <file>', summary: 'where the key file goes', isRequired: true },
        { flags: '--public-out <file>', summary: 'also write the public half, to hand on' },
      ],
      needsPassphrase: true,
      run: async (call) => (await actions()).newKey(call),
    },
    {
      name: 'show',
      summary: 'show the public half of a key file and the words to compare',
      arguments: [{ name: '<file>', summary: 'key file or public key file' }],
      options: [{ flags: '--public-out <file>', summary: 'write the public half, to hand on' }],
      run: async (call) => (await actions()).showKey(call),
    },
    {
      name: 'passphrase',
      summary: 'change the passphrase of a key file or of a device',
      arguments: [{ name: '[file]', summary: 'key file; without it the key store of the profile' }],
      options: [{ flags: '--new-passphrase-file <file>', summary: 'read the new passphrase from its first line' }],
      needsProfile: true,
      run: async (call) => (await actions()).changePassphrase(call),
    },
    {
      name: 'status',
      summary: 'show what protects the key store of a device, and what it holds',
      needsProfile: true,
      run: async (call) => (await actions()).keyStatus(call),
    },
  ],
};
