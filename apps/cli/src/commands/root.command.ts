import type { CommandSpec } from '../run/command-spec.js';
import { accessCommand, auditCommand } from './audit.command.js';
import { caseCommand, memberCommand } from './case.command.js';
import { completionCommand } from './completion.command.js';
import { documentCommand, messageCommand } from './content.command.js';
import { deadlineCommand } from './deadline.command.js';
import { directoryCommand } from './directory.command.js';
import { enrolCommand } from './enrol.command.js';
import { federationCommand } from './federation.command.js';
import { keysCommand } from './keys.command.js';
import { alarmsCommand, doctorCommand, loginCommand, logoutCommand, whoamiCommand } from './login.command.js';
import { paperCommand } from './paper.command.js';
import { serveCommand } from './serve.command.js';
import { taskCommand } from './task.command.js';

/** Every command there is. */
export const rootCommand: CommandSpec = {
  name: 'rogatory',
  summary: 'secure case coordination between prosecutors and judges of different states',
  commands: [
    serveCommand,
    loginCommand,
    logoutCommand,
    whoamiCommand,
    caseCommand,
    memberCommand,
    documentCommand,
    messageCommand,
    taskCommand,
    deadlineCommand,
    directoryCommand,
    enrolCommand,
    keysCommand,
    auditCommand,
    accessCommand,
    federationCommand,
    paperCommand,
    alarmsCommand,
    doctorCommand,
    completionCommand(() => rootCommand),
  ],
};
