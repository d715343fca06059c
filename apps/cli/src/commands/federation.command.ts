import type { CommandSpec, OptionSpec } from '../run/command-spec.js';
import { assemblePaperCommand, paperOutput, rootOutputs, showPaperCommand, signPaperCommand } from './paper.command.js';

const actions = () => import('../actions/federation.js');

const bundle: OptionSpec = {
  flags: '--bundle <file>',
  summary: 'directory of the federation so far',
  isRequired: true,
};

export const federationCommand: CommandSpec = {
  name: 'federation',
  summary: 'the offline ceremony: root of trust, authorities and their first registrars',
  commands: [
    {
      name: 'init',
      summary: 'draft the first root file of a federation',
      options: [
        { flags: '--threshold <number>', summary: 'how many holders must sign, at least 2', isRequired: true },
        {
          flags: '--key <file>',
          summary: 'public key file of a holder, once for each',
          isRequired: true,
          isList: true,
        },
        paperOutput,
      ],
      run: async (call) => (await actions()).initFederation(call),
    },
    {
      name: 'succeed',
      summary: 'draft the successor of the root file: holders of both sign it',
      options: [
        bundle,
        { flags: '--threshold <number>', summary: 'how many of the new holders must sign', isRequired: true },
        {
          flags: '--key <file>',
          summary: 'public key file of a new holder, once for each',
          isRequired: true,
          isList: true,
        },
        paperOutput,
      ],
      run: async (call) => (await actions()).succeedRoot(call),
    },
    {
      name: 'admit',
      summary: 'draft the record of an authority or oversight body, or the next record of one',
      options: [
        bundle,
        { flags: '--authority <id>', summary: 'the authority whose next record this is; absent for a new one' },
        { flags: '--name <text>', summary: 'its name' },
        { flags: '--state <code>', summary: 'two letters of its state, or EU' },
        { flags: '--kind <kind>', summary: 'what it is, such as prosecutionOffice, court or oversightBody' },
        { flags: '--territory <text>', summary: 'where it is competent' },
        { flags: '--language <tag>', summary: 'BCP 47 tag, once for each', isList: true },
        { flags: '--instrument <name>', summary: 'such as EIO or JIT, once for each', isList: true },
        { flags: '--central', summary: 'it is the central authority of its state' },
        { flags: '--suspended', summary: 'nobody of it may act until a later record lifts this' },
        { flags: '--threshold <number>', summary: 'how many registrars sign a new person, at least 2' },
        { flags: '--registrar <file>', summary: 'public key file of a registrar, once for each', isList: true },
        { flags: '--oversight <id>', summary: 'the oversight body that reviews it' },
        {
          flags: '--oversight-key <file>',
          summary: 'of an oversight body: the public key that justifications are sealed to',
        },
        paperOutput,
      ],
      run: async (call) => (await actions()).admitAuthority(call),
    },
    signPaperCommand,
    assemblePaperCommand,
    {
      name: 'show',
      summary: 'replay a directory and show its root, authorities, people and devices',
      arguments: [{ name: '<bundle>', summary: 'directory file' }],
      options: rootOutputs,
      run: async (call) => (await actions()).showFederation(call),
    },
    { ...showPaperCommand, name: 'paper' },
  ],
};
