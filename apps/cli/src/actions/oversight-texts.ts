import { join } from 'node:path';
import type { Client, OpenRecord } from '@rogatory/client';
import { isRogatoryError } from '@rogatory/kernel';
import { decodeKeyFile, MAX_KEY_FILE_BYTES, unlockOversightKey } from '../ceremony/key-file.js';
import type { Call } from '../run/call.js';
import { isPresent, readBounded } from '../run/files.js';
import { harmless } from '../run/harmless.js';

/** Opens what is sealed to an oversight body. */
export interface OversightTexts {
  /** The free text of the record's reason; undefined where there is none, or this key does not open it. */
  readonly textOf: (record: OpenRecord) => string | undefined;
  readonly close: () => void;
}

/** With the key of a file; asks for its passphrase. */
export async function oversightTexts(call: Call, client: Client, path: string): Promise<OversightTexts> {
  const { readPassphrase } = await import('../run/passphrase.js');
  const file = decodeKeyFile(await readBounded(path, MAX_KEY_FILE_BYTES));
  const key = await unlockOversightKey(file, await readPassphrase(call, path));
  const textOf = (record: OpenRecord): string | undefined => {
    if (!hasText(record)) return undefined;
    try {
      return client.audit.justificationText(record, key);
    } catch (error) {
      // Sealed to another body: then its holder judges it.
      if (isRogatoryError(error) && error.code === 'crypto/open') return undefined;
      throw error;
    }
  };
  return { textOf, close: () => key.wipe() };
}

/** The key that was named with `--oversight-key`, else the one in the auditor's profile; undefined without either. */
export async function keyAtHand(call: Call, folder: string): Promise<string | undefined> {
  const named = call.optional('oversightKey');
  const own = join(folder, 'oversight.key');
  if (named !== undefined) return named === 'profile' ? own : call.path(named);
  return (await isPresent(own)) ? own : undefined;
}

/** The free text in words for a terminal, or why it is not there. */
export function shownText(record: OpenRecord, texts: OversightTexts | undefined): string | undefined {
  if (!hasText(record)) return undefined;
  if (texts === undefined) return '(sealed to the oversight body; name its key with --oversight-key)';
  const text = texts.textOf(record);
  return text === undefined ? "(sealed to the oversight body of the person's own authority)" : harmless(text);
}

function hasText({ groups }: OpenRecord): boolean {
  return (groups.why?.sealedText.length ?? 0) > 0;
}
