import type { Operation } from '@rogatory/access';
import { operations } from '@rogatory/client';
import { type ActId, type ObjectId, toBase64, type UploadId, utf8 } from '@rogatory/kernel';
import {
  actSubjects,
  auditCountsStatement,
  auditEpochsStatement,
  auditExportStatement,
  auditFindingsStatement,
  type AuditOrder,
  auditOrderText,
  auditPurposes,
  auditQueryStatement,
  auditViewStatement,
  type ExportRange,
  findingVerdictStatement,
  legalBases,
  linkTypes,
  taskViews,
} from '@rogatory/protocol';
import { isLong } from '../report.js';
import { type Actor, type Cast, keysOf, placeNames } from './cast.js';
import type { Channel } from './channel.js';
import { hollowLink, placeOf, randomId } from './forgeries.js';
import { atPlaces, data, graphqlProbe, type Probe, proofOf, reasonOf, refused } from './probe.js';
import { reviewProbes } from './review-probes.js';

const SEALED_BYTES = 112;
const PURPOSE = 'lawfulness';

/** Sessions, directory, one's own lists, and whatever needs no case. */
export function personalProbes(cast: Cast): Probe[] {
  const { lead, objects } = cast;
  return [
    graphqlProbe({ operation: 'query.server', wish: () => ({ variables: {} }) }),
    graphqlProbe({
      operation: 'query.logSuccession',
      wish: () => ({ variables: { origin: 'elsewhere.invalid/audit/log/2026h2', knownSize: 0 } }),
    }),
    graphqlProbe({ operation: 'query.whoAmI', wish: () => ({ variables: {} }) }),
    graphqlProbe({
      operation: 'query.directoryEntries',
      wish: () => ({ variables: { from: 0, first: 3 }, subject: actSubjects.readDirectory() }),
    }),
    graphqlProbe({
      operation: 'query.prekeys',
      wish: () => ({
        variables: { deviceIds: [keysOf(cast, { name: 'lead' }).deviceId] },
        subject: actSubjects.readPrekeys(),
      }),
    }),
    graphqlProbe({
      operation: 'query.cases',
      wish: () => ({ variables: { first: 5 }, subject: actSubjects.listCases() }),
    }),
    graphqlProbe({
      operation: 'query.uploads',
      facts: () => ({ isOwn: true }),
      wish: () => ({ variables: {}, subject: actSubjects.listUploads() }),
    }),
    graphqlProbe({
      operation: 'query.ownTasks',
      wish: () => ({ variables: { view: taskViews.mine, first: 5 }, subject: actSubjects.listOwnTasks() }),
    }),
    graphqlProbe({
      operation: 'query.receipt',
      facts: ({ name }) => ({ isOwn: name === 'lead' }),
      absent: refused,
      wish: (_, isAbsent) => ({ variables: { recordId: isAbsent ? randomId(16) : objects.recordId } }),
    }),
    ...sessionProbes(cast),
    ...ownProbes(cast),
    ...auditProbes(cast, lead.gateway.clock.nowMs()),
  ];
}

/** The way into a session, open to everybody. */
function sessionProbes(cast: Cast): Probe[] {
  return [
    graphqlProbe({
      operation: 'mutation.requestChallenge',
      wish: (_, isAbsent) => ({
        variables: { deviceId: isAbsent ? randomId(16) : keysOf(cast, { name: 'lead' }).deviceId },
      }),
    }),
    graphqlProbe({
      operation: 'mutation.login',
      admitted: /^(codec|login\/refused)/,
      wish: () => ({ variables: { statement: toBase64(utf8('no statement')) } }),
    }),
    graphqlProbe({
      operation: 'mutation.refreshSession',
      admitted: /^login\/(refused|refresh)/,
      wish: () => ({ variables: { refreshToken: 'x'.repeat(43) } }),
    }),
  ];
}

/** What a device hands in for itself, and what a post lets begin. */
function ownProbes(cast: Cast): Probe[] {
  return [
    graphqlProbe({
      operation: 'mutation.appendDirectory',
      // What the log holds already may be handed in again, by whoever may hand it in at all.
      wish: (actor) => {
        const entries = [deviceEntry(cast, actor)];
        return {
          variables: { entries: entries.map(toBase64), cards: [] },
          subject: actSubjects.appendDirectory(entries, []),
        };
      },
    }),
    ...(['own', 'of another'] as const).map((variant) =>
      graphqlProbe({
        operation: 'mutation.publishPrekeys',
        variant,
        facts: ({ name }) => ({ isOwn: variant === 'own' || name === 'lead' }),
        wish: (actor) => {
          const prekeys = [prekeyOf(cast, variant === 'own' ? actor : { name: 'lead' })];
          return { variables: { prekeys: prekeys.map(toBase64) }, subject: actSubjects.publishPrekeys(prekeys) };
        },
      }),
    ),
    graphqlProbe({
      operation: 'mutation.createCase',
      admitted: /^chain\//,
      wish: (actor) => {
        const { link, bytes } = hollowLink(cast, actor, 'root', { type: linkTypes.genesis, isAbsent: true });
        const links = [{ compartmentId: link.compartmentId, link: toBase64(bytes), boxes: [] }];
        return { variables: { links }, subject: actSubjects.appendLinks(link, [bytes]) };
      },
    }),
    graphqlProbe({
      operation: 'subscription.notices',
      wish: () => ({ variables: {}, subject: actSubjects.subscribeNotices() }),
    }),
  ];
}

/** The end of a session: asked for last, by each for their own. */
export function farewell(): Probe {
  return graphqlProbe({
    operation: 'mutation.logout',
    wish: () => ({ variables: {}, subject: actSubjects.logout() }),
  });
}

function auditProbes({ objects }: Cast, nowMs: number): Probe[] {
  const purpose = auditPurposes[PURPOSE];
  const filter = { fromMs: nowMs - 1_000 };
  return [
    graphqlProbe({
      operation: 'query.auditRecords',
      wish: () => ({
        variables: { filter, purpose: PURPOSE, first: 3 },
        subject: actSubjects.queryRecords(utf8(auditQueryStatement(purpose, filter, { first: 3 }))),
        needsReason: true,
      }),
    }),
    graphqlProbe({
      operation: 'query.auditEpochs',
      wish: () => ({
        variables: { purpose: PURPOSE, first: 3 },
        subject: actSubjects.readEpochs(utf8(auditEpochsStatement(purpose, { first: 3 }))),
        needsReason: true,
      }),
    }),
    graphqlProbe({
      // What is counted of a case is what the asker's own authorities own of it, and nothing of a case that is not there.
      operation: 'query.auditCounts',
      wish: () => {
        const id = randomId(32);
        const subject = actSubjects.readEpochs(utf8(auditCountsStatement(purpose, { counted: 'case', id })));
        return { variables: { counted: 'case', id, purpose: PURPOSE }, subject, needsReason: true };
      },
    }),
    graphqlProbe({
      operation: 'query.auditFindings',
      wish: () => ({
        variables: { purpose: PURPOSE, first: 3 },
        subject: actSubjects.listFindings(utf8(auditFindingsStatement(purpose, { first: 3 }))),
        needsReason: true,
      }),
    }),
    ...(['dismiss', 'reopen'] as const).map((verdict) =>
      graphqlProbe({
        operation: verdict === 'dismiss' ? 'mutation.dismissFinding' : 'mutation.reopenFinding',
        // Nothing is found yet: whatever is named is absent, and looks like what is not the asker's.
        admitted: /^(audit\/reason-missing|audit\/not-found)$/,
        absent: /^(access\/refused|audit\/reason-missing|audit\/not-found)$/,
        wish: () => {
          const findingId = randomId(16) as ObjectId;
          const subject = actSubjects.judgeFinding(verdict, findingId, utf8(findingVerdictStatement(purpose, 1)));
          return { variables: { findingId, purpose: PURPOSE, recordCount: 1 }, subject, needsReason: true };
        },
      }),
    ),
    ...reviewProbes(),
    graphqlProbe({
      operation: 'query.auditRecord',
      absent: /^(access\/refused|audit\/not-found)$/,
      wish: (_, isAbsent) => {
        const recordId = isAbsent ? (randomId(16) as ActId) : objects.recordId;
        const subject = actSubjects.viewRecord(recordId, utf8(auditViewStatement(purpose)));
        return { variables: { recordId, purpose: PURPOSE }, subject, needsReason: true };
      },
    }),
    ...orderProbes(nowMs),
  ];
}

/** Orders on records: of a log that there is not, or that nobody proposed, for whoever may order at all. */
function orderProbes(nowMs: number): Probe[] {
  const orderId = randomId(16) as ObjectId;
  const terms = { reference: 'E19', expiresMs: nowMs + 3_600_000 };
  const set = { shard: 'none', records: [{ first: 0, last: 0 }] };
  const order: AuditOrder = { verb: 'erase', ...set, groups: ['src'], legalBasis: legalBases.oversight, ...terms };
  const variables = { orderId, text: auditOrderText(order) };
  return [
    graphqlProbe({
      operation: 'mutation.proposeAuditOrder',
      admitted: /^retention\/out-of-scope$/,
      wish: () => ({ variables, subject: actSubjects.proposeOrder(orderId, order), needsReason: true }),
    }),
    graphqlProbe({
      operation: 'mutation.approveAuditOrder',
      admitted: /^retention\/not-found$/,
      wish: () => ({ variables, subject: actSubjects.approveOrder(orderId, order), needsReason: true }),
    }),
    graphqlProbe({
      operation: 'query.auditOrders',
      wish: () => ({
        variables: { purpose: PURPOSE },
        subject: actSubjects.listOrders(utf8(auditViewStatement(auditPurposes[PURPOSE]))),
        needsReason: true,
      }),
    }),
  ];
}

/** Files: their announcement, parts, documents and bytes. */
export function fileProbes(cast: Cast): Probe[] {
  const { objects, evidence } = cast;
  const put = { headers: { 'content-type': 'application/octet-stream' }, body: new Uint8Array(SEALED_BYTES) };
  return [
    ...atPlaces(cast, isLong ? placeNames : ['evidence', 'closed'], (place) => ({
      operation: 'mutation.beginUpload',
      wish: (_, isAbsent) => {
        const { compartmentId } = placeOf(cast, place, isAbsent);
        const subject = actSubjects.beginUpload(compartmentId);
        return { variables: { compartmentId, sealedBytes: SEALED_BYTES }, subject };
      },
    })),
    graphqlProbe({
      operation: 'mutation.cancelUpload',
      facts: ({ name }) => ({ isOwn: name === 'lead' }),
      absent: refused,
      wish: (_, isAbsent) => {
        const uploadId = isAbsent ? (randomId(16) as UploadId) : cast.spareUpload;
        return { variables: { uploadId }, subject: actSubjects.cancelUpload(uploadId) };
      },
    }),
    graphqlProbe({
      operation: 'mutation.openDocument',
      facts: (actor) => cast.facts(actor, 'evidence'),
      absent: refused,
      wish: (_, isAbsent) => {
        const { version } = objects.document;
        const objectId = isAbsent ? (randomId(16) as ObjectId) : objects.document.objectId;
        const subject = actSubjects.openDocument(evidence, objectId, version);
        return { variables: { compartmentId: evidence, objectId, version }, subject, needsReason: true };
      },
    }),
    route({
      operation: 'route.putUploadPart',
      facts: ({ name }) => ({ isOwn: name === 'lead' }),
      ask: (channel, { token }, isAbsent) => {
        const uploadId = isAbsent ? randomId(16) : objects.uploads.get('lead');
        return channel.route(token, 'PUT', `/uploads/${uploadId}/parts/0`, put);
      },
    }),
    route({
      operation: 'route.getUploadContent',
      facts: (actor) => cast.facts(actor, 'evidence'),
      ask: async (channel, actor, isAbsent) => {
        const uploadId = isAbsent ? randomId(16) : objects.document.uploadId;
        const headers = { 'rogatory-grant': await grantFor(cast, actor) };
        return channel.route(actor.token, 'GET', `/uploads/${uploadId}/content`, { headers });
      },
    }),
  ];
}

/** Logs and health. */
export function logProbes({ world }: Cast): Probe[] {
  const pathOf = (operation: Operation): string => {
    const found = world.server.routes.find((mounted) => mounted.operation === operation);
    if (found === undefined) throw new Error(`nothing is mounted for ${operation}`);
    return found.url.replace('*', '');
  };
  const plain = (operation: Operation): Probe => {
    const { ask, ...probe } = route({
      operation,
      ask: (channel, { token }) => channel.route(token, 'GET', pathOf(operation), { headers: ownPage }),
    });
    return { operation, variant: probe.variant, facts: probe.facts, admitted: probe.admitted, ask };
  };
  const tiles = (operation: Operation): Probe =>
    route({
      operation,
      ask: (channel, { token }, isAbsent) =>
        channel.route(token, 'GET', `${pathOf(operation)}${isAbsent ? '5/000' : '0/000.p/1'}`),
    });
  return [
    plain('route.health'),
    plain('route.web'), // the first of its files, the page
    plain('route.demoPeople'),
    demoDevice(),
    plain('route.directoryCheckpoint'),
    plain('route.auditCheckpoint'),
    tiles('route.directoryTile'),
    // Nobody who has a session is a witness.
    tiles('route.directoryReplay'),
    tiles('route.auditTile'),
    exportProbe(pathOf('route.auditExport')),
  ];
}

/** What a browser says of a request of the server's own page; it changes nothing where nobody asks for it. */
const ownPage = { 'sec-fetch-site': 'same-origin', 'rogatory-demo': 'yes' };

/** A device that is left of somebody: one after the other, for each is handed out once. */
function demoDevice(): Probe {
  const cases = ['prosecutor-*', 'prosecutor-*-2', 'judge-*', 'liaison-*'];
  const people = ['xa', 'xb', 'xc'].flatMap((state) => cases.map((name) => name.replace('*', state)));
  let asked = 0;
  const ask: Probe['ask'] = (channel, { token }, { isAbsent }) => {
    const name = isAbsent ? 'nobody' : people[asked++ % people.length];
    return channel.route(token, 'POST', `/demo/devices/${name}`, { headers: ownPage });
  };
  return { operation: 'route.demoDevice', variant: '', facts: () => ({}), admitted: data, absent: refused, ask };
}

/** One record; an index far behind the log is refused as a wrong range, to those who may ask at all. */
function exportProbe(path: string): Probe {
  const purpose = auditPurposes[PURPOSE];
  const ask: Probe['ask'] = async (channel, actor, { isAbsent }) => {
    const range: ExportRange = isAbsent ? { first: 2 ** 40 } : { first: 0, end: 1 };
    const subject = actSubjects.exportRecords(utf8(auditExportStatement(purpose, range)));
    const { act, why } = await proofOf(actor, subject, true);
    const headers = { ...(act && { 'rogatory-act': toBase64(act) }), ...(why && { 'rogatory-why': toBase64(why) }) };
    const query = new URLSearchParams({ purpose: PURPOSE, first: String(range.first) });
    if (range.end !== undefined) query.set('end', String(range.end));
    return channel.route(actor.token, 'GET', `${path}?${query.toString()}`, { headers });
  };
  const absent = /^(access\/refused|audit\/filter)$/;
  return { operation: 'route.auditExport', variant: '', facts: () => ({}), admitted: data, absent, ask };
}

function route(parts: {
  readonly operation: Operation;
  readonly facts?: Probe['facts'];
  readonly ask: (channel: Channel, actor: Actor, isAbsent: boolean) => ReturnType<Probe['ask']>;
}): Probe {
  const { operation, facts = () => ({}), ask } = parts;
  const asked: Probe['ask'] = (channel, actor, { isAbsent }) => ask(channel, actor, isAbsent);
  return { operation, variant: '', facts, admitted: data, absent: refused, ask: asked };
}

/** A grant of the asker's own where they may have one; else one that was given to the lead. */
async function grantFor(cast: Cast, actor: Actor): Promise<string> {
  const isMember = cast.facts(actor, 'evidence').membership !== undefined;
  const client = isMember ? (actor.client ?? cast.lead) : cast.lead;
  const { objectId, version } = cast.objects.document;
  const compartmentId = cast.evidence;
  const subject = actSubjects.openDocument(compartmentId, objectId, version);
  const call = { variables: { compartmentId, objectId, version }, subject, reason: reasonOf(client) };
  return client.gateway.call(operations.openDocumentOperation, call, ({ openDocument }) => openDocument.grant);
}

function deviceEntry(cast: Cast, actor: Actor): Uint8Array {
  const { deviceId } = keysOf(cast, actor);
  const device = cast.lead.directory.view.device(deviceId);
  const entry = device && cast.lead.directory.bundle().entries[device.index];
  if (entry === undefined) throw new Error('the device has no entry');
  return entry;
}

/** The newest prekey that somebody put up at login. */
function prekeyOf(cast: Cast, actor: Pick<Actor, 'name'>): Uint8Array {
  const found = cast.prekeys(keysOf(cast, actor).deviceId)[0];
  if (found === undefined) throw new Error('a device without a prekey');
  return found;
}
