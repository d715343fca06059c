import { z } from 'zod';

/** What the server says once it answers: one JSON line. */
export interface ReadyServer {
  readonly url: string;
  /** Verifier keys of its logs. */
  readonly logKeys: readonly string[];
  /** Hash of the federation's first root file, in hexadecimal. */
  readonly federationHash: string;
}

/** Why the server does not start. */
export interface FailedServer {
  readonly event: 'failed';
  readonly code: string;
  readonly faults: readonly string[];
}

/** What a line of the server says, or undefined for one that is not of this form. */
export function parseServerLine(line: string): (ReadyServer & { readonly event: 'ready' }) | FailedServer | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const told = readyLine.or(failedLine).parse(JSON.parse(line));
    if (told.event === 'ready') return { ...told, url: new URL(told.url).origin };
    const faults = told.faults.map(({ setting, reason }) => `${setting}: ${reason}`);
    return { event: 'failed', code: told.code, faults };
  } catch {
    return undefined;
  }
}

const readyLine = z.object({
  event: z.literal('ready'),
  url: z.string().max(300),
  logKeys: z.array(z.string().max(1_000)).max(16),
  federationHash: z.string().regex(/^[0-9a-f]{64}$/),
});
const failedLine = z.object({
  event: z.literal('failed'),
  code: z.string().max(100),
  faults: z.array(z.object({ setting: z.string(), reason: z.string() })).default([]),
});
