import type { Clock, RandomBytes } from '@rogatory/kernel';
import type { ClientSettings } from '@rogatory/platform-config/client';

/** Where a command reads and writes; a test passes buffers. */
export interface Console {
  /** Results only. */
  out(text: string): void;
  /** Diagnostics, hints, prompts, progress. */
  error(text: string): void;
  /** Whether a person sits at the terminal to be asked. */
  readonly isInteractive: boolean;
  /** Asks without showing the answer. @throws UsageError `cli/no-terminal`. */
  askSecretly(question: string): Promise<string>;
  /** @throws UsageError `cli/no-terminal`. */
  ask(question: string): Promise<string>;
}

/** Everything that a command takes from outside. */
export interface CliContext {
  readonly console: Console;
  readonly settings: ClientSettings;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly workingFolder: string;
  /** Aborted when the user stops the command. */
  readonly signal: AbortSignal;
}
