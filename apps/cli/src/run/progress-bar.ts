import type { OnProgress } from '@rogatory/client';
import type { Call } from './call.js';
import { harmless } from './harmless.js';
import { sizeText } from './outcome.js';

export interface ProgressBar {
  readonly update: OnProgress;
  stop(): void;
}

/** A bar on standard error while a person watches; silent in scripts. Counts bytes unless `text` says what else. */
export async function progressBar(
  call: Call,
  title: string,
  text: (count: number) => string = sizeText,
): Promise<ProgressBar> {
  if (!call.context.console.isInteractive || call.flag('json'))
    return { update: () => undefined, stop: () => undefined };
  const { Presets, SingleBar } = await import('cli-progress');
  const format = `${harmless(title, 40)} [{bar}] {percentage}% {done} of {total}, {eta_formatted}`;
  const bar = new SingleBar({ format, stream: process.stderr, hideCursor: true, etaBuffer: 50 }, Presets.legacy);
  let isStarted = false;
  return {
    update: ({ doneBytes, totalBytes }) => {
      const payload = { done: text(doneBytes), total: text(totalBytes) };
      if (isStarted) bar.update(doneBytes, payload);
      else bar.start(totalBytes, doneBytes, payload);
      isStarted = true;
    },
    stop: () => bar.stop(),
  };
}
