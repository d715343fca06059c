import { toHex } from '@rogatory/kernel';
import type { Client, Compartment, OpenCase } from '@rogatory/client';
import { type CasePolicy, caseRoles, nameOf } from '@rogatory/protocol';
import type { Call } from '../run/call.js';
import { openNamedCase, namedCompartment } from '../run/choosing.js';
import { alarmLines, alarmsJson } from '../run/concerns.js';
import { caseTitle } from '../run/names.js';
import { exitCodes, isoTime, type Json, type Outcome, table } from '../run/outcome.js';
import { type Session, withSession } from '../run/session.js';

/** `case create` */
export async function createCase(call: Call): Promise<Outcome> {
  return withSession(call, async (session) => {
    const { client } = session;
    const description = call.optional('description');
    const open = await client.cases.create({
      title: call.required('title'),
      ...(description === undefined ? {} : { description }),
      compartments: call.list('compartment'),
    });
    return describeCase(session, open);
  });
}

/** `case list`: opened case by case, for only then a title can be read. */
export async function listCases(call: Call): Promise<Outcome> {
  return withSession(call, async ({ client }) => {
    const listed = await client.cases.list();
    const cases: { caseId: string; title: string; isClosed: boolean; createdAt: string; compartments: number }[] = [];
    for (const { caseId, isClosed, createdAtMs, compartments } of listed) {
      const title = call.flag('quick') ? undefined : await titleOf(client, caseId);
      cases.push({ caseId, title: caseTitle(title), isClosed, createdAt: isoTime(createdAtMs), compartments });
    }
    const rows = cases.map(({ caseId, title, isClosed, createdAt, compartments }) => [
      caseId.slice(0, 12),
      createdAt.slice(0, 16),
      isClosed ? 'closed' : 'open',
      String(compartments),
      call.flag('quick') ? '' : title,
    ]);
    const lines = rows.length === 0 ? ['No cases.'] : table(['case', 'since', 'state', 'parts', 'title'], rows);
    return { json: { cases }, lines };
  });
}

async function titleOf(client: Client, caseId: OpenCase['caseId']): Promise<string | undefined> {
  const open = await client.cases.open(caseId);
  return client.cases.info(open.root)?.title;
}

/** `case show`, `case open` */
export async function showCase(call: Call): Promise<Outcome> {
  return withSession(call, async (session) => describeCase(session, await openNamedCase(call, session.client)));
}

/** `case fingerprint` */
export async function showCaseFingerprint(call: Call): Promise<Outcome> {
  return withSession(call, async ({ client }) => {
    const { caseId } = await openNamedCase(call, client);
    const { words, digits } = client.cases.fingerprint(caseId);
    return {
      json: { caseId, fingerprint: words.join(' '), digits: digits.join(' ') },
      lines: [words.join(' '), digits.join(' '), 'Every member must see the same; compare by another way.'],
    };
  });
}

/** `case heads`: what two members compare to see that they are shown one history. */
export async function showHeads(call: Call): Promise<Outcome> {
  return withSession(call, async (session) => {
    const { client } = session;
    const open = await openNamedCase(call, client);
    // What the others last said of their heads; one that contradicts ours is a fork, and ends this.
    for (const compartment of open.compartments) await compartment.readHeartbeats();
    const heads = open.compartments.map((compartment) => headOf(session, compartment));
    const expected = call.optional('expect');
    const isSame = expected === undefined ? undefined : heads.some(({ chainHash }) => chainHash.startsWith(expected));
    return {
      json: { caseId: open.caseId, heads, ...(isSame === undefined ? {} : { isExpected: isSame }) },
      lines: [
        ...heads.flatMap((head) => [
          head.title,
          `  chain    ${head.chainSeq}  ${head.chainHash}`,
          `  content  ${head.contentSize}  ${head.contentRoot}`,
          `  confirmed by ${head.confirmedBy} of ${head.otherDevices} other devices`,
        ]),
        ...(isSame === undefined
          ? []
          : [isSame ? 'The head is the expected one.' : 'The head is NOT the expected one.']),
      ],
      exitCode: isSame === false ? exitCodes.failed : exitCodes.done,
    };
  });
}

/** `case close`, `case reopen`, `case leave` */
export async function changeCase(call: Call, change: 'close' | 'reopen' | 'leave'): Promise<Outcome> {
  return withSession(call, async ({ client }) => {
    const open = await openNamedCase(call, client);
    const links = await client.cases[change](open);
    return { json: { caseId: open.caseId, done: change, links: links.length }, lines: [`Done: ${change}.`] };
  });
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** `case policy`: shows the rules of a compartment, or makes them stricter. */
export async function changePolicy(call: Call): Promise<Outcome> {
  return withSession(call, async ({ client }) => {
    const open = await openNamedCase(call, client);
    const compartment = namedCompartment(call, client, open);
    const { compartmentId, state } = compartment;
    const isLead = ({ role, isLeaving }: { readonly role: number; readonly isLeaving: boolean }) =>
      role === caseRoles.lead && !isLeaving;
    const changes = policyChanges(call, state.policy, client.members.list(compartment).filter(isLead).length);
    const isChanged = Object.entries(changes).some(([rule, value]) => Reflect.get(state.policy, rule) !== value);
    const policy = isChanged ? await client.cases.tighten(open, compartmentId, changes) : state.policy;
    return {
      json: { caseId: open.caseId, compartmentId, ...policy },
      lines: [
        `A head is confirmed by somebody else every ${policy.headConfirmationMs / HOUR_MS} h, or nobody writes.`,
        `A key lives for ${policy.rotateAfterMs / DAY_MS} days at most.`,
        `When a lead leaves, ${policy.minimumLeads} must stay.`,
      ],
    };
  });
}

/** What is asked for, between the rules as they are and the strictest ones: a looser wish is a slip, no sign of a lie. */
function policyChanges(call: Call, now: CasePolicy, leadCount: number): Partial<CasePolicy> {
  const given = (name: string, min: number, max: number): number | undefined =>
    call.optional(name) === undefined ? undefined : call.whole(name, { min, max });
  const hours = given('confirmHours', 1, Math.floor(now.headConfirmationMs / HOUR_MS));
  const days = given('rotateDays', 1, Math.floor(now.rotateAfterMs / DAY_MS));
  const leads = given('leads', now.minimumLeads, leadCount);
  return {
    ...(hours !== undefined && { headConfirmationMs: hours * HOUR_MS }),
    ...(days !== undefined && { rotateAfterMs: days * DAY_MS }),
    ...(leads !== undefined && { minimumLeads: leads }),
  };
}

/** `case rotate` */
export async function rotateCase(call: Call): Promise<Outcome> {
  return withSession(call, async ({ client }) => {
    const open = await openNamedCase(call, client);
    if (call.optional('compartment') !== undefined) {
      const { compartmentId } = namedCompartment(call, client, open);
      await client.cases.rotate(open, compartmentId);
      return { json: { caseId: open.caseId, rotated: 1 }, lines: ['One key was renewed.'] };
    }
    const rotated = await client.cases.rotateWhenDue(open);
    return { json: { caseId: open.caseId, rotated }, lines: [`${rotated} keys were renewed.`] };
  });
}

/** `case describe` */
export async function describeNamedCase(call: Call): Promise<Outcome> {
  return withSession(call, async (session) => {
    const { client } = session;
    const open = await openNamedCase(call, client);
    const { compartmentId } = namedCompartment(call, client, open);
    const info = { title: call.required('title'), description: call.optional('description') ?? '' };
    await client.cases.describe(open, compartmentId, info);
    return describeCase(session, open);
  });
}

/** `case compartments`, or with `--add` a further one. */
export async function listCompartments(call: Call): Promise<Outcome> {
  return withSession(call, async (session) => {
    const { client } = session;
    const open = await openNamedCase(call, client);
    const title = call.optional('add');
    if (title !== undefined) await client.cases.addCompartment(open, title);
    return describeCase(session, open);
  });
}

function headOf({ client, profile }: Session, compartment: Compartment) {
  const { state, compartmentId } = compartment;
  return {
    compartmentId,
    title: caseTitle(client.cases.info(compartment)?.title),
    chainSeq: state.head.seq,
    chainHash: toHex(state.head.linkHash),
    contentSize: state.content.size,
    contentRoot: toHex(state.content.root),
    confirmedBy: [...compartment.replica.confirmations.keys()].filter((id) => id !== profile.deviceId).length,
    otherDevices: Math.max(0, state.members.devices.size - 1),
  };
}

function describeCase({ client, profile }: Session, open: OpenCase): Outcome {
  const { root } = open;
  const info = client.cases.info(root);
  const compartments = open.compartments.map((compartment) => {
    const { compartmentId, state } = compartment;
    const own = client.members.list(compartment).find(({ devices }) => devices.includes(profile.deviceId));
    return {
      compartmentId,
      title: caseTitle(client.cases.info(compartment)?.title),
      role: own === undefined ? 'none' : nameOf(caseRoles, own.role),
      members: state.members.persons.size,
      items: compartment.replica.items.length,
      epoch: state.epoch,
    };
  });
  const ids = new Set<string>(compartments.map(({ compartmentId }) => compartmentId));
  const alarms = client.alarms.list().filter(({ compartmentId }) => ids.has(compartmentId ?? ''));
  const title = caseTitle(info?.title);
  const description = info === undefined ? '' : caseTitle(info.description);
  const fingerprint = client.cases.fingerprint(open.caseId).words.join(' ');
  const rows = compartments.map((row) => [
    row.compartmentId.slice(0, 12),
    row.role,
    String(row.members),
    String(row.items),
    String(row.epoch),
    row.title,
  ]);
  const json: Json = {
    caseId: open.caseId,
    title,
    description,
    fingerprint,
    isClosed: root.state.isClosed,
    compartments,
    alarms: alarmsJson(alarms),
  };
  return {
    json,
    lines: [
      ...alarmLines(alarms).map((line) => `ALARM  ${line}`),
      `${title}${root.state.isClosed ? ' (closed)' : ''}`,
      ...(description === '' ? [] : [description]),
      `case         ${open.caseId}`,
      `fingerprint  ${fingerprint}`,
      '',
      ...table(['compartment', 'own role', 'members', 'items', 'epoch', 'title'], rows),
    ],
  };
}
