import type { CommandSpec, OptionSpec } from '../run/command-spec.js';

const actions = () => import('../actions/papers.js');

export const paperOutput: OptionSpec = { flags: '-o, --out <file>', summary: 'where the paper goes', isRequired: true };

export const rootOutputs: readonly OptionSpec[] = [
  { flags: '--root-out <file>', summary: 'write the root file that people compare and devices pin' },
  { flags: '--entry-out <file>', summary: 'write the same as bare bytes, for ROGATORY_FEDERATION_ROOT_FILE' },
];

export const showPaperCommand: CommandSpec = {
  name: 'show',
  summary: 'check a paper and show what it says and who has signed it',
  arguments: [{ name: '<paper>', summary: 'paper of a ceremony' }],
  run: async (call) => (await actions()).showPaper(call),
};

export const signPaperCommand: CommandSpec = {
  name: 'sign',
  summary: 'sign a paper with the key of a holder, after its words were compared',
  arguments: [{ name: '<paper>', summary: 'paper of a ceremony' }],
  options: [
    { flags: '-k, --key <file>', summary: 'key file of the holder', isRequired: true },
    { flags: '--expect <words>', summary: 'the fingerprint words as the other holders read them; else asked' },
    { flags: '-o, --out <file>', summary: 'where the signed copy goes; else the paper itself is replaced' },
  ],
  needsPassphrase: true,
  run: async (call) => (await actions()).signPaperFile(call),
};

export const assemblePaperCommand: CommandSpec = {
  name: 'assemble',
  summary: 'make log entries of a signed paper, verify them, and add them to the directory file',
  arguments: [{ name: '<papers...>', summary: 'the paper; several copies where holders signed apart' }],
  options: [
    { flags: '--bundle <file>', summary: 'directory file; made for a first root', isRequired: true },
    ...rootOutputs,
  ],
  run: async (call) => (await actions()).assemblePapers(call),
};

export const paperCommand: CommandSpec = {
  name: 'paper',
  summary: 'papers of ceremonies, whatever they are about: show, sign, bring into the directory',
  commands: [showPaperCommand, signPaperCommand, assemblePaperCommand],
};
