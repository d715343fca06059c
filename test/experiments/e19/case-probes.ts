import { actOfItem, actOfLink } from '@rogatory/access';
import { invitationHash } from '@rogatory/chain';
import { makeComplaint, makeHeartbeat } from '@rogatory/e2ee';
import { type InvitationId, toBase64 } from '@rogatory/kernel';
import {
  actSubjects,
  caseRoles,
  encodeAcceptance,
  encodeSignedAcceptance,
  historyKinds,
  invitationTargets,
  type ItemClass,
  itemClasses,
  type LinkType,
  linkTypes,
  nameOf,
  signaturePurposes,
} from '@rogatory/protocol';
import { isLong } from '../report.js';
import { type Actor, type Cast, keysOf, type PlaceName, placeNames } from './cast.js';
import { hollowLink, placeOf, randomId, signedOffer, staleItem } from './forgeries.js';
import { atPlaces, data, graphqlProbe, type GraphqlWish, type Probe, refused } from './probe.js';

const DAY_MS = 24 * 3_600_000;
const roots: readonly PlaceName[] = ['root', 'closed'];
const onlyEvidence: readonly PlaceName[] = isLong ? placeNames : ['evidence'];
/** Lead's matters, everybody's matters, and what a closed case still admits; every type in every place by the long mode. */
const shortLinks: Readonly<Partial<Record<LinkType, readonly PlaceName[]>>> = {
  [linkTypes.add]: placeNames,
  [linkTypes.deviceAdd]: ['evidence'],
  [linkTypes.remove]: ['evidence'],
  [linkTypes.leave]: ['evidence'],
  [linkTypes.rotate]: ['evidence', 'closed'],
  [linkTypes.role]: ['evidence'],
  [linkTypes.close]: ['root'],
  [linkTypes.reopen]: ['closed'],
  [linkTypes.compartment]: ['root'],
};

function placesOfLink(type: LinkType): readonly PlaceName[] {
  if (!isLong) return shortLinks[type] ?? [];
  // A genesis in a root begins a case: that is another operation.
  return type === linkTypes.genesis ? ['evidence'] : placeNames;
}

function placesOfItem(itemClass: ItemClass): readonly PlaceName[] {
  if (isLong) return placeNames;
  return itemClass === itemClasses.message ? ['evidence', 'closed'] : ['evidence'];
}

/** Reading a case. */
export function caseReads(cast: Cast): Probe[] {
  const read = (
    operation: 'query.chain' | 'query.contentLog' | 'query.compartmentAnchor' | 'query.heartbeats' | 'query.complaints',
    more: Readonly<Record<string, number>>,
  ): Probe[] =>
    atPlaces(cast, operation === 'query.contentLog' ? placeNames : onlyEvidence, (place) => ({
      operation,
      wish: (_, isAbsent) => {
        const { compartmentId } = placeOf(cast, place, isAbsent);
        return { variables: { compartmentId, ...more }, subject: actSubjects.readCompartment(compartmentId) };
      },
    }));
  return [
    ...atPlaces(cast, roots, (place) => ({
      operation: 'query.case',
      wish: (_, isAbsent) => {
        const { caseId } = placeOf(cast, place, isAbsent);
        return { variables: { caseId }, subject: actSubjects.openCase(caseId) };
      },
    })),
    ...read('query.chain', { fromSeq: 0, first: 5 }),
    ...read('query.contentLog', { from: 0, first: 5 }),
    ...read('query.compartmentAnchor', {}),
    ...read('query.heartbeats', {}),
    ...read('query.complaints', {}),
    ...atPlaces(cast, onlyEvidence, (place) => ({
      operation: 'query.tasks',
      wish: (_, isAbsent) => {
        const { compartmentId } = placeOf(cast, place, isAbsent);
        return { variables: { compartmentId, first: 5 }, subject: actSubjects.listTasks(compartmentId) };
      },
    })),
    ...atPlaces(cast, onlyEvidence, (place) => ({
      operation: 'query.operations',
      wish: (_, isAbsent) => {
        const { compartmentId } = placeOf(cast, place, isAbsent);
        return { variables: { compartmentId, first: 5 }, subject: actSubjects.listOperations(compartmentId) };
      },
    })),
    ...atPlaces(cast, onlyEvidence, (place) => ({
      operation: 'query.boxes',
      wish: (_, isAbsent) => {
        const { compartmentId } = placeOf(cast, place, isAbsent);
        return { variables: { compartmentId, fromSeq: 0, first: 5 }, subject: actSubjects.readBoxes(compartmentId) };
      },
    })),
    ...atPlaces(cast, onlyEvidence, (place) => ({
      operation: 'subscription.compartmentEvents',
      wish: (_, isAbsent) => {
        const { compartmentId } = placeOf(cast, place, isAbsent);
        return { variables: { compartmentId, after: 0 }, subject: actSubjects.subscribe(compartmentId) };
      },
    })),
  ];
}

/** Classes that come by an operation of their own. */
type PostedBy = 'mutation.addDocument' | 'mutation.changeTask' | 'mutation.changeOperation';
const postedBy: Readonly<Partial<Record<ItemClass, PostedBy>>> = {
  [itemClasses.document]: 'mutation.addDocument',
  [itemClasses.task]: 'mutation.changeTask',
  [itemClasses.operation]: 'mutation.changeOperation',
};

/** Every type of link and every class of item, in every place. */
export function caseWrites(cast: Cast): Probe[] {
  const links = Object.values(linkTypes).flatMap((type) =>
    atPlaces(cast, placesOfLink(type), (place) => ({
      operation: 'mutation.appendLinks',
      variant: nameOf(linkTypes, type),
      act: actOfLink(type),
      admitted: /^chain\/(log-head|genesis|closed)$/,
      wish: (actor, isAbsent) => linkWish(cast, actor, place, { type, isAbsent }),
    })),
  );
  const items = Object.values(itemClasses).flatMap((itemClass) =>
    atPlaces(cast, placesOfItem(itemClass), (place) => ({
      operation: postedBy[itemClass] ?? 'mutation.postItem',
      variant: nameOf(itemClasses, itemClass),
      act: actOfItem(itemClass),
      // An upload is for one compartment: elsewhere the item names another than the upload.
      admitted: itemClass === itemClasses.document && place !== 'evidence' ? /^(data|documents\/item)$/ : data,
      wish: (actor, isAbsent) => {
        const { header, bytes } = staleItem(cast, actor, place, { itemClass, isAbsent });
        const uploadId = isAbsent ? randomId(16) : cast.objects.uploads.get(actor.name);
        const upload = { uploadId: uploadId ?? cast.objects.uploads.get('lead') };
        const isDocument = itemClass === itemClasses.document;
        const variables = { item: toBase64(bytes), ...(isDocument ? upload : {}) };
        return { variables, subject: actSubjects.postItem(header, bytes) };
      },
    })),
  );
  return [...links, ...items, ...statements(cast), ...offers(cast)];
}

function linkWish(cast: Cast, actor: Actor, place: PlaceName, wish: Parameters<typeof hollowLink>[3]): GraphqlWish {
  const { link, bytes } = hollowLink(cast, actor, place, wish);
  const links = [{ compartmentId: link.compartmentId, link: toBase64(bytes), boxes: [] }];
  return { variables: { caseId: link.caseId, links }, subject: actSubjects.appendLinks(link, [bytes]) };
}

/** Heartbeats and complaints, as a member's device makes them. */
function statements(cast: Cast): Probe[] {
  const said = (actor: Actor, place: PlaceName, isAbsent: boolean) => {
    const { state } = cast.caseOf(place).compartment(cast.compartmentOf(place));
    const { compartmentId } = placeOf(cast, place, isAbsent);
    const { deviceId, signing } = keysOf(cast, actor);
    return { state, compartmentId, deviceId, signing, time: cast.lead.gateway.acts.time() };
  };
  return [
    ...atPlaces(cast, placeNames, (place) => ({
      operation: 'mutation.sendHeartbeat',
      wish: (actor, isAbsent) => {
        const { state, signing, ...mine } = said(actor, place, isAbsent);
        const contentHead = { size: state.content.size, root: state.content.root };
        const heads = { chainHead: state.head, contentHead, directoryHead: cast.lead.directory.head };
        const bytes = makeHeartbeat({ ...mine, ...heads }, signing);
        const subject = actSubjects.sendHeartbeat(mine.compartmentId, bytes);
        return { variables: { heartbeat: toBase64(bytes) }, subject };
      },
    })),
    ...atPlaces(cast, onlyEvidence, (place) => ({
      operation: 'mutation.complain',
      wish: (actor, isAbsent) => {
        const { state, signing, ...mine } = said(actor, place, isAbsent);
        const about = { link: state.head, epoch: state.epoch, fault: { kind: 'missing' } } as const;
        const bytes = makeComplaint({ ...mine, ...about }, signing);
        return { variables: { complaint: toBase64(bytes) }, subject: actSubjects.complain(mine.compartmentId, bytes) };
      },
    })),
  ];
}

/** Invitations: made, listed, taken back and answered. */
function offers(cast: Cast): Probe[] {
  const { objects } = cast;
  return [
    ...atPlaces(cast, roots, (place) => ({
      operation: 'mutation.invite',
      wish: (actor, isAbsent) => {
        const { caseId, compartmentId } = placeOf(cast, place, isAbsent);
        const keys = keysOf(cast, actor);
        const time = cast.lead.gateway.acts.time();
        const invitationId = randomId(16) as InvitationId;
        const bytes = signedOffer(keys, {
          ...{ invitationId, caseId, compartments: [compartmentId], sponsorDevice: keys.deviceId, time },
          ...{ target: invitationTargets.person, targetId: objects.offer.invitation.targetId, uses: 1 },
          ...{ role: caseRoles.reader, history: historyKinds.fromNow, notAfterMs: time.timeMs + DAY_MS },
        });
        return { variables: { invitation: toBase64(bytes) }, subject: actSubjects.invite(caseId, invitationId, bytes) };
      },
    })),
    graphqlProbe({
      operation: 'mutation.revokeInvitation',
      facts: (actor) => cast.facts(actor, 'root'),
      absent: refused,
      wish: (_, isAbsent) => {
        const invitationId = isAbsent ? (randomId(16) as InvitationId) : objects.revocableOffer;
        return { variables: { invitationId }, subject: actSubjects.revokeInvitation(invitationId) };
      },
    }),
    graphqlProbe({
      operation: 'mutation.acceptInvitation',
      facts: ({ name }) => ({ isOwn: name === 'stranger' }),
      // The one use of the offer is taken by the first who asks.
      admitted: /^(data|cases\/invitation-used)$/,
      absent: refused,
      wish: (actor, isAbsent) => {
        const invitationId = isAbsent ? (randomId(16) as InvitationId) : objects.offer.invitation.invitationId;
        const { personId, deviceId, signing } = keysOf(cast, actor);
        const hash = invitationHash(objects.offer.signedBytes);
        const time = cast.lead.gateway.acts.time();
        const signedBytes = encodeAcceptance({ invitationId, invitationHash: hash, personId, deviceId, time });
        const signature = signing.sign(signaturePurposes.acceptance, signedBytes);
        const bytes = encodeSignedAcceptance({ signedBytes, signature });
        const subject = actSubjects.acceptInvitation(invitationId, bytes);
        return { variables: { acceptance: toBase64(bytes) }, subject };
      },
    }),
    ...roots.map((place) =>
      graphqlProbe({
        operation: 'query.invitations',
        variant: `of a case ${place}`,
        facts: (actor) => ({ isOwn: cast.facts(actor, place).membership?.role === caseRoles.lead }),
        absent: refused,
        wish: (_, isAbsent) => {
          const { caseId } = placeOf(cast, place, isAbsent);
          return { variables: { caseId }, subject: actSubjects.listInvitations(caseId) };
        },
      }),
    ),
    graphqlProbe({
      operation: 'query.invitations',
      variant: 'to the asker',
      facts: () => ({ isOwn: true }),
      wish: () => ({ variables: {}, subject: actSubjects.listInvitations() }),
    }),
  ];
}
