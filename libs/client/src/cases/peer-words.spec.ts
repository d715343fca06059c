import { describe, expect, it, jest } from '@jest/globals';
import { rootOf } from './open-case.js';
import { twoInOneCase } from '../testing/two-in-one-case.js';

/** A case whose other member carries a head of the audit log with each item, of which nothing is known yet. */
async function carriedByAnother() {
  const { world, annClient, bobClient, open } = await twoInOneCase();
  const theirs = await bobClient.cases.open(open.caseId);
  const bytes = (length: number) => new Uint8Array(length).fill(7);
  const head = { keyId: '00000000', size: 9, root: bytes(32), signature: bytes(64) };
  jest.spyOn(bobClient.gateway, 'carriedHead').mockResolvedValue(head);
  await bobClient.messages.post(theirs, rootOf(open.caseId), { text: 'carries a head' });
  const asked = () => world.server.calls.filter((name) => name === 'Server').length;
  return { world, annClient, open, asked, before: asked() };
}

describe('the question how the head of another device fits', () => {
  it.each([
    'is dropped',
    'is answered with what is no answer',
  ])('fails no reading of a compartment when it %s, and accuses no history', async (fate) => {
    const { world, annClient, open, asked, before } = await carriedByAnother();
    if (fate === 'is dropped') world.server.breakRequest = (name) => name === 'Server';
    else world.server.tamper = (name, data) => (name === 'Server' ? {} : data);
    const events = await open.root.sync();
    expect(events.map(({ kind }) => kind)).toContain('item');
    expect(asked()).toBeGreaterThan(before);
    expect(annClient.messages.list(open.root).at(-1)?.text).toBe('carries a head');
    expect([annClient.concerns, annClient.alarms.list()]).toEqual([[], []]);
  });
});
