import { chmodSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from '@jest/globals';
import { systemRandom, toHex } from '@rogatory/kernel';
import { loadOrCreateSecret, loadSecret } from './secret-file.js';

const scratch = mkdtempSync(join(tmpdir(), 'rogatory-secret-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const wrong = (reason: string) => expect.objectContaining({ code: 'files/secret', details: { reason } });

it('gives everybody who asks at once the same secret, and leaves nothing else behind', async () => {
  const path = join(scratch, 'once', 'key.seed');
  const secrets = await Promise.all(Array.from({ length: 16 }, () => loadOrCreateSecret(path, systemRandom)));
  const known = secrets.map((secret) => secret.use(toHex));
  expect(new Set(known).size).toBe(1);
  expect(known[0]).not.toBe('0'.repeat(64));
  expect(readdirSync(join(scratch, 'once'))).toEqual(['key.seed']);
});

it('refuses a key that others may read, one of another length, and one behind a link', async () => {
  const path = join(scratch, 'key.seed');
  writeFileSync(path, Buffer.alloc(32, 7), { mode: 0o600 });
  symlinkSync(path, join(scratch, 'link.seed'));
  await expect(loadOrCreateSecret(join(scratch, 'link.seed'), systemRandom)).rejects.toMatchObject({ code: 'ELOOP' });
  chmodSync(path, 0o640);
  await expect(loadOrCreateSecret(path, systemRandom)).rejects.toEqual(wrong('others-may-read'));
  chmodSync(path, 0o600);
  writeFileSync(path, Buffer.alloc(31, 7));
  await expect(loadOrCreateSecret(path, systemRandom)).rejects.toEqual(wrong('length'));
});

it('reads a key without making one', async () => {
  const path = join(scratch, 'read-only', 'key.seed');
  await expect(loadSecret(path)).rejects.toEqual(wrong('missing'));
  expect(readdirSync(scratch)).not.toContain('read-only');
  const made = await loadOrCreateSecret(path, systemRandom);
  expect((await loadSecret(path)).use(toHex)).toBe(made.use(toHex));
});
