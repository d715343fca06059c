import { describe, expect, it } from '@jest/globals';
import { type FileId, type Secret, VerificationError } from '@rogatory/kernel';
import { linkContext } from '@rogatory/chain';
import { sha256 } from '@rogatory/crypto/verify';
import {
  caseRoles,
  decodeDocumentManifest,
  decodeSignedItem,
  type DocumentManifest,
  encodeDocumentManifest,
  itemClasses,
} from '@rogatory/protocol';
import { composeDisclose } from '../compose/disclose.js';
import { composeAdd } from '../compose/membership.js';
import { composeRotate } from '../compose/renewal.js';
import { openDisclosedItem, openItem } from '../items/item-sealing.js';
import { disclosedKinds, openDisclosureBox } from '../keys/disclosed-keys.js';
import { epochBook, newestEpochRecord } from '../keys/epoch-book.js';
import type { EpochRecord } from '../keys/epoch-keyring.js';
import { CaseWorld } from '../testing/case-world.js';
import { checkManifest, unwrapDisclosedFileKey, unwrapFileKey, wrapFileKey } from './file-key-wrap.js';
import { fileLayout } from './file-layout.js';
import { fileHeaderHash, FileOpener, FileSealer, makeFileSecrets } from './file-sealing.js';
import { fileRoot } from './file-tree.js';

function worldWithDocument() {
  const world = new CaseWorld(51);
  const id = world.caseCompartment;
  const [lead, guest] = [world.firstDeviceOf(0), world.firstDeviceOf(1)];
  const content = world.random(1000);
  const layout = fileLayout(content.length);
  const secrets = makeFileSecrets(world.random, '77'.repeat(16) as FileId);
  const sealer = new FileSealer(secrets, layout);
  const segment = sealer.sealSegment(0, content);
  const base = {
    fileId: secrets.fileId,
    version: 1,
    root: fileRoot([segment.leaf]),
    headerHash: fileHeaderHash(sealer.header),
  };
  const epoch = newestEpochRecord(world.server.state(id));
  const wrap = { keyring: lead.keyring(id), epoch, binding: base };
  const manifest: DocumentManifest = {
    ...base,
    trueSize: content.length,
    segments: layout.segments,
    wrappedKey: wrapFileKey(wrap, secrets.dek, world.random),
    name: 'statement.pdf',
    mediaType: 'application/pdf',
    plaintextHash: sha256(content),
    labels: { handling: 1, sourceEvaluation: 0, informationEvaluation: 0 },
  };
  const posted = lead.post(id, encodeDocumentManifest(manifest), itemClasses.document);
  const item = decodeSignedItem(posted.bytes);
  const read = (dek: Secret): Uint8Array => {
    const { header } = sealer;
    const opener = new FileOpener({ ...base, header, dek, layout, leaves: [segment.leaf] });
    return opener.openSegment(0, segment.sealed);
  };
  return { world, id, lead, guest, item, manifest, wrap, content, read };
}

describe('a document', () => {
  it('opens from its manifest, in its own case, file and version only', () => {
    const { id, lead, item, manifest, wrap, content, read } = worldWithDocument();
    const opened = decodeDocumentManifest(openItem(item, wrap.epoch, lead.keyring(id)));
    expect(opened).toEqual(manifest);
    checkManifest(opened);
    expect(read(unwrapFileKey({ ...wrap, binding: opened }, opened.wrappedKey))).toEqual(content);
    const moved = [
      { version: 2 },
      { fileId: '78'.repeat(16) as FileId },
      { root: opened.headerHash },
      { headerHash: opened.root },
    ];
    for (const change of moved) {
      const binding = { ...opened, ...change };
      expect(() => unwrapFileKey({ ...wrap, binding }, opened.wrappedKey)).toThrow(VerificationError);
    }
    expect(() => checkManifest({ ...opened, segments: 2 })).toThrow(VerificationError);
    expect(() => checkManifest({ ...opened, version: 0 })).toThrow(VerificationError);
  });

  it('is disclosed with its file to somebody without the epoch key, who sees the original manifest', () => {
    const { world, id, lead, guest, item, content, read } = worldWithDocument();
    const admission = { personId: guest.personId, role: caseRoles.reader, history: { kind: 'from-now' } } as const;
    lead.send(composeAdd(lead.scene(id), { ...admission, notAfterMs: world.notAfterMs }));
    lead.send(composeDisclose(lead.scene(id), { devices: [guest.id], items: [item] }));
    const entry = world.server.log(id).at(-1);
    const box = entry?.kind === 'link' ? entry.boxes.get(guest.id) : undefined;
    if (entry?.kind !== 'link' || box === undefined) throw new RangeError('no disclosure');
    const keys = openDisclosureBox(box.decoded, guest.keys, linkContext(entry.applied.signed.contextBytes));
    const keyOf = (kind: 1 | 2) => keys.find((key) => key.kind === kind)?.messageKey as Secret;
    const manifest = decodeDocumentManifest(openDisclosedItem(item, keyOf(disclosedKinds.item)));
    const epoch = epochBook(world.server.state(id)).epoch(item.header.epoch) as EpochRecord;
    const dek = unwrapDisclosedFileKey({ epoch, binding: manifest }, manifest.wrappedKey, keyOf(disclosedKinds.file));
    expect(read(dek)).toEqual(content);
    expect(guest.readableEpochs(id)).not.toContain(item.header.epoch);
    expect(() => openItem(item, epoch, guest.keyring(id))).toThrow(expect.objectContaining({ code: 'e2ee/no-key' }));
  });

  it('keeps its wrapped key bound to the epoch that it was posted in', () => {
    const { world, id, lead, manifest, wrap } = worldWithDocument();
    world.tick(1);
    lead.send(composeRotate(lead.scene(id)));
    const epoch = newestEpochRecord(world.server.state(id));
    const later = { ...wrap, epoch, keyring: lead.keyring(id) };
    expect(() => unwrapFileKey(later, manifest.wrappedKey)).toThrow(VerificationError);
  });
});
