import { describe, expect, it } from '@jest/globals';
import { ClientWorld } from '../testing/client-world.js';

describe('the names that a server gives its logs', () => {
  it.each([
    ['the directory the name of another log', { directoryOrigin: 'rogatory.test/audit/log/2026h1' }],
    ['the directory the name of the audit log', { directoryOrigin: 'rogatory.test/audit/log/2026h2' }],
    ['the directory the name of the directory of another server', { directoryOrigin: 'other.test/audit/directory' }],
    ['the directory a name without a place', { directoryOrigin: 'directory' }],
    ['the audit log the name of a directory', { auditOrigin: 'rogatory.test/audit/log/directory' }],
    [
      'the audit log a name that names no shard',
      { auditOrigin: 'rogatory.test/audit', directoryOrigin: 'rogatory.test/directory' },
    ],
    ['both a place that is empty', { auditOrigin: '/log/2026h2', directoryOrigin: '/directory' }],
  ])('are refused where it gives %s', async (_, names) => {
    const world = new ClientWorld();
    world.server.tamper = (operation, data) =>
      operation === 'Server' ? { server: { ...(data['server'] as object), ...names } } : data;
    const client = await world.actor('AA').open();
    await expect(client.server()).rejects.toMatchObject({ family: 'verification', code: 'client/log-names' });
  });

  it('are those that belong together', async () => {
    const client = await new ClientWorld().actor('AA').open();
    const { auditOrigin, directoryOrigin } = await client.server();
    expect([auditOrigin, directoryOrigin]).toEqual(['rogatory.test/audit/log/2026h2', 'rogatory.test/audit/directory']);
  });
});
