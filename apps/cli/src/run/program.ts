import { Argument, Command, CommanderError, Option } from 'commander';
import { Call } from './call.js';
import { refusedError, usageError } from './cli.errors.js';
import { type CommandSpec, json, type OptionSpec, optionsOf } from './command-spec.js';
import type { CliContext } from './context.js';
import { reportFailure } from './failure.js';
import { harmlessJson } from './harmless.js';
import { exitCodes, type ExitCode, type Outcome } from './outcome.js';

/** Parses the words of a call, runs the command and prints what it says. Never throws; the exit code tells. */
export async function runProgram(root: CommandSpec, words: readonly string[], context: CliContext): Promise<ExitCode> {
  const wantsJson = words.includes('--json');
  let exitCode: ExitCode = exitCodes.done;
  const perform = async (spec: CommandSpec, call: Call) => {
    const outcome = await spec.run?.(call);
    if (outcome !== undefined) exitCode = print(outcome, wantsJson, context);
  };
  try {
    await commandOf(root, { context, perform }).parseAsync([...words], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (context.signal.aborted) {
      // Whatever the work failed with then, it failed because the user stopped it.
      reportFailure(refusedError('cli/stopped', {}, error), wantsJson, context);
      return exitCodes.interrupted;
    }
    if (!(error instanceof CommanderError)) return reportFailure(error, wantsJson, context);
    // Help was asked for, and shown.
    if (error.exitCode === 0) return exitCodes.done;
    return reportFailure(usageError('cli/arguments', { reason: reasonOf(error) }), wantsJson, context);
  }
}

/** What the parser says, for `--json` too; a command that only leads to others says nothing of its own. */
function reasonOf({ code, message }: CommanderError): string {
  return code === 'commander.help' ? 'name a command' : message.replace(/^error: /, '');
}

function print(outcome: Outcome, wantsJson: boolean, { console }: CliContext): ExitCode {
  if (outcome.isTold) return outcome.exitCode ?? exitCodes.done;
  if (wantsJson) console.out(harmlessJson(outcome.json, 2));
  else for (const line of outcome.lines) console.out(line);
  return outcome.exitCode ?? exitCodes.done;
}

interface Building {
  readonly context: CliContext;
  readonly perform: (spec: CommandSpec, call: Call) => Promise<void>;
}

function commandOf(spec: CommandSpec, building: Building): Command {
  const { context, perform } = building;
  const command = new Command(spec.name)
    .description(spec.summary)
    .helpOption('-h, --help', 'show this')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.console.out(text.trimEnd()),
      writeErr: (text) => context.console.error(text.trimEnd()),
      // The failure itself tells it.
      outputError: () => undefined,
    });
  for (const child of spec.commands ?? []) command.addCommand(commandOf(child, building));
  if (spec.commands !== undefined) command.helpCommand('help [command]', 'show what a command does');
  const { run } = spec;
  // What is missing is the command, with `--json` as without.
  if (run === undefined) return command.enablePositionalOptions().addOption(optionOf(json).hideHelp());
  for (const { name, summary } of spec.arguments ?? []) command.addArgument(new Argument(name, summary));
  for (const option of optionsOf(spec)) command.addOption(optionOf(option));
  return command.action(async (...given: unknown[]) => {
    // Commander passes the arguments, then the options, then itself.
    const args = given.slice(0, -2);
    await perform(spec, new Call(context, args, command.opts()));
  });
}

function optionOf({ flags, summary, isRequired, isList, choices }: OptionSpec): Option {
  const option = new Option(flags, summary);
  if (isRequired) option.makeOptionMandatory();
  if (choices) option.choices(choices);
  if (isList) option.argParser((value: string, before: readonly string[] | undefined) => [...(before ?? []), value]);
  return option;
}
