import type { AccessFacts, Operation } from '@rogatory/access';
import { type Client, sealJustification } from '@rogatory/client';
import { parseDeviceId } from '@rogatory/kernel';
import { type ActSubject, legalBases } from '@rogatory/protocol';
import type { Actor, Cast, PlaceName } from './cast.js';
import { type Channel, type Document, type Exchange, trustedDocument } from './channel.js';

/** What is asked, apart from who asks. */
export interface Wish {
  /** Asks for something that does not exist, in the same words. */
  readonly isAbsent: boolean;
  /** Another document than the committed one. */
  readonly document?: Document;
}

/** One way to ask for an operation, with what the policy has to know of it. */
export interface Probe {
  readonly operation: Operation;
  /** Tells the ways to ask for one operation apart. */
  readonly variant: string;
  /** What the policy decides on for this actor; the expectation is `decide` of it and nothing else. */
  readonly facts: (actor: Actor) => AccessFacts;
  readonly ask: (channel: Channel, actor: Actor, wish: Wish) => Promise<Exchange>;
  /** What whoever is admitted gets: `data`, or the code by which a later rule refuses what was asked for the sake of asking. */
  readonly admitted: RegExp;
  /** Left out where nothing is named that could be absent. */
  readonly absent?: RegExp;
}

/** What goes with a request: variables, the subject of the signed act and whether a reason is demanded. */
export interface GraphqlWish {
  readonly variables: Readonly<Record<string, unknown>>;
  readonly subject?: ActSubject;
  readonly needsReason?: boolean;
}

export interface GraphqlProbe extends Omit<Probe, 'ask' | 'variant' | 'admitted' | 'facts'> {
  readonly variant?: string;
  readonly admitted?: RegExp;
  readonly facts?: (actor: Actor) => AccessFacts;
  readonly wish: (actor: Actor, isAbsent: boolean) => GraphqlWish;
}

export const data = /^data$/;
/** The one answer to what is forbidden and what is not there. */
export const refused = /^access\/refused$/;

/** Asks over HTTP; a subscription over WebSocket. */
export function graphqlProbe(parts: GraphqlProbe): Probe {
  const { operation, wish, variant = '', admitted = data, facts = () => ({}), absent } = parts;
  const ask = async (channel: Channel, actor: Actor, { isAbsent, document }: Wish): Promise<Exchange> => {
    const { variables, subject, needsReason = false } = wish(actor, isAbsent);
    const proof = await proofOf(actor, subject, needsReason);
    const request = { document: document ?? trustedDocument(operation), variables, ...proof };
    if (!operation.startsWith('subscription.')) return channel.graphql(actor, request);
    const stands = operation === 'subscription.notices' ? () => isRecorded(channel, actor, proof.actId) : undefined;
    return channel.subscribe(actor, request, stands);
  };
  return { operation, variant, facts, ask, admitted, ...(absent === undefined ? {} : { absent }) };
}

/** The probes of one operation at each place where a compartment can be named. */
export function atPlaces(
  cast: Cast,
  places: readonly PlaceName[],
  probe: (place: PlaceName) => Omit<GraphqlProbe, 'facts'> & { readonly act?: AccessFacts['act'] },
): Probe[] {
  return places.map((place) => {
    const { act, variant, ...parts } = probe(place);
    const facts = (actor: Actor): AccessFacts => ({ ...cast.facts(actor, place), ...(act && { act }) });
    return graphqlProbe({ ...parts, facts, absent: refused, variant: [variant, place].filter(Boolean).join(' ') });
  });
}

/** Statement, and reason where one is demanded, of an actor who has a device. */
export async function proofOf({ client }: Actor, subject: ActSubject | undefined, needsReason: boolean) {
  if (client === undefined || subject === undefined) return {};
  const reason = needsReason ? reasonOf(client) : undefined;
  const { bytes, actId } = await client.gateway.acts.make(subject, reason);
  const why = reason && Buffer.concat([reason.opening, reason.bytes]);
  return { act: bytes, why, actId };
}

/** Without free text: nothing is sealed to anybody, and device and authority are not asked for. */
export function reasonOf({ directory, gateway }: Client) {
  const view = directory.view;
  const [authority] = view.authorities();
  if (authority === undefined) throw new Error('no authority');
  const nobody = { deviceId: parseDeviceId('0'.repeat(32)), authorityId: authority.authorityId };
  return sealJustification({ legalBasis: legalBases.investigation }, { ...nobody, view, random: gateway.random });
}

/** Notices say nothing until something happens: that one stands is told by the record of the act that began it. */
async function isRecorded(channel: Channel, actor: Actor, actId: string | undefined): Promise<boolean> {
  const document = trustedDocument('query.receipt');
  for (let asked = 0; asked < 500; asked++) {
    const { code, body } = await channel.graphql(actor, { document, variables: { recordId: actId } });
    if (code !== 'data') continue;
    const { data: told } = JSON.parse(body) as { readonly data: { readonly receipt: { readonly leaf: string } } };
    return Buffer.from(told.receipt.leaf, 'base64').toString().includes('"out":"allowed"');
  }
  throw new Error('a subscription left no record');
}
