/**
 * One case from its first link on: two compartments, every type of link that a lead may send today, boxes, items, a
 * complaint, a heartbeat, and the keys of all devices, so that a reader can open everything by itself.
 */
import { concatBytes, Secret, toHex, utf8 } from '@rogatory/kernel';
import * as chain from '@rogatory/chain';
import { sha256 } from '@rogatory/crypto/verify';
import * as e2ee from '@rogatory/e2ee';
import * as pki from '@rogatory/pki';
import * as p from '@rogatory/protocol';
import { CaseWorld } from '../../../libs/e2ee/dist/testing/case-world.js';
import { bytesOf } from './parts.mjs';

const world = new CaseWorld(2026);
const root = world.caseCompartment;
const [lead, bea, cid, dora] = [0, 1, 2, 3].map((person) => world.firstDeviceOf(person));

/** @param {any} device @param {any} history @param {any} role */
function admit(device, history, role = p.caseRoles.contributor) {
  world.tick(1);
  const admission = { personId: device.personId, role, history, notAfterMs: world.notAfterMs };
  lead.send(e2ee.composeAdd(lead.scene(root), admission));
}

/** @param {any} device @param {any} composed */
function send(device, composed) {
  device.send(composed);
  world.tick(1);
}

/** A file of one segment, and the manifest that names it. */
function sealedFile() {
  const content = utf8('Statement of the witness, page 1 of 1.');
  const layout = e2ee.fileLayout(content.length);
  const secrets = { fileId: '99'.repeat(16), dek: new Secret(bytesOf('dek')), salt: bytesOf('file salt') };
  const sealer = new e2ee.FileSealer(/** @type {any} */ (secrets), layout);
  const { sealed, leaf } = sealer.sealSegment(0, content);
  const binding = {
    fileId: secrets.fileId,
    version: 1,
    root: e2ee.fileRoot([leaf]),
    headerHash: e2ee.fileHeaderHash(sealer.header),
  };
  const wrap = { keyring: lead.keyring(root), epoch: e2ee.newestEpochRecord(world.server.state(root)), binding };
  const manifest = {
    ...{
      ...binding,
      trueSize: content.length,
      segments: 1,
      wrappedKey: e2ee.wrapFileKey(/** @type {any} */ (wrap), secrets.dek, world.random),
    },
    ...{ name: 'statement.txt', mediaType: 'text/plain', plaintextHash: sha256(content) },
    labels: { handling: 2, sourceEvaluation: 1, informationEvaluation: 2 },
  };
  return {
    manifest: p.encodeDocumentManifest(/** @type {any} */ (manifest)),
    stored: concatBytes(sealer.header, sealed),
    content,
  };
}

/** @param {any} device @param {any} content @param {any} itemClass */
function post(device, content, itemClass = p.itemClasses.message) {
  const posted = device.post(root, content, itemClass);
  world.tick(1);
  return p.decodeSignedItem(posted.bytes);
}

/** @param {string} text */
const message = (text) =>
  p.encodeMessageContent(
    /** @type {any} */ ({ threadId: '77'.repeat(16), subject: '', text, references: [], wantsAcknowledgement: false }),
  );

post(lead, p.encodeCaseInfo({ title: 'Operation Example', description: '' }), p.itemClasses.caseInfo);
admit(bea, { kind: 'all' });
post(bea, message('one'));
world.tick(1);
send(lead, e2ee.composeRotate(lead.scene(root)));
const file = sealedFile();
const documentItem = post(lead, file.manifest, p.itemClasses.document);
admit(cid, { kind: 'from-now' }, p.caseRoles.lead);
send(lead, e2ee.composeDisclose(lead.scene(root), { devices: [cid.id], items: [documentItem] }));
admit(dora, { kind: 'from-date', fromMs: world.federation.nowMs - 3 * 60_000 }, p.caseRoles.reader);
const beaSecond = /** @type {any} */ (world.enrol(1));
send(bea, e2ee.composeDeviceAdd(bea.scene(root), beaSecond.id));
post(beaSecond, message('from my second device'));
send(lead, e2ee.composeRole(lead.scene(root), dora.personId, p.caseRoles.contributor));
send(
  lead,
  e2ee.composePolicy(lead.scene(root), { headConfirmationMs: 3_600_000, rotateAfterMs: 86_400_000, minimumLeads: 1 }),
);
const further = e2ee.composeCompartment(lead.scene(root), { notAfterMs: world.notAfterMs });
lead.send(further.announcement);
lead.send(further.genesis);
world.tick(1);
world.revoke(beaSecond);
const index = world.federation.entries.length - 1;
send(lead, e2ee.composeDeviceDrop(lead.scene(root), [beaSecond.id], { directoryIndex: index }));
const state = world.server.state(root);
const faultAt = {
  deviceId: bea.id,
  compartmentId: root,
  link: state.head,
  epoch: state.epoch,
  fault: { kind: 'missing' },
  time: world.federation.time,
};
const complaint = e2ee.makeComplaint(/** @type {any} */ (faultAt), bea.world.signing);
const complaintHash = chain.complaintHash(p.decodeSignedComplaint(complaint).signedBytes);
world.server.fileComplaint(complaintHash, complaint);
send(lead, e2ee.composeReseal(lead.scene(root), { deviceId: bea.id, epochs: [state.epoch], cause: { complaintHash } }));
send(dora, e2ee.composeLeave(dora.scene(root)));
send(bea, e2ee.composeRotate(bea.scene(root)));
post(bea, message('after the departure'));
send(lead, e2ee.composeClose(lead.scene(root)));
send(lead, e2ee.composeReopen(lead.scene(root)));
send(lead, e2ee.composeRemove(lead.scene(root), bea.personId));
const last = post(
  cid,
  p.encodeWithdrawal({ objectId: documentItem.header.objectId, version: 1, reason: 'superseded' }),
  p.itemClasses.withdrawal,
);
const head = world.server.state(root);
const heartbeat = e2ee.makeHeartbeat(
  {
    ...{
      deviceId: cid.id,
      compartmentId: root,
      chainHead: head.head,
      contentHead: { size: head.content.size, root: head.content.root },
    },
    ...{ directoryHead: cid.directoryHead, time: world.federation.time },
  },
  cid.world.signing,
);

/** @param {any} secret */
const hexOf = (secret) => secret.use(toHex);

/** @param {any} device */
const deviceOf = (device) => ({
  ...{ deviceId: device.id, personId: device.personId, signingSeed: hexOf(device.world.signing.exportSeed()) },
  kemSeed: hexOf(device.world.kem.exportSeed()),
  prekeys: device.keys.prekeys.map((/** @type {any} */ { prekeyHash, key }) => ({
    prekeyHash: toHex(prekeyHash),
    seed: hexOf(key.exportSeed()),
  })),
});

/** @param {any} holder who opened everything @param {any} id */
function epochsOf(holder, id) {
  const current = world.server.state(id);
  const book = e2ee.epochBook(current);
  const ring = holder.keyring(id);
  return Array.from({ length: current.epoch }, (_, i) => {
    const record = /** @type {any} */ (book.epoch(i + 1));
    const { key } = ring.entry(p.keyKinds.read, record);
    const chainKey = ring.holdsChainKey(i + 1) ? { chainKey: toHex(ring.entry(p.keyKinds.chain, record).key) } : {};
    const uses = Object.fromEntries(
      ['item', 'wrap', 'export'].map((use) => [use, hexOf(ring.useKey(record, /** @type {any} */ (use)))]),
    );
    return { epoch: i + 1, contextHash: toHex(record.contextHash), ...chainKey, readKey: toHex(key), ...uses };
  });
}

/** @param {any} holder @param {any} id */
function entriesOf(holder, id) {
  const book = e2ee.epochBook(world.server.state(id));
  return world.server.log(id).map((entry) => {
    if (entry.kind === 'link') {
      const { signedBytes, contextBytes } = entry.applied.signed;
      const boxes = [...entry.boxes.values()].map(({ bytes }) => toHex(bytes));
      return {
        kind: 'link',
        bytes: toHex(entry.bytes),
        linkHash: toHex(chain.linkHash(signedBytes)),
        contextHash: toHex(chain.linkContext(contextBytes)),
        boxes,
      };
    }
    const item = p.decodeSignedItem(entry.bytes);
    const plaintext = e2ee.openItem(item, /** @type {any} */ (book.epoch(item.header.epoch)), holder.keyring(id));
    return {
      kind: 'item',
      bytes: toHex(entry.bytes),
      itemHash: toHex(chain.itemHash(item)),
      content: toHex(plaintext),
    };
  });
}

const devices = [lead, bea, beaSecond, cid, dora];
export const made = {
  format: 'rogatory vectors 1',
  spec: ['directory.md', 'chains.md', 'keys.md', 'items.md', 'files.md'],
  about: 'A whole case. All ids, keys and hashes follow from the bytes and the seeds of the devices.',
  federation: {
    rootHash: toHex(world.federation.pinnedRootHash),
    entries: world.federation.entries.map(toHex),
    head: { size: world.federation.state.head.size, root: toHex(world.federation.state.head.root) },
  },
  devices: devices.map(deviceOf),
  persons: devices.slice(0, 2).map(({ personId }) => {
    const { digest, words, digits } = pki.personFingerprint(world.federation.view, personId);
    return { personId, ...(digest && { digest: toHex(digest) }), words, digits };
  }),
  compartments: [root, further.genesis.next.compartmentId].map((id) => {
    const { content, members } = world.server.state(id);
    return {
      ...{ compartmentId: id, entries: entriesOf(lead, id), epochs: epochsOf(lead, id) },
      contentHead: { size: content.size, root: toHex(content.root) },
      members: [...members.devices].map(([device]) => device),
    };
  }),
  readable: devices.map((device) => ({ deviceId: device.id, epochs: device.readableEpochs(root) })),
  complaint: { bytes: toHex(complaint), complaintHash: toHex(complaintHash) },
  heartbeat: { bytes: toHex(heartbeat) },
  disclosure: { deviceId: cid.id, itemHash: toHex(chain.itemHash(documentItem)) },
  file: { stored: toHex(file.stored), content: toHex(file.content), dek: toHex(bytesOf('dek')) },
  caseFingerprint: pki.caseFingerprint(Uint8Array.from(Buffer.from(root, 'hex'))).words,
  lastItemHash: toHex(chain.itemHash(last)),
};
