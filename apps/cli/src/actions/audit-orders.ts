import { parseCaseId, parseObjectId } from '@rogatory/kernel';
import type { Client, OpenRecord, Review, ToldOrder } from '@rogatory/client';
import {
  type AuditGroup,
  type AuditOrder,
  auditOrderText,
  auditPurposes,
  type HoldTarget,
  legalBases,
  parseRanges,
  type RecordSet,
} from '@rogatory/protocol';
import { orderCommands, orderWords } from './order-words.js';
import type { Call } from '../run/call.js';
import { choosePerson } from '../run/choosing.js';
import { refusedError, usageError } from '../run/cli.errors.js';
import { personLine } from '../run/names.js';
import { isoTime, type Outcome, table } from '../run/outcome.js';
import { withSession } from '../run/session.js';

const DAY_MS = 24 * 3_600_000;
/** As the text of an order takes it (`audit-order.ts`). */
const REFERENCE = /^[A-Za-z0-9._/-]{1,64}$/;
const allGroups: readonly AuditGroup[] = ['who', 'what', 'why', 'src', 'act'];

/** `audit erase propose` */
export async function proposeErasure(call: Call): Promise<Outcome> {
  const legalBasis = call.choice('legalBasis', legalBases);
  const named = call.optional('groups')?.split(',') ?? allGroups;
  const groups = allGroups.filter((group) => named.includes(group));
  if (groups.length !== named.length) throw usageError('cli/arguments', { option: 'groups' });
  const tells = groups.includes('who') || groups.includes('what');
  if (tells && !groups.includes('act')) {
    throw usageError('cli/arguments', { option: 'groups', reason: 'with who or what goes act, which repeats them' });
  }
  return propose(call, ({ client, terms }) => ({
    ...{ verb: 'erase', ...recordsOf(call, client), groups, legalBasis, ...terms },
  }));
}

/** `audit hold propose` */
export async function proposeHold(call: Call): Promise<Outcome> {
  const untilMs = Date.parse(call.required('until'));
  if (!Number.isSafeInteger(untilMs)) throw usageError('cli/arguments', { option: 'until' });
  return propose(call, ({ client, terms }) => ({ verb: 'hold', target: targetOf(call, client), untilMs, ...terms }));
}

/** `audit hold lift` */
export async function proposeLift(call: Call): Promise<Outcome> {
  const hold = parseObjectId(call.argument(0));
  return propose(call, ({ terms }) => ({ verb: 'lift', hold, ...terms }));
}

/** `audit restrict propose` */
export async function proposeRestriction(call: Call): Promise<Outcome> {
  const isRelease = call.flag('release');
  const purpose = call.choiceOrNone('for', auditPurposes);
  if (isRelease === (purpose !== undefined)) throw usageError('cli/arguments', { option: 'for' });
  return propose(call, ({ client, terms }) => {
    const set = { ...recordsOf(call, client), ...terms };
    return purpose === undefined ? { verb: 'release', ...set } : { verb: 'restrict', ...set, purpose };
  });
}

/** `audit erase|hold|restrict approve`: signs the very text that the body's list shows, and shows it. */
export async function approveOrder(call: Call): Promise<Outcome> {
  const review = { purpose: call.choice('purpose', auditPurposes) };
  const orderId = parseObjectId(call.argument(0));
  return withSession(call, async ({ client }) => {
    const found = (await client.auditOrders.list(review)).find(({ id }) => id === orderId);
    if (found === undefined) throw refusedError('cli/not-found');
    const { records, erasure } = await client.auditOrders.approve(orderId, found.order, reasonOf(call));
    const text = auditOrderText(found.order);
    return {
      json: { orderId, text, records, erasure: erasure ?? null },
      lines: [
        `Approved and carried out: ${orderWords(found.order)}`,
        ...(erasure === undefined ? [] : [`Record of the erasure: ${erasure}`]),
      ],
    };
  });
}

/** `audit erase|hold|restrict list` */
export async function listOrders(call: Call): Promise<Outcome> {
  const review = { purpose: call.choice('purpose', auditPurposes) };
  return withSession(call, async ({ client }) => {
    await client.directory.sync();
    const nowMs = client.gateway.clock.nowMs();
    const shown = (await client.auditOrders.list(review)).map((told) => ({
      ...{
        orderId: told.id,
        state: stateOf(told, nowMs),
        words: orderWords(told.order),
        text: auditOrderText(told.order),
      },
      proposedBy: personLine(client, told.proposed.personId),
      proposedAt: isoTime(told.proposed.atMs),
      approvedBy: told.approved === undefined ? null : personLine(client, told.approved.personId),
    }));
    const rows = shown.map(({ orderId, state, proposedBy, words }) => [orderId, state, proposedBy, words]);
    return { json: { orders: shown }, lines: table(['order', 'state', 'proposed by', 'what'], rows) };
  });
}

/** Why groups are not open, where an erasure or a restriction is the cause, or ought to be. */
export async function absenceText(
  client: Client,
  review: Review,
  record: OpenRecord,
): Promise<{ readonly notOpen?: string }> {
  const found = (await client.auditOrders.explain(review, record)).filter(({ cause }) => cause !== 'not-shown');
  if (found.length === 0) return {};
  return {
    notOpen: found
      .map(({ group, cause, erasure }) => `${group}: ${[cause, erasure].filter(Boolean).join(' ')}`)
      .join(', '),
  };
}

type Terms = Pick<AuditOrder, 'reference' | 'expiresMs'>;
type MakeOrder = (given: { readonly client: Client; readonly terms: Terms }) => AuditOrder;

async function propose(call: Call, make: MakeOrder): Promise<Outcome> {
  const days = call.whole('expiresDays', { min: 1, max: 14, fallback: 7 });
  const reference = call.required('reference');
  if (!REFERENCE.test(reference)) {
    throw usageError('cli/arguments', { option: 'reference', reason: 'letters, digits and . _ / - alone, at most 64' });
  }
  return withSession(call, async ({ client }) => {
    // A minute less than what is allowed: the clocks of both sides differ.
    const expiresMs = client.gateway.clock.nowMs() + days * DAY_MS - 60_000;
    const order = make({ client, terms: { reference, expiresMs } });
    const orderId = await client.auditOrders.propose(order, reasonOf(call));
    const text = auditOrderText(order);
    return {
      json: { orderId, text },
      lines: [
        `Proposed: ${orderWords(order)}`,
        'A second auditor of your body approves it, within that time, with:',
        `  rogatory audit ${orderCommands[order.verb]} approve ${orderId} --purpose lawfulness`,
      ],
    };
  });
}

function reasonOf(call: Call) {
  const text = call.optional('reason');
  return text === undefined ? {} : { justification: { legalBasis: legalBases.oversight, text } };
}

function recordsOf(call: Call, client: Client): RecordSet {
  return {
    shard: call.optional('shard') ?? client.auditOrders.shard(),
    records: parseRanges(call.required('records')),
  };
}

function targetOf(call: Call, client: Client): HoldTarget {
  const [caseId, person] = [call.optional('case'), call.optional('person')];
  const given = [caseId, person, call.optional('records')].filter((value) => value !== undefined);
  if (given.length !== 1) throw usageError('cli/arguments', { option: 'records' });
  if (caseId !== undefined) return { caseId: parseCaseId(caseId) };
  return person === undefined ? recordsOf(call, client) : { person: choosePerson(client, person) };
}

function stateOf({ approved, order, isLifted }: ToldOrder, nowMs: number): string {
  if (approved === undefined) return order.expiresMs < nowMs ? 'expired' : 'waiting';
  if (order.verb !== 'hold') return 'carried out';
  if (isLifted) return 'lifted';
  return order.untilMs <= nowMs ? 'over' : 'in force';
}
