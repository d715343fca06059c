import { type RandomBytes, toHex, type UploadId } from '@rogatory/kernel';

/** A fresh UUIDv4 (RFC 9562 section 5.4): names an upload and its stored bytes. */
export function randomUuidId(random: RandomBytes): UploadId {
  const bytes = random(16);
  bytes[6] = 0x40 | ((bytes[6] as number) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] as number) & 0x3f);
  return toHex(bytes) as UploadId;
}
