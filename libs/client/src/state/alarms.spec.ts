import { describe, expect, it } from '@jest/globals';
import type { DeviceId } from '@rogatory/kernel';
import type { Client } from '../client.js';
import { rootOf } from '../cases/open-case.js';
import { twoInOneCase } from '../testing/two-in-one-case.js';
import { decodeDeviceMemory, encodeDeviceMemory, freshMemory } from './device-memory.js';

const kindsOf = (client: Client) => client.alarms.list().map(({ kind }) => kind);

describe('alarms', () => {
  it('S03: a refused history is told, and stays to be seen when the server is honest again, until somebody takes note', async () => {
    const { world, ann, annClient, open } = await twoInOneCase();
    const compartmentId = rootOf(open.caseId);
    expect(kindsOf(annClient)).toEqual([]);
    const { tamper } = world.server;
    world.server.tamper = (name, data) => {
      if (name !== 'ContentLog') return data;
      const page = data['contentLog'] as { root: string };
      return { contentLog: { ...page, root: `AAAA${page.root.slice(4)}` } };
    };
    const lied = await ann.open();
    await lied.login();
    for (let i = 0; i < 2; i++)
      await expect(lied.cases.open(open.caseId)).rejects.toMatchObject({ code: 'client/history-rollback' });
    const told = { kind: 'history-refused', compartmentId, code: 'client/history-rollback' };
    expect(lied.concerns).toEqual([told, told]);
    world.server.tamper = tamper;
    const again = await ann.open();
    await again.login();
    await again.cases.open(open.caseId);
    expect(again.concerns).toEqual([]);
    const seen = again.alarms.list();
    expect(seen).toMatchObject([{ ...told, times: 2, firstAtMs: world.federation.nowMs }]);
    await again.alarms.raise({ ...seen[0], kind: 'history-refused' });
    await again.alarms.takeNote(seen);
    expect(again.alarms.list()).toMatchObject([{ times: 3 }]);
    await again.alarms.takeNote(again.alarms.list());
    expect((await ann.open()).alarms.list()).toEqual([]);
  });

  it('S03: a directory that does not replay is an alarm; a clock that is wrong is none', async () => {
    const { world, ann, annClient } = await twoInOneCase();
    world.federation.nowMs += 3_600_000;
    world.server.tamper = (name, data) => {
      if (name !== 'DirectoryEntries') return data;
      const page = data['directoryEntries'] as { head: { timeMs: number } };
      return { directoryEntries: { ...page, head: { ...page.head, timeMs: page.head.timeMs - 3_600_000 } } };
    };
    await expect(annClient.directory.sync()).rejects.toMatchObject({ code: 'client/clock' });
    expect(kindsOf(annClient)).toEqual([]);
    world.federation.person(ann.person.authority);
    world.server.tamper = (name, data) => {
      if (name !== 'DirectoryEntries') return data;
      const page = data['directoryEntries'] as { head: { root: string } };
      return { directoryEntries: { ...page, head: { ...page.head, root: `AAAA${page.head.root.slice(4)}` } } };
    };
    await expect(annClient.directory.sync()).rejects.toMatchObject({ code: 'client/directory-rollback' });
    expect(annClient.alarms.list()).toMatchObject([{ kind: 'history-refused', code: 'client/directory-rollback' }]);
  });

  it('D03: a device that only a row of the server lets in is an alarm to every member who opens the case', async () => {
    const { world, annClient, bobClient, open } = await twoInOneCase();
    const stranger = { compartmentId: rootOf(open.caseId), deviceId: 'ab'.repeat(16) as DeviceId };
    world.server.cases.strangers = [stranger];
    for (const client of [annClient, bobClient]) {
      await client.cases.open(open.caseId);
      expect(client.alarms.list()).toMatchObject([{ kind: 'stranger', ...stranger }]);
    }
  });

  it('what this device took in of its own while a page was under way is no missing history', async () => {
    const { world, annClient, bobClient, open, theirs } = await twoInOneCase();
    const root = rootOf(open.caseId);
    const { transport } = annClient.gateway;
    const request = transport.request.bind(transport);
    let pages = 0;
    transport.request = async (asked) => {
      const answer = await request(asked);
      if (asked.operation.name === 'ContentLog' && pages++ === 0) {
        await bobClient.messages.post(theirs, root, { text: 'as if it were our own' });
        const log = world.server.cases.log(root);
        const [position, event] = [log.length - 1, log.at(-1)];
        if (event === undefined) throw new RangeError('nothing was posted');
        expect(await open.root.takeOwnItem({ ...event, position })).toBe(true);
      }
      return answer;
    };
    await open.root.sync();
    expect([pages, open.root.replica.size]).toEqual([2, world.server.cases.log(root).length]);
    expect(annClient.concerns).toEqual([]);
  });

  it('a state that was saved before there were alarms has none', () => {
    const memory = freshMemory('cd'.repeat(16) as DeviceId);
    const bytes = encodeDeviceMemory(memory);
    // What was added since: alarms (2), earlier logs (2), anchors (4).
    for (const later of [8, 6, 4]) expect(decodeDeviceMemory(bytes.subarray(0, -later)).alarms).toEqual([]);
    const alarm = { kind: 'fork', compartmentId: 'ab', code: 'x', firstAtMs: 1, lastAtMs: 2, times: 3 } as const;
    const kept = { ...memory, alarms: [alarm] };
    expect(decodeDeviceMemory(encodeDeviceMemory(kept)).alarms).toEqual([alarm]);
  });
});
