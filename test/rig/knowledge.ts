import type { UnlockedKeyStore } from '@rogatory/client';
import { isRogatoryError } from '@rogatory/kernel';
import { linkContext } from '@rogatory/chain';
import { openKeyBox } from '@rogatory/e2ee';
import { type Box, decodeBox, decodeSignedLink } from '@rogatory/protocol';
import type { JsonObject, SeenRequest } from './evil-proxy.js';

export interface SentBox {
  readonly box: Box;
  readonly contextHash: Uint8Array;
}

/** Every key box that clients sent through the proxy. */
export function sentBoxes(seen: readonly SeenRequest[]): SentBox[] {
  const links = seen.flatMap(({ operation, variables }) =>
    operation === 'AppendLinks' || operation === 'CreateCase' ? (variables['links'] as JsonObject[]) : [],
  );
  return links.flatMap(({ link, boxes }) => {
    const { contextBytes } = decodeSignedLink(Buffer.from(link as string, 'base64'));
    const contextHash = linkContext(contextBytes);
    return (boxes as string[]).map((box) => ({ box: decodeBox(Buffer.from(box, 'base64')), contextHash }));
  });
}

/** How many boxes the holder of these keys can open, trying every key that was ever theirs on each, whoever it names. */
export function openable(boxes: readonly SentBox[], keys: UnlockedKeyStore): number {
  const { deviceKey, prekeys } = keys.kemKeys();
  const tried = [deviceKey, ...prekeys.map(({ key }) => key)];
  return boxes.filter(({ box, contextHash }) =>
    tried.some((key) => {
      const own = { deviceId: box.deviceId, deviceKey: key, prekeys: [{ prekeyHash: box.prekeyHash, key }] };
      try {
        return openKeyBox(box, own, contextHash).length > 0;
      } catch (error) {
        if (isRogatoryError(error)) return false;
        throw error;
      }
    }),
  ).length;
}
