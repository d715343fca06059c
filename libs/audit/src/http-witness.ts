import { CodecError, limits, UnavailableError } from '@rogatory/kernel';
import { type AddCheckpoint, encodeAddCheckpoint, type NoteSignature, parseSignatureLine } from '@rogatory/tlog';
import type { WitnessClient, WitnessReply } from './application/log/witness-client.js';

const SIZE = /^(?:0|[1-9][0-9]{0,15})\n$/;
const decoder = new TextDecoder('utf-8', { fatal: true });

/** A witness at an address: `POST <url>/add-checkpoint`. Follows no redirection and reads a bounded answer. */
export class HttpWitness implements WitnessClient {
  readonly #url: string;

  constructor(url: string) {
    this.#url = `${url.replace(/\/+$/, '')}/add-checkpoint`;
  }

  /** @throws UnavailableError `audit/witness-unreachable`; CodecError `tlog/note` on lines that are none. */
  async addCheckpoint(request: AddCheckpoint): Promise<WitnessReply> {
    const { status, text } = await this.#post(encodeAddCheckpoint(request));
    if (status === 200) return { kind: 'cosigned', lines: linesOf(text) };
    if (status === 409 && SIZE.test(text)) return { kind: 'conflict', size: Number(text) };
    return { kind: 'refused', status };
  }

  async #post(body: Uint8Array): Promise<{ readonly status: number; readonly text: string }> {
    try {
      const response = await fetch(this.#url, {
        method: 'POST',
        body: Buffer.from(body),
        redirect: 'error',
        signal: AbortSignal.timeout(limits.witnessAnswerMs),
      });
      return { status: response.status, text: decoder.decode(await boundedBody(response)) };
    } catch (cause) {
      throw new UnavailableError('audit/witness-unreachable', 'a witness cannot be reached', { cause });
    }
  }
}

function linesOf(text: string): readonly NoteSignature[] {
  return text.split('\n').slice(0, -1).map(parseSignatureLine);
}

async function boundedBody(response: Response): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  const body: AsyncIterable<Uint8Array> | null = response.body;
  for await (const part of body ?? []) {
    length += part.length;
    if (length > limits.maxWitnessAnswerBytes) throw new CodecError('codec/too-long', 'longer than the object may be');
    parts.push(part);
  }
  return Buffer.concat(parts);
}
