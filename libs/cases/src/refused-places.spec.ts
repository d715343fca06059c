import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { auditMigrations } from '@rogatory/audit';
import type { ChainState } from '@rogatory/chain';
import { directoryMigrations } from '@rogatory/directory';
import { actSubjects, encodeHeartbeat, encodeSignedHeartbeat, linkTypes, signaturePurposes } from '@rogatory/protocol';
import type { CompartmentId } from '@rogatory/kernel';
import { eachEngine } from '@rogatory/platform-database/testing';
import { caseMigrations } from './storage/case-migrations.js';
import { asksToAppend, CaseWorld, inputOf } from './testing.js';

const migrations = [...auditMigrations, ...directoryMigrations, ...caseMigrations];
const job = { kind: 'job', job: 'audit-test' } as const;

eachEngine('records about cases', { migrations }, (at) => {
  let world: CaseWorld;
  let state: ChainState;
  let owner: string;

  beforeAll(async () => {
    world = await CaseWorld.open(at.database(), { seed: 141, persons: 3 });
    world.server.audit.start();
    state = await world.createCase(world.actor(0), [world.actor(1)]);
    owner = world.actor(0).device.person.authority.id;
  });
  afterAll(async () => world.close());

  const facts = (id: string) =>
    at.database().read(job, (reader) =>
      reader.queryOne(
        'SELECT ev, out, case_id, owner_authority::text AS owner FROM audit_event WHERE id = $1',
        [id],
        (row) => ({
          said: `${row.text('ev')} ${row.text('out')}`,
          caseId: row.optionalBytes('case_id') && Buffer.from(row.bytes('case_id')).toString('hex'),
          owner: row.optionalText('owner')?.replaceAll('-', ''),
        }),
      ),
    );
  const known = new Set<string>();
  /** Of the one record that came since the last call. */
  const newest = async () => {
    const ids = await at
      .database()
      .read(job, (reader) => reader.queryRows('SELECT id::text AS id FROM audit_event', [], (row) => row.text('id')));
    const fresh = ids.filter((id) => !known.has(id));
    for (const id of fresh) known.add(id);
    return facts(fresh.length === 1 ? (fresh[0] ?? '') : `${fresh.length} records`);
  };
  const told = (work: Promise<unknown>) =>
    work.then(
      () => 'done',
      (error: { code: string; message: string; details: unknown }) =>
        `${error.code} ${error.message} ${JSON.stringify(error.details)}`,
    );

  it('I8: name the owner of a case that a stranger asks for, and tell the stranger nothing of it', async () => {
    const stranger = world.actor(2).acting;
    const ask = (compartmentId: CompartmentId) =>
      told(
        world.cases.readChain.run(stranger.asks(actSubjects.readCompartment(compartmentId)), {
          ...{ compartmentId, fromSeq: 0 },
        }),
      );
    await newest().catch(() => undefined);
    const present = await ask(state.compartmentId);
    expect(await newest()).toEqual({ said: 'compartment.read denied', caseId: state.caseId, owner });
    const absent = await ask('cd'.repeat(32) as CompartmentId);
    expect(await newest()).toEqual({ said: 'compartment.read denied', caseId: undefined, owner: undefined });
    expect(absent).toBe(present);
    const { caseId } = state;
    expect(await told(world.cases.readCases.open(stranger.asks(actSubjects.openCase(caseId)), caseId))).toBe(present);
    expect(await newest()).toEqual({ said: 'case.open denied', caseId, owner });
  });

  it('name the case of a heartbeat', async () => {
    const actor = world.actor(1);
    const signedBytes = encodeHeartbeat({
      ...{ deviceId: actor.id, compartmentId: state.compartmentId, chainHead: state.head },
      contentHead: { size: state.content.size, root: state.content.root },
      directoryHead: world.chains.directoryHead,
      time: world.chains.federation.time,
    });
    const signature = actor.device.signing.sign(signaturePurposes.heartbeat, signedBytes);
    const bytes = encodeSignedHeartbeat({ signedBytes, signature });
    const asked = actor.acting.asks(actSubjects.sendHeartbeat(state.compartmentId, bytes));
    const { receipt } = await world.cases.sendStatements.heartbeat(asked, bytes);
    expect(await facts(receipt?.recordId ?? '')).toEqual({
      said: 'key.heartbeat allowed',
      caseId: state.caseId,
      owner,
    });
  });

  it('are promised again when links come twice, and promised when the head moved', async () => {
    const made = world.chains.link(state, linkTypes.rotate, { signer: world.actor(0).device });
    const links = [inputOf(made)];
    const context = asksToAppend(world.actor(0), links);
    const command = { caseId: state.caseId, links };
    const first = await world.cases.appendLinks.run(context, command);
    const again = await world.cases.appendLinks.run(context, command);
    expect(again.receipt).toEqual(first.receipt);
    expect(first.receipt?.promise.length).toBeGreaterThan(0);
    const outrun = await world.cases.appendLinks.run(asksToAppend(world.actor(0), links), command);
    expect(outrun.result.kind).toBe('stale');
    expect(await facts(outrun.receipt?.recordId ?? '')).toMatchObject({ said: 'key.epoch denied', owner });
  });
});
