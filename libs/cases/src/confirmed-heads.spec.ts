import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { AuthorityId, CaseId, CompartmentId, DeviceId } from '@rogatory/kernel';
import { auditMigrations } from '@rogatory/audit';
import { directoryMigrations } from '@rogatory/directory';
import type { JobPrincipal, Writer } from '@rogatory/platform-database';
import { eachEngine } from '@rogatory/platform-database/testing';
import type { CompartmentHead } from './domain/compartment.js';
import { caseMigrations } from './storage/case-migrations.js';
import { SqlCompartmentWriter } from './storage/sql-compartment-writer.js';
import { CaseWorld } from './testing.js';

const migrations = [...auditMigrations, ...directoryMigrations, ...caseMigrations];
const principal: JobPrincipal = { kind: 'job', job: 'case-posts' };
const one = new Uint8Array(32).fill(1);
const id = (digit: string) => digit.repeat(32);

const changes: readonly (readonly [string, Partial<CompartmentHead>])[] = [
  ['case', { caseId: 'ab'.repeat(32) as CaseId }],
  ['chain', { chainSeq: 9 }],
  ['link', { linkHash: one }],
  ['epoch', { epoch: 9 }],
  ['end', { isClosed: true }],
  ['size', { contentSize: 99 }],
  ['root', { contentRoot: one }],
  ['frontier', { contentFrontier: one }],
  ['owner', { ownerAuthorityId: id('a') as AuthorityId }],
  ['freeze', { frozenUntilMs: 5 }],
  ['freezer', { frozenFor: id('d') as DeviceId }],
];

eachEngine('heads that a transaction was made for', { migrations }, (at) => {
  let world: CaseWorld;
  let head: CompartmentHead;
  const writer = new SqlCompartmentWriter();

  beforeAll(async () => {
    world = await CaseWorld.open(at.database(), { seed: 91, persons: 2 });
    const state = await world.createCase(world.actor(0), [world.actor(1)]);
    const locked = await unaudited((transaction) => writer.lockHeads(transaction, [state.compartmentId]));
    head = locked[0] as CompartmentHead;
  });
  afterAll(async () => world.close());

  const unaudited = <T>(use: (writer: Writer) => Promise<T>): Promise<T> =>
    at.database().writeUnaudited(principal, use, { reason: 'testing/fixture' });
  const confirmed = (heads: readonly CompartmentHead[]) =>
    unaudited((transaction) => writer.confirmHeads(transaction, heads));
  const moved = { code: 'cases/log-moved', family: 'internal' };

  it('are confirmed as they are', async () => {
    await expect(confirmed([head])).resolves.toBeUndefined();
  });

  it.each(changes)('are refused with another %s', async (_name, change) => {
    await expect(confirmed([{ ...head, ...change }])).rejects.toMatchObject(moved);
  });

  it('are refused with one that is not there', async () => {
    const stranger = { ...head, compartmentId: 'cd'.repeat(32) as CompartmentId };
    await expect(confirmed([head, stranger])).rejects.toMatchObject(moved);
    await expect(confirmed([stranger])).rejects.toMatchObject(moved);
  });

  it('end a transaction whose commit is on the way', async () => {
    const tried = unaudited(async (transaction) => {
      const freeze = writer.freeze(transaction, [head.compartmentId], {
        device: id('e') as DeviceId,
        untilMs: 7,
      });
      const confirming = writer.confirmHeads(transaction, [{ ...head, contentSize: 99 }]);
      transaction.last();
      await Promise.allSettled([freeze]);
      await confirming;
    });
    await expect(tried).rejects.toMatchObject(moved);
    const [now] = await unaudited((transaction) => writer.lockHeads(transaction, [head.compartmentId]));
    expect(now).toEqual(head);
  });

  it('move only from where they are', async () => {
    const move = { head: { ...head, contentSize: head.contentSize + 1 }, previousContentSize: head.contentSize + 1 };
    await expect(unaudited((transaction) => writer.moveHeads(transaction, [move]))).rejects.toMatchObject(moved);
  });
});
