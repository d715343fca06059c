import {
  BytesTarget,
  bytesSource,
  type Client,
  createKeyStore,
  follow,
  type OpenCase,
  rootOf,
  type Transport,
} from '@rogatory/client';
import {
  type CaseId,
  type CompartmentId,
  isRogatoryError,
  limits,
  parseUploadId,
  type Secret,
  systemRandom,
} from '@rogatory/kernel';
import { auditPurposes, legalBases } from '@rogatory/protocol';
import { admitAll } from '../../world/admission.js';
import type { World } from '../../world/world.js';
import type { Canaries } from '../canaries.js';
import { Seeded } from '../seeded.js';
import type { Wire } from './wire.js';

export interface Worked {
  readonly caseId: CaseId;
  /** A piece of what a client stored, sealed: the server has it. */
  readonly ciphertext: Uint8Array;
}

const FILE_BYTES = 200_000;
const PIECE = { from: 70_000, length: 32 };

/** A case from its beginning to a removal, with a marker in everything that is secret. */
export async function workThrough(world: World, canaries: Canaries, wire: Wire): Promise<Worked> {
  const route = wire.route();
  const lead = await world.client('prosecutor-xa', { route });
  const open = await lead.cases.create({
    title: canaries.text('title'),
    description: canaries.text('text of a description'),
    compartments: [canaries.text('title of a compartment')],
  });
  const room = open.compartments.find(({ compartmentId }) => compartmentId !== rootOf(open.caseId))?.compartmentId;
  if (room === undefined) throw new Error('no compartment');
  const admitted = await admitAll(world, { lead, leader: 'prosecutor-xa', open }, { 'judge-xb': { route } });
  const judge = admitted.get('judge-xb');
  if (judge === undefined) throw new Error('nobody was admitted');
  const theirs = await judge.cases.open(open.caseId);
  await exchange({ lead, judge, open, theirs, room }, canaries);
  await refusals(world, { open, room }, route);
  for (const opened of [open, theirs]) markKeys(opened, canaries);
  await lead.cases.rotate(open, room);
  await lead.cases.remove(open, world.keysOf('judge-xb').personId);
  await refused(judge.cases.open(open.caseId));
  markKeys(open, canaries);
  await review(world, canaries, route);
  await markDevices(world, canaries);
  for (const [n, token] of [...wire.tokens].entries()) canaries.watch(`token ${n}`, Buffer.from(token));
  const stored = wire.parts.find(([where, bytes]) => where.includes('/parts/') && bytes.length > FILE_BYTES);
  if (stored === undefined) throw new Error('no file went over the wire');
  return { caseId: open.caseId, ciphertext: stored[1].slice(PIECE.from, PIECE.from + PIECE.length) };
}

interface Exchange {
  readonly lead: Client;
  readonly judge: Client;
  readonly open: OpenCase;
  readonly theirs: OpenCase;
  readonly room: CompartmentId;
}

async function exchange({ lead, judge, open, theirs, room }: Exchange, canaries: Canaries): Promise<void> {
  const stop = new AbortController();
  const live = (async () => {
    for await (const event of follow(judge.gateway, theirs.compartment(room), { signal: stop.signal })) {
      if (event.kind === 'item') stop.abort();
    }
  })();
  const text = { text: canaries.text('text of a message'), subject: canaries.text('title of a thread') };
  const sent = await lead.messages.post(open, room, text);
  await live;
  await judge.messages.reply(theirs, room, sent.objectId, { text: canaries.text('text of a reply') });
  const content = new Seeded(24).bytes(FILE_BYTES);
  content.set(new TextEncoder().encode(canaries.text('file content')), 100_000);
  const source = bytesSource(canaries.text('file name'), content);
  const document = await lead.documents.upload(open, room, source, {
    mediaType: `text/${canaries.text('file name of a media type').replace(' ', '-')}`,
    onProgress: () => {
      void lead.documents.interrupted().then((begun) => {
        for (const { plan } of begun) markSecret(canaries, `file key ${plan.uploadId}`, plan.secrets.dek);
      });
    },
  });
  await theirs.sync();
  const compartment = theirs.compartment(room);
  const justification = {
    legalBasis: legalBases.jointInvestigationTeam,
    instrument: 'JIT-2026-1',
    text: canaries.text('reason of a reading'),
  };
  const found = judge.documents.find(compartment, document.objectId);
  await judge.documents.download(compartment, found, new BytesTarget(), { justification });
  const { objectId, version } = document;
  await lead.documents.withdraw(open, room, { objectId, version, reason: canaries.text('reason of a withdrawal') });
}

/** Requests that the server refuses, so that it has errors to tell and to log. */
async function refusals(
  world: World,
  { open, room }: { readonly open: OpenCase; readonly room: CompartmentId },
  route: ReturnType<Wire['route']>,
): Promise<void> {
  const stranger = await world.client('judge-xc', { route });
  await refused(stranger.cases.open(open.caseId));
  const { transport } = stranger.gateway;
  await refused(fetchAll(transport, `uploads/${room.slice(0, 32)}/content`));
  await refused(fetchAll(transport, 'audit/log/nothing/checkpoint'));
  await refused(stranger.documents.abandon(parseUploadId(room.slice(0, 32))));
}

async function fetchAll(transport: Transport, path: string): Promise<void> {
  if ((await transport.getFile(path)) === undefined) throw new TypeError('nothing there');
}

async function refused(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (isRogatoryError(error) || error instanceof TypeError) return;
    throw error;
  }
  throw new Error('it was not refused');
}

async function review(world: World, canaries: Canaries, route: ReturnType<Wire['route']>): Promise<void> {
  const auditor = await world.client('auditor-xa', { route });
  const justification = { legalBasis: legalBases.oversight, text: canaries.text('reason of a review') };
  await auditor.audit.list({ purpose: auditPurposes.lawfulness, justification }, { event: 'doc.read' }, { first: 20 });
}

/** Keys of every epoch that a member holds. */
function markKeys(open: OpenCase, canaries: Canaries): void {
  for (const { compartmentId, keyring } of open.compartments) {
    for (const { kind, epoch, key } of keyring.exportEntries()) {
      canaries.watch(`epoch key ${compartmentId} ${kind} ${epoch}`, key);
    }
  }
}

/** Keys of every device, and the passphrase under which they lie on disk. */
async function markDevices(world: World, canaries: Canaries): Promise<void> {
  for (const profile of ['prosecutor-xa', 'judge-xb', 'judge-xc', 'auditor-xa']) {
    const { content } = world.keysOf(profile);
    markSecret(canaries, `signing seed of ${profile}`, content.signingSeed);
    markSecret(canaries, `kem seed of ${profile}`, content.kemSeed);
    markSecret(canaries, `state key of ${profile}`, content.localStateKey);
    for (const { prekeyId, seed } of content.prekeys)
      markSecret(canaries, `prekey seed ${prekeyId} of ${profile}`, seed);
  }
  const passphrase = canaries.text('passphrase');
  const { content } = world.keysOf('prosecutor-xa');
  const cost = { passes: limits.argon2FloorPasses, memoryBytes: limits.argon2FloorMemoryBytes };
  const storage = { read: async () => undefined, replace: async () => undefined };
  await createKeyStore({ content, passphrase, cost, random: systemRandom }, storage);
}

function markSecret(canaries: Canaries, marker: string, secret: Secret): void {
  if (secret.length > 0) secret.use((bytes) => canaries.watch(marker, bytes.slice()));
}
