import { createInterface } from 'node:readline';
import { isRogatoryError } from '@rogatory/kernel';
import { readClientSettings } from '@rogatory/platform-config/client';
import { openActor, type Actor } from './actor.js';
import { duties, type DutyName } from './duties.js';

/**
 * One person's client in a process of its own. Each line on standard input asks one thing, as JSON; each line on standard
 * output answers one, or tells of something that happened. The end of the input ends the process.
 */
interface Asked {
  readonly id: number;
  readonly duty: DutyName;
  readonly input: never;
}

function tell(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

async function answer(actor: Actor, { id, duty, input }: Asked): Promise<void> {
  try {
    tell({ id, answer: await duties[duty](actor, input) });
  } catch (error) {
    const code = isRogatoryError(error) ? error.code : 'internal';
    const message = error instanceof Error ? error.message : String(error);
    tell({ id, error: { code, message } });
  }
}

async function main(): Promise<void> {
  const [profile, server] = process.argv.slice(2);
  const { passphraseFile } = readClientSettings();
  if (profile === undefined || server === undefined || passphraseFile === undefined) throw new Error('profile, server');
  const actor = await openActor({ profile, server, passphraseFile }, tell);
  tell({ event: 'ready' });
  for await (const line of createInterface({ input: process.stdin })) {
    const asked = JSON.parse(line) as Asked;
    void answer(actor, asked);
  }
  await actor.client.close();
  process.exit(0);
}

await main();
