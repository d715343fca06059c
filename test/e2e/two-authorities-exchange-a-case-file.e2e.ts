import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { BytesTarget, bytesSource, type Client, type OpenCase, rootOf } from '@rogatory/client';
import { type CaseId, type CompartmentId, type PersonId, systemRandom, toHex } from '@rogatory/kernel';
import { auditPurposes, caseRoles, legalBases } from '@rogatory/protocol';
import { onEachEngine } from '../world/engines.js';
import { World } from '../world/world.js';

const justification = {
  legalBasis: legalBases.jointInvestigationTeam,
  instrument: 'JIT-2026-1',
  text: 'for the indictment',
};

onEachEngine('two authorities exchange a case file', (open) => {
  let world: World;
  let prosecutorA: Client;
  let judgeB: Client;
  let caseId: CaseId;
  let evidence: CompartmentId;

  beforeAll(async () => {
    world = await World.start(await open());
    prosecutorA = await world.client('prosecutor-xa');
    judgeB = await world.client('judge-xb');
  }, 60_000);
  afterAll(() => world.stop());

  const personOf = (profile: string): PersonId => {
    const device = world.devices.get(profile);
    if (device === undefined) throw new Error(profile);
    return device.content.personId;
  };
  const trust = async (client: Client, profile: string): Promise<void> => {
    const { fingerprint } = client.contacts.contact(personOf(profile));
    await client.contacts.confirmCompared(personOf(profile), fingerprint.words.join(' '));
  };
  const openCase = (client: Client): Promise<OpenCase> => client.cases.open(caseId);

  it('a prosecutor opens a case with two compartments', async () => {
    const created = await prosecutorA.cases.create({
      title: 'Operation Harbour',
      compartments: ['Evidence', 'Finance'],
    });
    caseId = created.caseId;
    expect(created.compartments).toHaveLength(3);
    const second = created.compartments.find(({ compartmentId }) => compartmentId !== rootOf(caseId));
    evidence = second?.compartmentId as CompartmentId;
    expect((await prosecutorA.cases.list()).map((listed) => listed.caseId)).toEqual([caseId]);
    expect(await judgeB.cases.list()).toEqual([]);
  });

  it('nobody else can open it', async () => {
    await expect(judgeB.cases.open(caseId)).rejects.toMatchObject({
      family: expect.stringMatching(/refused|verification/),
    });
  });

  it('a judge of another state is invited, accepts and is admitted after both compared fingerprints', async () => {
    const mine = await openCase(prosecutorA);
    await expect(
      prosecutorA.invitations.invite(mine, {
        invited: { personId: personOf('judge-xb') },
        role: caseRoles.contributor,
        history: { kind: 'all' },
        compartments: mine.compartments.map(({ compartmentId }) => compartmentId),
      }),
    ).resolves.toMatchObject({ uses: 1 });
    await trust(judgeB, 'prosecutor-xa');
    const [offer] = await judgeB.invitations.received();
    if (offer === undefined) throw new Error('no invitation arrived');
    await judgeB.invitations.accept(offer);
    await trust(prosecutorA, 'judge-xb');
    const [answered] = await prosecutorA.invitations.ofCase(mine);
    if (answered === undefined) throw new Error('no answer arrived');
    await prosecutorA.invitations.admit(mine, answered, { personId: personOf('judge-xb') });
    const theirs = await openCase(judgeB);
    expect(theirs.compartments.map(({ compartmentId }) => compartmentId).sort()).toEqual(
      mine.compartments.map(({ compartmentId }) => compartmentId).sort(),
    );
    expect(judgeB.cases.fingerprint(caseId)).toEqual(prosecutorA.cases.fingerprint(caseId));
  });

  it('they exchange messages', async () => {
    const mine = await openCase(prosecutorA);
    const sent = await prosecutorA.messages.post(mine, evidence, {
      subject: 'Extract',
      text: 'The extract follows.',
      wantsAcknowledgement: true,
    });
    const theirs = await openCase(judgeB);
    const [read] = judgeB.messages.list(theirs.compartment(evidence));
    expect(read).toMatchObject({ subject: 'Extract', text: 'The extract follows.', objectId: sent.objectId });
    await judgeB.messages.reply(theirs, evidence, sent.objectId, { text: 'Received.' });
    await judgeB.messages.acknowledge(theirs, evidence, sent.objectId);
    await mine.sync();
    expect(prosecutorA.messages.list(mine.compartment(evidence)).map(({ text }) => text)).toEqual([
      'The extract follows.',
      'Received.',
    ]);
    expect(prosecutorA.messages.acknowledgements(mine.compartment(evidence), sent)).toHaveLength(1);
  });

  it('and a file of several parts, byte for byte, for a stated reason', async () => {
    const bytes = new Uint8Array(20 * 1024 * 1024 + 12_345);
    for (let at = 0; at < bytes.length; at += 65_536) bytes.set(systemRandom(Math.min(65_536, bytes.length - at)), at);
    const mine = await openCase(prosecutorA);
    const added = await prosecutorA.documents.upload(mine, evidence, bytesSource('phone extract.bin', bytes));
    const theirs = await openCase(judgeB);
    const document = judgeB.documents.find(theirs.compartment(evidence), added.objectId);
    expect(document.manifest.name).toBe('phone extract.bin');
    const target = new BytesTarget();
    await judgeB.documents.download(theirs.compartment(evidence), document, target, { justification });
    expect(target.bytes && Buffer.compare(target.bytes, bytes)).toBe(0);
  });

  it('a removed judge is refused everywhere and cannot open what follows', async () => {
    const mine = await openCase(prosecutorA);
    await prosecutorA.cases.remove(mine, personOf('judge-xb'));
    await expect(judgeB.cases.open(caseId)).rejects.toMatchObject({ code: 'access/refused' });
    const secret = await prosecutorA.messages.post(mine, evidence, { subject: 'Next', text: 'not for the judge' });
    expect(secret.text).toBe('not for the judge');
    expect(await judgeB.cases.list()).toEqual([]);
  });

  it('an auditor sees who read what and why, refusals too, and no content', async () => {
    const auditor = await world.client('auditor-xa');
    const review = {
      purpose: auditPurposes.lawfulness,
      justification: { legalBasis: legalBases.oversight, instrument: '', text: 'six-monthly' },
    };
    const { records } = await auditor.audit.list(review, { event: 'doc.read' }, { first: 50 });
    expect(records.length).toBeGreaterThan(0);
    expect(records[0]?.groups.who?.personId).toBe(personOf('judge-xb'));
    const denied = await auditor.audit.list(review, { outcome: 'denied' }, { first: 50 });
    expect(denied.records.length).toBeGreaterThan(0);
    const [read] = records;
    if (read === undefined) throw new Error('no record of the read');
    const proven = await auditor.audit.get(review, read.recordId);
    expect(proven.provenIn).toBeGreaterThan(0);
    await expect(auditor.cases.open(caseId)).rejects.toMatchObject({ code: 'access/refused' });
    expect(toHex(records[0]?.leafBytes ?? new Uint8Array())).not.toContain(
      toHex(new TextEncoder().encode('phone extract')),
    );
  });
});
