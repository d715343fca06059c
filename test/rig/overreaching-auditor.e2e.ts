import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { decide, operations as policy, type Operation } from '@rogatory/access';
import { bytesSource, type Client, operations, sealJustification } from '@rogatory/client';
import { aeadOpen } from '@rogatory/crypto/seal';
import { isRogatoryError, type ObjectId, parseActId, type PersonId, Secret } from '@rogatory/kernel';
import { actSubjects, aeadPurposes, auditPurposes, itemClasses, legalBases } from '@rogatory/protocol';
import { openable, sentBoxes } from './knowledge.js';
import { onQuickest } from '../world/engines.js';
import { justification, refusalOf, Rig } from './rig.js';

let rig: Rig;
let auditor: Client;
let foreign: Client;
let documentId: ObjectId;
beforeAll(async () => {
  rig = await Rig.start(await onQuickest());
  auditor = await rig.client('auditor-xa');
  foreign = await rig.client('auditor-xc');
  const open = await rig.lead.cases.open(rig.caseId);
  await rig.lead.messages.post(open, rig.evidence, { text: 'the sealed words' });
  const file = bytesSource('extract.bin', new Uint8Array(5_000).fill(9));
  documentId = (await rig.lead.documents.upload(open, rig.evidence, file)).objectId;
  await rig.lead.cases.rotate(open, rig.evidence);
}, 120_000);
afterAll(() => rig.stop());

const review = {
  purpose: auditPurposes.lawfulness,
  justification: { legalBasis: legalBases.oversight, instrument: '', text: 'yearly review' },
};
const whole = (data: unknown): unknown => data;

it('A01: an auditor reaches no case, key, heartbeat, document, transfer or live event', async () => {
  const compartmentId = rig.evidence;
  const { gateway } = auditor;
  const read = { subject: actSubjects.readCompartment(compartmentId) };
  expect(await auditor.cases.list()).toEqual([]);
  expect(await auditor.invitations.received()).toEqual([]);
  const reason = reasonOf();
  const asked = [
    auditor.cases.open(rig.caseId),
    gateway.call(operations.chainOperation, { variables: { compartmentId, fromSeq: 0 }, ...read }, whole),
    gateway.call(operations.contentLogOperation, { variables: { compartmentId, from: 0 }, ...read }, whole),
    gateway.call(operations.compartmentAnchorOperation, { variables: { compartmentId }, ...read }, whole),
    gateway.call(operations.heartbeatsOperation, { variables: { compartmentId }, ...read }, whole),
    gateway.call(operations.complaintsOperation, { variables: { compartmentId }, ...read }, whole),
    gateway.call(
      operations.boxesOperation,
      { variables: { compartmentId, fromSeq: 0 }, subject: actSubjects.readBoxes(compartmentId) },
      whole,
    ),
    gateway.call(
      operations.openDocumentOperation,
      {
        variables: { compartmentId, objectId: documentId, version: 1 },
        subject: actSubjects.openDocument(compartmentId, documentId, 1),
        reason,
      },
      whole,
    ),
    gateway.call(
      operations.prekeysOperation,
      { variables: { deviceIds: [rig.world.keysOf('judge-xb').deviceId] }, subject: actSubjects.readPrekeys() },
      whole,
    ),
    gateway.call(
      operations.beginUploadOperation,
      { variables: { compartmentId, sealedBytes: 112 }, subject: actSubjects.beginUpload(compartmentId) },
      whole,
    ),
  ];
  for (const work of asked) expect(await refusalOf(work)).toMatchObject({ code: 'access/refused' });
  expect(await liveAnswer(compartmentId)).toMatchObject({ errors: [{ extensions: { code: 'access/refused' } }] });
});

/** A reason of the auditor's, as a member would give one. */
function reasonOf() {
  const { deviceId, authorityId } = rig.world.keysOf('auditor-xa');
  const input = { deviceId, authorityId, view: auditor.directory.view, random: auditor.gateway.random };
  return sealJustification(justification, input);
}

/** The first answer of a subscription to live events. */
async function liveAnswer(compartmentId: typeof rig.evidence): Promise<unknown> {
  const { gateway } = auditor;
  const { bytes: act } = await gateway.acts.make(actSubjects.subscribe(compartmentId));
  const proof = { accessToken: await gateway.accessToken(), act };
  const request = { operation: operations.compartmentEventsOperation, variables: { compartmentId, after: 0 }, proof };
  for await (const answer of gateway.transport.subscribe(request, AbortSignal.timeout(10_000))) return answer;
  return undefined;
}

it('A01: the policy lets an auditor read the log and nothing of a case; with all keys of all auditors no key box opens', () => {
  const principal = principalOf();
  const allowed = (Object.keys(policy) as Operation[]).filter((name) => decide(principal, name).isAllowed);
  expect(allowed.filter((name) => /audit/i.test(name)).sort()).toEqual([
    'mutation.addAuditNote',
    'mutation.approveAuditOrder',
    'mutation.proposeAuditOrder',
    'mutation.submitAuditReport',
    'query.auditCounts',
    'query.auditEpochs',
    'query.auditFindings',
    'query.auditOrders',
    'query.auditRecord',
    'query.auditRecords',
    'query.auditReports',
    'route.auditCheckpoint',
    'route.auditExport',
    'route.auditTile',
  ]);
  const member = allowed.filter((name) => ['member', 'memberByContent', 'own'].includes(policy[name].kind));
  expect(member).toEqual([]);
  const boxes = sentBoxes(rig.proxy.seen);
  expect(boxes.length).toBeGreaterThan(4);
  for (const profile of ['auditor-xa', 'auditor-xa-2', 'auditor-xb', 'auditor-xc']) {
    expect([profile, openable(boxes, rig.world.keysOf(profile))]).toEqual([profile, 0]);
  }
  expect(openable(boxes, rig.world.keysOf('judge-xb'))).toBeGreaterThan(0);
});

function principalOf() {
  const { deviceId, personId, authorityId } = rig.world.keysOf('auditor-xa');
  const person = auditor.directory.view.person(personId);
  if (person === undefined) throw new Error('the auditor is not in the directory');
  const { postId, postKind, roleCeiling } = person.certificate;
  const signingKey = rig.world.keysOf('auditor-xa').signing.publicKey;
  return {
    ...{ deviceId, personId, authorityId, postId, postKind, roleCeiling, signingKey },
    state: 'XA',
    sessionId: 's',
  };
}

it('A01: what a record tells an auditor names no title, text or file, and opens no item', async () => {
  const open = await rig.lead.cases.open(rig.caseId);
  const { records } = await auditor.audit.list(review, { caseId: rig.caseId }, { first: 200 });
  expect(records.length).toBeGreaterThan(5);
  const bytes = records.map(({ leafBytes, groups: { act } }) => [leafBytes, act?.signedBytes ?? leafBytes]).flat();
  const told = bytes.map((found) => Buffer.from(found).toString('latin1')).join(' ');
  for (const secret of ['Operation Harbour', 'Evidence', 'the sealed words', 'extract.bin'])
    expect(told).not.toContain(secret);
  const items = open.compartment(rig.evidence).replica.items;
  expect(items.some(({ signed }) => signed.header.itemClass === itemClasses.document)).toBe(true);
  const keys = records.flatMap(({ groups: { act } }) => act?.act.payloadHash ?? []);
  let opened = 0;
  for (const { signed } of items) {
    for (const key of keys) {
      const { sealed, headerBytes: aad } = signed;
      try {
        aeadOpen({ secret: new Secret(key.slice()), purpose: aeadPurposes.item, sealed, aad });
        opened++;
      } catch (error) {
        if (!isRogatoryError(error)) throw error;
      }
    }
  }
  expect(opened).toBe(0);
});

it('A03: of people and cases of other authorities an auditor sees that something was done, and not who, what or why', async () => {
  const filter = { caseId: rig.caseId } as const;
  const own = await auditor.audit.list(review, filter, { first: 50 });
  expect(
    own.records.filter(({ groups }) => groups.who !== undefined && groups.what !== undefined).length,
  ).toBeGreaterThan(5);
  const theirs = await foreign.audit.list(review, {}, { first: 200 });
  const { authorityId } = rig.world.keysOf('auditor-xc');
  const reviewed = new Set(
    foreign.directory.view
      .authorities()
      .filter(({ record }) => record.authorityId === authorityId || record.oversightAuthorityId === authorityId)
      .map((authority) => authority.authorityId),
  );
  expect(reviewed.size).toBe(2);
  const shown = theirs.records.filter(({ groups: { who } }) => who !== undefined);
  expect(
    shown.filter(({ groups: { who } }) => who?.authorityId !== undefined && !reviewed.has(who.authorityId)),
  ).toEqual([]);
  expect(theirs.records.some(({ groups }) => Object.keys(groups).length === 0)).toBe(true);
  const [foreignRecord] = own.records;
  if (foreignRecord === undefined) throw new Error('no record');
  const one = await foreign.audit.get(review, foreignRecord.recordId);
  expect(one.groups).toEqual({});
  // A filter on what an auditor may not see finds nothing, whether it is there or not.
  const counts = [];
  for (const person of [rig.personOf('prosecutor-xa'), rig.personOf('judge-xa'), 'ab'.repeat(16) as PersonId]) {
    counts.push((await foreign.audit.list(review, { person }, { first: 5 })).records.length);
  }
  expect(counts).toEqual([0, 0, 0]);
});

it('A03: nothing of the log can be edited, deleted or put in another order over any channel', async () => {
  const authorization = `Bearer ${await auditor.gateway.accessToken()}`;
  const paths = rig.world.server.routes
    .filter(({ url }) => url.includes('/log'))
    .map(({ url }) => url.replace('*', '0/000.p/1'));
  const checkpoint = paths.find((path) => path.endsWith('checkpoint')) ?? '';
  const before = await (await fetch(`${rig.world.url}${checkpoint}`, { headers: { authorization } })).text();
  for (const path of paths) {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      const sent = { method, headers: { authorization, 'content-type': 'application/octet-stream' }, body: before };
      const answer = await fetch(`${rig.world.url}${path}`, sent);
      expect([method, path, answer.status]).toEqual([method, path, 404]);
      await answer.text();
    }
  }
  const writing = Object.keys(policy).filter((name) => /^mutation\..*(audit|record|log)/i.test(name));
  // Orders erase openings by two persons; leaves and places stay (docs/spec/retention.md 3).
  const orders = ['mutation.proposeAuditOrder', 'mutation.approveAuditOrder'];
  // Notes and reports add records of their own, and touch no other.
  const adding = ['mutation.addAuditNote', 'mutation.submitAuditReport'];
  const known = ['mutation.login', 'mutation.logout', ...orders, ...adding];
  expect(writing.filter((name) => !known.includes(name))).toEqual([]);
});

it('A03: every look-up of an auditor is itself on record, once, and another auditor sees it', async () => {
  const second = await rig.client('auditor-xa-2');
  const { deviceId } = rig.world.keysOf('auditor-xa');
  const looks = async (event: 'audit.query' | 'audit.view' | 'audit.tiles'): Promise<number> => {
    const { records } = await second.audit.list(review, { device: deviceId, event }, { first: 200 });
    return records.length;
  };
  const settled = async () => [await looks('audit.query'), await looks('audit.view'), await looks('audit.tiles')];
  const before = await settledCounts(settled);
  const { records } = await auditor.audit.list(review, {}, { first: 1 });
  const [record] = records;
  if (record === undefined) throw new Error('no record');
  await auditor.audit.get(review, record.recordId);
  await refusalOf(auditor.audit.get(review, 'cd'.repeat(16) as typeof record.recordId));
  const shard = rig.world.server.routes.find(({ operation }) => operation === 'route.auditTile')?.url.replace('*', '');
  const headers = { authorization: `Bearer ${await auditor.gateway.accessToken()}` };
  expect((await fetch(`${rig.world.url}${shard}0/000.p/1`, { headers })).status).toBe(200);
  const after = await settledCounts(settled);
  expect(after.map((count, i) => count - (before[i] ?? 0))).toEqual([1, 2, 1]);
});

/** Counts once the sequencer has given every record so far its number: twice the same. */
async function settledCounts(count: () => Promise<readonly number[]>): Promise<readonly number[]> {
  const { recordId } = await rig.lead.gateway.tell(
    operations.casesOperation,
    { variables: {}, subject: actSubjects.listCases() },
    () => undefined,
  );
  await rig.world.server.features.audit.gate.released(parseActId(recordId ?? ''), 'signed');
  return count();
}
