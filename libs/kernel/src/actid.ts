import type { Clock, RandomBytes } from './clock.js';
import { toHex } from './bytes.js';
import type { ActId } from './ids.js';

/** A fresh UUIDv7 (RFC 9562 section 5.7): 48 bits of milliseconds, then 74 random bits. */
export function newActId(clock: Clock, random: RandomBytes): ActId {
  const bytes = random(16);
  const ms = clock.nowMs();
  for (let i = 0; i < 6; i++) bytes[i] = Math.floor(ms / 2 ** (8 * (5 - i))) % 256;
  bytes[6] = 0x70 | ((bytes[6] as number) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] as number) & 0x3f);
  return toHex(bytes) as ActId;
}
