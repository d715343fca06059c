import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { fromBase64Url, limits, utf8 } from '@rogatory/kernel';
import { addedBy } from '@rogatory/audit/testing';
import { auditMigrations, type CompartmentAnchor } from '@rogatory/audit';
import { checkCommitment, epochCommitment, epochHeadsDigest, epochPosition } from '@rogatory/crypto/verify';
import type { ChainState } from '@rogatory/chain';
import { directoryMigrations } from '@rogatory/directory';
import {
  actSubjects,
  decodeAuditLeaf,
  decodeAuditWhat,
  decodeEpochEntry,
  encodeEpochSubject,
  epochSubjectKinds,
  linkTypes,
} from '@rogatory/protocol';
import { parseTlogProof, verifyPosition } from '@rogatory/tlog';
import { eachEngine } from '@rogatory/platform-database/testing';
import { caseMigrations } from './storage/case-migrations.js';
import { type Actor, CaseWorld } from './testing.js';

const migrations = [...auditMigrations, ...directoryMigrations, ...caseMigrations];

eachEngine('what epochs say of compartments', { migrations }, (at) => {
  let world: CaseWorld;
  let state: ChainState;

  beforeAll(async () => {
    world = await CaseWorld.open(at.database(), { seed: 97, persons: 3 });
    world.server.audit.start();
    state = await world.createCase(world.actor(0), [world.actor(1)]);
  });
  afterAll(async () => world.close());

  const ask = async (by: Actor = world.actor(1)): Promise<CompartmentAnchor | undefined> => {
    const { compartmentId } = state;
    const context = by.acting.asks(actSubjects.readCompartment(compartmentId));
    return (await world.cases.readAnchor.run(context, compartmentId)).result;
  };
  const rotate = async (): Promise<void> => {
    const made = world.chains.link(state, linkTypes.rotate, { signer: world.actor(0).device });
    state = (await world.append(world.actor(0), made, state)).applied?.state as ChainState;
  };
  const passes = (ms: number): void => {
    world.chains.federation.nowMs += ms;
  };
  /** The entry, found in the map of an epoch. */
  const entryOf = (anchor: CompartmentAnchor | undefined) => {
    if (anchor === undefined) throw new Error('no epoch names the compartment');
    const { com, ev } = decodeAuditLeaf(anchor.leaf);
    expect(ev).toBe('log.epoch');
    checkCommitment({ label: 'what', ...anchor.what }, fromBase64Url(com.what ?? ''));
    const { objectHash, bytes } = decodeAuditWhat(anchor.what.bytes);
    expect(parseTlogProof(anchor.proof).index).toBeGreaterThanOrEqual(bytes);
    const { origin } = world.server.audit.reader.log;
    const subject = { kind: epochSubjectKinds.compartment, compartmentId: state.compartmentId } as const;
    const position = epochPosition(utf8(origin), encodeEpochSubject(subject));
    const commitment = epochCommitment(anchor.opening, anchor.entry);
    verifyPosition(objectHash ?? new Uint8Array(0), position, { commitment, siblings: anchor.siblings });
    expect(decodeEpochEntry(anchor.entry).subject).toEqual(subject);
    return decodeEpochEntry(anchor.entry);
  };
  const standing = ({ head, content }: ChainState) => ({
    ...{ count: head.seq + 1, lastIndex: content.size - 1 },
    digest: epochHeadsDigest(head.linkHash, content.root),
  });

  it('are its heads of that moment, taken over whenever one of them moves', async () => {
    expect(entryOf(await ask())).toMatchObject(standing(state));
    const before = state;
    await rotate();
    expect(entryOf(await ask())).toMatchObject(standing(before));
    passes(limits.epochMs);
    expect(entryOf(await ask())).toMatchObject(standing(state));
  });

  it('are shown to members alone, and each look is recorded', async () => {
    expect(await addedBy(at.database(), () => ask())).toEqual(['done', 'compartment.read allowed ok']);
    const stranger = await addedBy(at.database(), () => ask(world.actor(2)));
    expect(stranger).toEqual(['access/refused', 'compartment.read denied access/refused']);
  });

  it('name nothing of what began after them, and everything that began before', async () => {
    passes(limits.epochMs);
    await ask();
    passes(1_000);
    const known = state;
    state = await world.createCase(world.actor(0), [world.actor(1)]);
    expect(await ask()).toBeUndefined();
    passes(limits.epochMs);
    expect(entryOf(await ask())).toMatchObject(standing(state));
    state = known;
    expect(entryOf(await ask())).toMatchObject(standing(known));
  });
});
