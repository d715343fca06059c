export { witnessesOf } from './actions/doctor.js';
export { rootCommand } from './commands/root.command.js';
export { type CommandSpec, optionsOf } from './run/command-spec.js';
