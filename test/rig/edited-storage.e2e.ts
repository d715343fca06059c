import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { BytesTarget, bytesSource, type Client, type OpenCase, operations, rootOf } from '@rogatory/client';
import { type CompartmentId, idBytes, toHex } from '@rogatory/kernel';
import { actSubjects, auditPurposes, caseRoles, legalBases } from '@rogatory/protocol';
import { onQuickEngine } from '../world/engines.js';
import { openable, sentBoxes } from './knowledge.js';
import { furtherOf, justification, refusalOf, Rig } from './rig.js';

const writing = new Set(['AppendLinks', 'PostItem', 'AddDocument', 'CreateCase', 'Complain']);
const sql = (id: string): string => `decode('${toHex(idBytes(id))}', 'hex')`;
const entries = (id: string): string => `content_entry WHERE compartment_id = ${sql(id)}`;
const last = (id: string): string => `(SELECT max(position) FROM ${entries(id)})`;

/** What is done to the rows of one compartment each, after the lead posted two messages of one length there. */
const edits: Readonly<Record<string, (id: string, other: string) => readonly string[]>> = {
  'S13, F09: bytes of an item changed': (id) => [
    `UPDATE content_entry SET bytes = set_byte(bytes, 200, get_byte(bytes, 200) # 1)
      WHERE compartment_id = ${sql(id)} AND position = ${last(id)}`,
  ],
  'S16: an item taken away': (id) => [`DELETE FROM ${entries(id)} AND position = ${last(id)}`],
  'S16: an item of another compartment planted at the end, with a head that counts it': (id, other) => [
    `INSERT INTO content_entry SELECT ${sql(id)}, ${last(id)} + 1, class, bytes, root, received_at, author_device, seq,
      sender_seq + 100, object_id, version, audit_id FROM ${entries(other)} AND position = ${last(other)}`,
    `UPDATE compartment SET content_size = content_size + 1 WHERE compartment_id = ${sql(id)}`,
  ],
  'S11: the bytes of two items of one length exchanged': (id) => [
    `UPDATE content_entry a SET bytes = b.bytes FROM content_entry b
      WHERE a.compartment_id = ${sql(id)} AND b.compartment_id = a.compartment_id AND octet_length(a.bytes) =
      octet_length(b.bytes) AND a.class = 1 AND b.class = 1 AND a.position <> b.position`,
  ],
  'S20: the log set back by one item, head and all': (id) => [
    `UPDATE compartment SET content_size = content_size - 1, content_root = (SELECT root FROM ${entries(id)}
      AND position = ${last(id)} - 1) WHERE compartment_id = ${sql(id)}`,
    `DELETE FROM ${entries(id)} AND position = ${last(id)}`,
  ],
};
/** Of this one the reader had seen the end already: a device that had not would need another member's word. */
const SET_BACK = 'S20: the log set back by one item, head and all';

onQuickEngine('rows and files that the administrator edits', (open) => {
  let rig: Rig;
  let theirs: OpenCase;
  let shown: CompartmentId;
  const spoiled = new Map<string, CompartmentId>();
  let ghosted: { open: OpenCase; evidence: CompartmentId };
  let cloned: { open: OpenCase; evidence: CompartmentId };

  /** A row that makes a device a lead of a whole case. */
  const memberRow = (caseId: string, person: { readonly personId: string; readonly authorityId: string }): string =>
    `INSERT INTO member (compartment_id, device_id, case_id, person_id, authority_id, role, not_after)
      SELECT DISTINCT compartment_id, '${rig.world.keysOf('judge-xc').deviceId}'::uuid, case_id,
        '${person.personId}'::uuid, '${person.authorityId}'::uuid, ${caseRoles.lead}, 4102444800000
      FROM member WHERE case_id = ${sql(caseId)}`;

  beforeAll(async () => {
    rig = await Rig.start(await open());
    const names = Object.keys(edits);
    const mine = await rig.lead.cases.create({ title: 'Spoiled', compartments: [...names, 'other', 'shown'] });
    await rig.admit(mine, 'judge-xb', rig.judge);
    theirs = await rig.judge.cases.open(mine.caseId);
    const ids = mine.compartments.map(({ compartmentId }) => compartmentId);
    const further = ids.filter((id) => id !== rootOf(mine.caseId));
    for (const id of further) for (const text of ['one', 'two']) await rig.lead.messages.post(mine, id, { text });
    const [other, free] = further.slice(names.length);
    if (other === undefined || free === undefined) throw new Error('too few compartments');
    shown = free;
    names.forEach((name, i) => spoiled.set(name, further[i] as CompartmentId));
    await theirs.compartment(spoiled.get(SET_BACK) as CompartmentId).sync();
    ghosted = { open: await rig.lead.cases.open(rig.caseId), evidence: rig.evidence };
    cloned = await rig.newCase();
    await rig.edit([
      ...names.flatMap((name) => edits[name]?.(spoiled.get(name) as string, other) ?? []),
      `UPDATE content_entry SET author_device = '${rig.world.keysOf('judge-xc').deviceId}'::uuid, version = 9,
        object_id = gen_random_uuid(), received_at = 1 WHERE compartment_id = ${sql(shown)} AND class = 1`,
      memberRow(rig.caseId, rig.world.keysOf('judge-xc')),
      memberRow(cloned.open.caseId, rig.world.keysOf('judge-xb')),
    ]);
  }, 120_000);
  afterAll(() => rig.stop());

  it.each(Object.keys(edits))('%s: the reader refuses the log, shows nothing of it and sends nothing', async (name) => {
    const compartment = theirs.compartment(spoiled.get(name) as CompartmentId);
    const before = compartment.replica.size;
    rig.proxy.seen.length = 0;
    const error = await refusalOf(compartment.sync());
    expect(error).toMatchObject({ family: 'verification' });
    expect(rig.judge.alarms.list()).toContainEqual(
      expect.objectContaining({ kind: 'history-refused', compartmentId: compartment.compartmentId, code: error.code }),
    );
    // What was verified before the wrong item stays; of the wrong one and what follows nothing is taken in.
    expect(compartment.replica.size - before).toBeLessThanOrEqual(2);
    const texts = rig.judge.messages.list(compartment).map(({ text }) => text);
    expect(['', 'one', 'one,two']).toContain(texts.join());
    expect(rig.proxy.asked.filter((operation) => writing.has(operation))).toEqual([]);
  });

  it('S13: author, object, version and time of a message are those that its author signed, whatever the columns say', async () => {
    const compartment = theirs.compartment(shown);
    await compartment.sync();
    const messages = rig.judge.messages.list(compartment);
    expect(messages.map(({ text }) => text)).toEqual(['one', 'two']);
    for (const { author, sentAtMs } of messages) {
      expect(author.deviceId).toBe(rig.world.keysOf('prosecutor-xa').deviceId);
      expect(Math.abs(Date.now() - sentAtMs)).toBeLessThan(600_000);
    }
  });

  /** New keys and a message; then whoever has only a row has no key, no text, and is in no list. */
  async function gainsNothing({ open: mine, evidence }: { open: OpenCase; evidence: CompartmentId }): Promise<Client> {
    const ghost = rig.world.keysOf('judge-xc');
    rig.proxy.seen.length = 0;
    await rig.lead.cases.rotate(mine, evidence);
    await rig.lead.messages.post(mine, evidence, { text: 'not for a ghost' });
    const boxes = sentBoxes(rig.proxy.seen);
    expect(openable(boxes, ghost)).toBe(0);
    expect(openable(boxes, rig.world.keysOf('judge-xb'))).toBe(1);
    expect(openable(boxes, rig.world.keysOf('prosecutor-xa'))).toBe(1);
    const devices = rig.lead.members.list(mine.compartment(evidence)).flatMap((member) => member.devices);
    expect(devices).not.toContain(ghost.deviceId);
    const haunting = await rig.client('judge-xc');
    expect(await refusalOf(haunting.cases.open(mine.caseId))).toMatchObject({ code: 'access/refused' });
    for (const compartmentId of [rootOf(mine.caseId), evidence]) {
      for (const read of readsOf(haunting, compartmentId)) {
        expect(await refusalOf(read())).toMatchObject({ code: 'access/refused' });
      }
    }
    return haunting;
  }

  it('S03, D03: a lead that only a row makes gets no key, not even ciphertext; members are told, the log says who tried', async () => {
    await gainsNothing(ghosted);
    const ghost = rig.world.keysOf('judge-xc');
    for (const member of [rig.lead, rig.judge]) {
      const before = member.concerns.length;
      await member.cases.open(rig.caseId);
      const told = [rootOf(rig.caseId), rig.evidence].map((compartmentId) => ({
        ...{ kind: 'stranger', compartmentId, deviceId: ghost.deviceId },
      }));
      expect(new Set(member.concerns.slice(before))).toEqual(new Set(told));
      expect(member.alarms.list()).toEqual(expect.arrayContaining(told.map((alarm) => expect.objectContaining(alarm))));
    }
    const auditor = await rig.client('auditor-xa');
    const review = {
      purpose: auditPurposes.integrityAndSecurity,
      justification: { legalBasis: legalBases.oversight, instrument: '', text: 'who reached this case' },
    };
    const { records } = await auditor.audit.list(review, { caseId: rig.caseId }, { first: 200 });
    const tried = records.filter(({ groups }) => groups.who?.personId === ghost.personId);
    expect(tried.length).toBeGreaterThan(0);
    for (const { isSigned, leaf } of tried)
      expect([isSigned, leaf.out, leaf.rc]).toEqual([true, 'denied', 'access/refused']);
    expect(tried.map(({ groups }) => groups.what?.detail).join()).toContain('reason=no-link');
    expect(records.map(({ groups }) => groups.what?.detail).join()).toContain('rows-without-link=');
  });

  it('S04: a device that only a row gives to a member gets no key, and reads and writes nothing in his name', async () => {
    const haunting = await gainsNothing(cloned);
    const { personId } = rig.world.keysOf('judge-xb');
    expect((await haunting.whoAmI()).personId).not.toBe(personId);
  });

  it('S14, F09: a stored file that was flipped or cut on the disk never becomes a file', async () => {
    const mine = await rig.lead.cases.open(cloned.open.caseId);
    const bytes = new Uint8Array(300_000).fill(3);
    const compartment = mine.compartment(furtherOf(mine));
    const { objectId } = await rig.lead.documents.upload(mine, compartment.compartmentId, bytesSource('a.bin', bytes));
    const document = rig.lead.documents.find(compartment, objectId);
    const stored = await storedFile(join(rig.world.folder, 'blobs'), bytes.length);
    const honest = await readFile(stored);
    const flipped = (at: number): Buffer => {
      const copy = Buffer.from(honest);
      copy[at] = (copy[at] as number) ^ 4;
      return copy;
    };
    const places = [0, 40, 70_000, honest.length - 1];
    for (const spoil of [
      ...places.map(flipped),
      honest.subarray(0, -20),
      honest.subarray(0, 70_000),
      Buffer.alloc(0),
    ]) {
      await writeFile(stored, spoil);
      const target = new BytesTarget();
      const error = await refusalOf(rig.lead.documents.download(compartment, document, target, { justification }));
      expect(error.family).toMatch(/verification|codec|unavailable|internal/);
      expect(target.bytes).toBeUndefined();
    }
    await writeFile(stored, honest);
    const target = new BytesTarget();
    await rig.lead.documents.download(compartment, document, target, { justification });
    expect(target.bytes !== undefined && Buffer.compare(target.bytes, bytes)).toBe(0);
  });
});

/** Every read of a compartment, by whatever operation, and room for a file in it. */
function readsOf({ gateway }: Client, compartmentId: CompartmentId): readonly (() => Promise<unknown>)[] {
  const chain = { compartmentId, fromSeq: 0, first: 10 };
  const reading = { subject: actSubjects.readCompartment(compartmentId) };
  const [only, file] = [{ compartmentId }, { compartmentId, sealedBytes: 112 }];
  const nothing = (): undefined => undefined;
  const boxes = { variables: chain, subject: actSubjects.readBoxes(compartmentId) };
  const upload = { variables: file, subject: actSubjects.beginUpload(compartmentId) };
  const page = { variables: { compartmentId, from: 0, first: 10 }, ...reading };
  return [
    () => gateway.call(operations.contentLogOperation, page, nothing),
    () => gateway.call(operations.chainOperation, { variables: chain, ...reading }, nothing),
    () => gateway.call(operations.compartmentAnchorOperation, { variables: only, ...reading }, nothing),
    () => gateway.call(operations.heartbeatsOperation, { variables: only, ...reading }, nothing),
    () => gateway.call(operations.complaintsOperation, { variables: only, ...reading }, nothing),
    () => gateway.call(operations.boxesOperation, boxes, nothing),
    () => gateway.call(operations.beginUploadOperation, upload, nothing),
  ];
}

/** The only file that is large enough. */
async function storedFile(folder: string, bytes: number): Promise<string> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of found.filter((each) => each.isFile())) {
    const path = join(entry.parentPath, entry.name);
    if ((await readFile(path)).length >= bytes) return path;
  }
  throw new Error('nothing is stored');
}
