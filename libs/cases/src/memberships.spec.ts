import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { idBytes, toHex } from '@rogatory/kernel';
import { addedBy, tamper, testingMigrations } from '@rogatory/audit/testing';
import type { ChainState } from '@rogatory/chain';
import { directoryMigrations } from '@rogatory/directory';
import { actSubjects, caseRoles, linkTypes } from '@rogatory/protocol';
import { eachEngine } from '@rogatory/platform-database/testing';
import { caseMigrations } from './storage/case-migrations.js';
import { type Actor, CaseWorld } from './testing.js';

const migrations = [...testingMigrations, ...directoryMigrations, ...caseMigrations];

eachEngine('members that only a row makes', { migrations }, (at) => {
  let world: CaseWorld;
  let state: ChainState;

  beforeAll(async () => {
    world = await CaseWorld.open(at.database(), { seed: 83, persons: 3 });
    world.server.audit.start();
    state = await world.createCase(world.actor(0), [world.actor(1)]);
  });
  afterAll(async () => world.close());

  const edit = (statement: string): Promise<void> => tamper(at.database(), statement);
  const plant = ({ acting: { principal } }: Actor): Promise<void> =>
    edit(`INSERT INTO member (compartment_id, device_id, case_id, person_id, authority_id, role, not_after)
      VALUES (${id()}, '${principal.deviceId}', ${id()}, '${principal.personId}', '${principal.authorityId}',
        ${caseRoles.lead}, 9999999999999)`);
  const id = (): string => `decode('${toHex(idBytes(state.compartmentId))}', 'hex')`;
  const reads = ({ acting }: Actor, cases = world.cases) => {
    const { compartmentId, caseId } = state;
    const reading = actSubjects.readCompartment(compartmentId);
    return [
      () => cases.readChain.run(acting.asks(reading), { compartmentId, fromSeq: 0 }),
      () => cases.readContentLog.run(acting.asks(reading), { compartmentId, from: 0 }),
      () => cases.readStatements.heartbeats(acting.asks(reading), compartmentId),
      () => cases.readStatements.complaints(acting.asks(reading), compartmentId),
      () => cases.readBoxes.run(acting.asks(actSubjects.readBoxes(compartmentId)), { compartmentId, fromSeq: 0 }),
      () => cases.readCases.open(acting.asks(actSubjects.openCase(caseId)), caseId),
    ];
  };
  const opened = async ({ acting }: Actor) =>
    (await world.cases.readCases.open(acting.asks(actSubjects.openCase(state.caseId)), state.caseId)).result;

  it('S03, D03: read nothing, which is recorded each time, and every member is told of them', async () => {
    const ghost = world.actor(2);
    expect((await opened(world.actor(1))).strangers).toEqual([]);
    await plant(ghost);
    // With the chain at hand, and on a server that has to replay it first.
    for (const cases of [world.cases, world.open()]) {
      for (const read of reads(ghost, cases)) {
        const [outcome, record, ...more] = await addedBy(at.database(), read);
        expect([outcome, more]).toEqual(['access/refused', []]);
        expect(record).toMatch(/ denied access\/refused$/);
      }
    }
    for (const member of [world.actor(0), world.actor(1)]) {
      const { strangers } = await opened(member);
      expect(strangers).toEqual([{ compartmentId: state.compartmentId, deviceId: ghost.id }]);
    }
  });

  it('D03: are no more than the links say where only role or end were edited', async () => {
    const member = world.actor(1);
    const { deviceId } = member.acting.principal;
    await edit(`UPDATE member SET role = ${caseRoles.lead}, not_after = 9999999999999 WHERE device_id = '${deviceId}'`);
    const { compartments } = await opened(member);
    expect(compartments.map(({ member: { role } }) => role)).toEqual([caseRoles.contributor]);
    await edit(`UPDATE compartment SET is_closed = true WHERE compartment_id = ${id()}`);
    const read = reads(member)[1] as () => Promise<unknown>;
    expect(await addedBy(at.database(), read)).toEqual(['done', 'compartment.read allowed ok']);
  });

  it('D03: are refused after a removal whose row somebody brought back', async () => {
    const member = world.actor(1);
    const made = world.chains.link(state, linkTypes.remove, {
      signer: world.actor(0).device,
      body: { personId: member.device.person.id },
    });
    expect((await world.append(world.actor(0), made, state)).outcome.kind).toBe('appended');
    await plant(member);
    for (const read of reads(member)) expect((await addedBy(at.database(), read))[0]).toBe('access/refused');
    expect((await opened(world.actor(0))).strangers.map(({ deviceId }) => deviceId)).toContain(member.id);
  });

  it('are not judged by links that are not the chain of the head', async () => {
    await edit('UPDATE compartment SET link_hash = set_byte(link_hash, 3, get_byte(link_hash, 3) # 1)');
    const reading = world.open().readChain;
    const { compartmentId } = state;
    const ask = world.actor(0).acting.asks(actSubjects.readCompartment(compartmentId));
    await expect(reading.run(ask, { compartmentId, fromSeq: 0 })).rejects.toMatchObject({ code: 'cases/row' });
  });
});
