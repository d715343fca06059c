import type { CommandSpec } from '../run/command-spec.js';
import { completionCommand } from './completion.command.js';
import { enrolCommand } from './enrol.command.js';
import { federationCommand } from './federation.command.js';
import { keysCommand } from './keys.command.js';
import { paperCommand } from './paper.command.js';
import { serveCommand } from './serve.command.js';

/** Every command there is. */
export const rootCommand: CommandSpec = {
  name: 'rogatory',
  summary: 'secure case coordination between prosecutors and judges of different states',
  commands: [serveCommand, federationCommand, keysCommand, enrolCommand, paperCommand, completionCommand],
};
