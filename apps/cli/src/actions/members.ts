import type { Client, Compartment, OpenCase, VerifiedItem } from '@rogatory/client';
import { caseRoles, historyKinds, itemClasses, nameOf } from '@rogatory/protocol';
import type { Call } from '../run/call.js';
import { choose, documentNamed, messageNamed, namedCompartment, openNamedCase } from '../run/choosing.js';
import { usageError } from '../run/cli.errors.js';
import { personLine } from '../run/names.js';
import { isoTime, type Outcome, table } from '../run/outcome.js';
import { withSession } from '../run/session.js';

/** `member list` */
export async function listMembers(call: Call): Promise<Outcome> {
  return withSession(call, async ({ client }) => {
    const open = await openNamedCase(call, client);
    const compartment = namedCompartment(call, client, open);
    const members = client.members.list(compartment).map((member) => ({
      personId: member.personId,
      name: personLine(client, member.personId),
      role: nameOf(caseRoles, member.role),
      history: nameOf(historyKinds, member.history.kind),
      devices: member.devices.length,
      liveDevices: member.liveDevices.length,
      isLeaving: member.isLeaving,
      until: isoTime(member.notAfterMs),
      contact: client.contacts.contact(member.personId).status.kind,
    }));
    const rows = members.map(({ personId, role, history, devices, liveDevices, contact, name, isLeaving }) => [
      personId.slice(0, 12),
      role,
      history,
      `${liveDevices}/${devices}`,
      contact,
      `${name}${isLeaving ? ' (leaving)' : ''}`,
    ]);
    return {
      json: { caseId: open.caseId, compartmentId: compartment.compartmentId, members },
      lines: table(['person', 'role', 'history', 'devices', 'contact', 'name'], rows),
    };
  });
}

/** `member role` */
export async function setRole(call: Call): Promise<Outcome> {
  return withSession(call, async ({ client }) => {
    const open = await openNamedCase(call, client);
    const personId = memberNamed(call.argument(1), client, open);
    const links = await client.cases.setRole(open, personId, call.choice('role', caseRoles));
    return { json: { caseId: open.caseId, personId, links: links.length }, lines: ['The role was changed.'] };
  });
}

/** `member remove` */
export async function removeMember(call: Call): Promise<Outcome> {
  return withSession(call, async ({ client }) => {
    const open = await openNamedCase(call, client);
    const personId = memberNamed(call.argument(1), client, open);
    const name = personLine(client, personId);
    const links = await client.cases.remove(open, personId);
    return {
      json: { caseId: open.caseId, personId, links: links.length },
      lines: [`${name} is out, and every key was renewed. What they held before they may still hold.`],
    };
  });
}

/** `member devices`: brings in devices of members that the case lacks, and drops ended ones. */
export async function reconcileDevices(call: Call): Promise<Outcome> {
  return withSession(call, async ({ client }) => {
    const open = await openNamedCase(call, client);
    const typed = call.argumentOrNone(1);
    const personId = typed === undefined ? undefined : memberNamed(typed, client, open);
    const missing = client.members.missingDevices(open, personId);
    for (const deviceId of missing) await client.members.addDevice(open, deviceId);
    const ended = endedDevices(client, open);
    if (ended.length > 0) await client.members.dropDevices(open, ended);
    return {
      json: { caseId: open.caseId, added: missing, dropped: ended },
      lines: [`${missing.length} devices were added, ${ended.length} ended ones dropped.`],
    };
  });
}

/** `member reseal`: answers complaints with what their authors were granted and this device can open. */
export async function answerComplaints(call: Call): Promise<Outcome> {
  return withSession(call, async ({ client }) => {
    const open = await openNamedCase(call, client);
    let answered = 0;
    for (const { compartmentId } of open.compartments) {
      answered += await client.members.answerComplaints(open, compartmentId);
    }
    return {
      json: { caseId: open.caseId, answered },
      lines: [answered === 0 ? 'No complaint that this device can answer.' : `${answered} complaints were answered.`],
    };
  });
}

/** `member disclose`: to every live device of the person, and of nothing but what is named. */
export async function discloseItems(call: Call): Promise<Outcome> {
  return withSession(call, async ({ client }) => {
    const open = await openNamedCase(call, client);
    const compartment = namedCompartment(call, client, open);
    const members = client.members.list(compartment);
    const personId = choose(
      'member',
      call.argument(1),
      members.map((member) => member.personId),
    );
    const items = itemsNamed(call, client, compartment);
    if (items.length === 0) throw usageError('cli/arguments', { choices: '--message, --document' });
    const devices = members.find((member) => member.personId === personId)?.liveDevices ?? [];
    await client.members.disclose(open, compartment.compartmentId, { devices, items });
    return {
      json: { caseId: open.caseId, compartmentId: compartment.compartmentId, personId, disclosed: items.length },
      lines: [`${personLine(client, personId)} can read ${items.length} more items, and nothing else of that time.`],
    };
  });
}

/** The verified items of the messages and documents that the call names. */
function itemsNamed(call: Call, client: Client, compartment: Compartment): VerifiedItem[] {
  const messages = client.messages.list(compartment);
  const named = new Set<string>(call.list('message').map((typed) => messageNamed(typed, messages)));
  for (const typed of call.list('document')) named.add(documentNamed(typed, client, compartment));
  const classes: readonly number[] = [itemClasses.message, itemClasses.document];
  return compartment.replica.items.filter(
    ({ signed: { header } }) => named.has(header.objectId) && classes.includes(header.itemClass),
  );
}

function endedDevices(client: Client, open: OpenCase) {
  const ended = open.compartments.flatMap((compartment) =>
    client.members
      .list(compartment)
      .flatMap(({ devices, liveDevices }) => devices.filter((id) => !liveDevices.includes(id))),
  );
  return [...new Set(ended)];
}

function memberNamed(typed: string, client: Client, open: OpenCase) {
  const members = open.compartments.flatMap((compartment) => client.members.list(compartment));
  return choose(
    'member',
    typed,
    members.map(({ personId }) => personId),
  );
}
