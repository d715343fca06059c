import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { type DeviceId, Secret, toHex } from '@rogatory/kernel';
import { SigningKey } from '@rogatory/crypto/sign';
import { encodeLoginStatement, signaturePurposes } from '@rogatory/protocol';
import { Challenges } from './application/challenges.js';
import { RefreshTokens } from './application/refresh-tokens.js';

const specification = readFileSync('docs/spec/login.md', 'utf8').replace(/\s+/g, '');
const from = (first: number, length: number) => Uint8Array.from({ length }, (_, place) => first + place);

it('gives the values of the worked example', () => {
  const nowMs = Date.UTC(2026, 10, 23, 12);
  const clock = { nowMs: () => nowMs, monotonicMs: () => 0 };
  const key = new Secret(from(0x40, 32));
  const deviceId = toHex(from(0xd0, 16)) as DeviceId;
  const { challenge } = new Challenges(key, clock, (length) => from(0xa0, length)).issue(deviceId);
  const deviceKey = SigningKey.fromSeed(new Secret(from(0, 32)));
  const statement = encodeLoginStatement({
    ...{ federationHash: from(0x80, 32), audience: 'https://rogatory.example', deviceId, challenge },
    time: { timeMs: nowMs + 1_000, offsetMinutes: 60 },
  });
  const tokens = new RefreshTokens(key, (length) => from(0xb0, length));
  const first = tokens.first();
  const values = [
    ...[deviceKey.publicKey, challenge, statement, deviceKey.sign(signaturePurposes.login, statement)].map(toHex),
    ...[first.text, tokens.successorOf(first).text],
  ];
  for (const value of values) expect(specification).toContain(value);
});
