import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { serverEnvironment } from '@rogatory/platform-config/client';
import { z } from 'zod';
import type { Call } from '../run/call.js';
import { operatorError } from '../run/cli.errors.js';
import { isPresent } from '../run/files.js';
import { harmless } from '../run/harmless.js';

const MAX_LINE_CHARACTERS = 16 * 1024 * 1024; // a report of a thousand findings is 200 kB

const progressLine = z.object({ event: z.literal('progress'), done: z.number(), total: z.number() });
const failedLine = z.object({
  event: z.literal('failed'),
  code: z.string().max(100),
  details: z.record(z.string(), z.unknown()).default({}),
  faults: z.array(z.object({ setting: z.string(), reason: z.string() })).default([]),
});
const doneLine = z.looseObject({ event: z.literal('done') });
const line = z.discriminatedUnion('event', [progressLine, failedLine, doneLine]);

export interface OperatorTask {
  /** Name of the task, and its words. */
  readonly words: readonly string[];
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Works on what a server stored, in a process of its own: server code and client code never share one. The server's own
 * settings apply; `--data` names another folder, and one of a demonstration needs no settings.
 * @returns what the task answers, still to be parsed. @throws UsageError `cli/operator` with the code of what failed.
 */
export async function runOperatorTask(call: Call, { words, onProgress }: OperatorTask): Promise<unknown> {
  const main = fileURLToPath(new URL('operator/main.js', import.meta.resolve('@rogatory/api')));
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, ...words], {
    env: await environmentOf(call),
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const stop = () => void child.kill('SIGTERM');
  call.context.signal.addEventListener('abort', stop, { once: true });
  const ended = new Promise<never>((_done, fail) => {
    child.once('error', fail);
    child.once('close', (exitCode) => fail(operatorError({ exitCode: exitCode ?? 1 })));
  });
  const { stdout } = child;
  const answered = new Promise<unknown>((done, fail) => {
    if (stdout === null) return;
    createInterface({ input: stdout }).on('line', (text) => {
      const told = text.length > MAX_LINE_CHARACTERS ? undefined : parsed(text);
      if (told === undefined) call.context.console.error(harmless(text.slice(0, 1_000)));
      else if (told.event === 'progress') onProgress?.(told.done, told.total);
      else if (told.event === 'done') done(told);
      else fail(failure(told));
    });
  });
  try {
    return await Promise.race([answered, ended]);
  } finally {
    ended.catch(() => undefined);
    answered.catch(() => undefined);
    call.context.signal.removeEventListener('abort', stop);
  }
}

async function environmentOf(call: Call): Promise<Readonly<Record<string, string | undefined>>> {
  const data = call.optional('data');
  if (data === undefined) return serverEnvironment({});
  const folder = call.path(data);
  const isDemo = await isPresent(`${folder}/demo`);
  return serverEnvironment({ ROGATORY_DATA_FOLDER: folder, ...(isDemo && { ROGATORY_PROFILE: 'demo' }) });
}

function parsed(text: string): z.infer<typeof line> | undefined {
  try {
    return line.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function failure({ code, details, faults }: z.infer<typeof failedLine>): Error {
  const told = Object.entries(details).filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value));
  const settings = faults.map(({ setting, reason }) => `${setting}: ${reason}`).join('; ');
  return operatorError({
    reason: code,
    ...Object.fromEntries(told.map(([name, value]) => [name, String(value)])),
    ...(settings === '' ? {} : { faults: settings }),
  });
}
