import {
  type ActId,
  type AuthorityId,
  parseAuthorityId,
  parseCaseId,
  parseDeviceId,
  parseObjectId,
} from '@rogatory/kernel';
import {
  type Client,
  isHandedTo,
  type OpenRecord,
  type Review,
  type Wanted,
  type WantedRecipient,
} from '@rogatory/client';
import {
  type AuditClass,
  type AuditEventCode,
  auditEvents,
  auditObjectKinds,
  auditOutcomes,
  type AuditOutcome,
  auditPurposes,
  isAuditEventCode,
  type LegalBasis,
  legalBases,
  nameOf,
  parseLocalHours,
  type RecordFilter,
} from '@rogatory/protocol';
import type { Call } from '../run/call.js';
import { choosePerson } from '../run/choosing.js';
import { usageError } from '../run/cli.errors.js';
import { noteFacts, noteLines } from './audit-notes.js';
import { absenceText } from './audit-orders.js';
import { legalFields } from './legal-fields.js';
import { keyAtHand, oversightTexts, type OversightTexts, shownText } from './oversight-texts.js';
import { actorLine } from './record-actor.js';
import { harmless } from '../run/harmless.js';
import { isoTime, type Outcome, table } from '../run/outcome.js';
import { namedRecord } from '../run/record-choice.js';
import { withSession } from '../run/session.js';

const outcomes: Readonly<Record<string, AuditOutcome>> = Object.fromEntries(auditOutcomes.map((name) => [name, name]));

/** `audit list` */
export async function listRecords(call: Call): Promise<Outcome> {
  const review = { purpose: call.choice('purpose', auditPurposes) };
  return withSession(call, async ({ client }) => {
    await client.directory.sync();
    const filter = filterOf(call, client);
    const recipient = recipientOf(call, client);
    if (call.flag('complete')) return listComplete(client, review, { filter, recipient });
    const first = call.whole('first', { min: 1, max: 500, fallback: 50 });
    const before = call.optional('before');
    const beforeIndex = before === undefined ? {} : { beforeIndex: call.whole('before', { min: 1, max: 2 ** 48 }) };
    const page = { first, ...beforeIndex };
    const { records, nextBeforeIndex } =
      recipient === undefined
        ? await client.audit.list(review, filter, page)
        : await client.audit.listTo(review, { filter, recipient }, page);
    const { shown, lines } = recordTable(client, records);
    return {
      json: { records: shown, nextBeforeIndex: nextBeforeIndex ?? null },
      lines: [...lines, ...(nextBeforeIndex === undefined ? [] : ['', `More: --before ${nextBeforeIndex}`])],
    };
  });
}

/** `audit list --complete`: every record of what is asked, or an error that says how many there should be. */
async function listComplete(
  client: Client,
  review: Review,
  { filter, recipient }: { readonly filter: RecordFilter; readonly recipient: WantedRecipient | undefined },
): Promise<Outcome> {
  const whole = await client.audit.complete(review, wantedOf(client, filter), filter);
  const { epoch, epochMs, beforeIndex, counted, provenIn, uncounted } = whole;
  const fitting = whole.records.filter((record) => recipient === undefined || isHandedTo(record, recipient));
  const { shown, lines } = recordTable(client, fitting);
  return {
    json: {
      records: shown,
      complete: {
        ...{ epoch, epochAt: isoTime(epochMs), beforeIndex, counted, provenInTreeOf: provenIn },
        uncounted: [...uncounted],
      },
    },
    lines: [
      ...lines,
      '',
      `No record is missing below index ${beforeIndex}, where the log stood at ${isoTime(epochMs)} (epoch ${epoch}): it counts ${counted}, and all came.`,
      ...(shown.length === counted ? [] : [`${shown.length} of them fit the further conditions.`]),
      ...uncounted.map((id) => `By the word of the server this log counts nothing of ${authorityName(client, id)}.`),
    ],
  };
}

function authorityName(client: Client, id: AuthorityId): string {
  return harmless(client.directory.view.authority(id)?.record.name ?? id, 80);
}

/** What the log counts: an authority that one reviews, else the case, else the owner. */
function wantedOf(client: Client, { caseId, authority, ownerAuthority }: RecordFilter): Wanted {
  const isReviewed = authority !== undefined && client.audit.reviewed().includes(authority);
  if (authority !== undefined && (isReviewed || (caseId ?? ownerAuthority) === undefined)) return { authority };
  if (caseId !== undefined) return { caseId };
  if (ownerAuthority !== undefined) return { ownerAuthority };
  throw usageError('cli/arguments', { choices: '--case, --authority or --owner, with --complete' });
}

function recordTable(client: Client, records: readonly OpenRecord[]) {
  const shown = records.map((record) => recordFacts(client, record));
  const rows = shown.map(({ index, at, event, outcome, who, caseId, reason }) => [
    index === null ? '–' : String(index),
    at,
    event,
    outcome,
    caseId?.slice(0, 10) ?? '',
    reason,
    who,
  ]);
  return { shown, lines: table(['index', 'time', 'event', 'outcome', 'case', 'reason', 'who'], rows) };
}

/** `audit show`: one record, the proof of its place, and with the oversight body's key the free text of the reason. */
export async function showRecord(call: Call): Promise<Outcome> {
  const review = { purpose: call.choice('purpose', auditPurposes) };
  return withSession(call, async ({ client, folder }) => {
    await client.directory.sync();
    const record = await client.audit.get(review, await namedRecord(call, client, review));
    const path = await keyAtHand(call, folder);
    const isSealed = [record, ...record.notes].some(({ groups }) => (groups.why?.sealedText.length ?? 0) > 0);
    const texts = path === undefined || !isSealed ? undefined : await oversightTexts(call, client, path);
    try {
      return await shownRecord(client, review, { record, texts });
    } finally {
      texts?.close();
    }
  });
}

interface Shown {
  readonly record: OpenRecord;
  readonly texts: OversightTexts | undefined;
}

async function shownRecord(client: Client, review: Review, { record, texts }: Shown): Promise<Outcome> {
  const justification = shownText(record, texts);
  const absent = await absenceText(client, review, record);
  const facts = {
    ...recordFacts(client, record),
    ...(justification === undefined ? {} : { justification }),
    ...absent,
  };
  const legal = legalFields(client, record, justification);
  const notes = record.notes.map((note) => noteFacts(client, note, texts));
  return {
    json: { ...facts, legal: Object.fromEntries(legal), notes },
    lines: [
      ...legal.map(([field, value]) => `${field.padEnd(20)}${harmless(value)}`),
      '',
      ...Object.entries(facts).map(([field, value]) => `${field.padEnd(20)}${harmless(String(value ?? '–'))}`),
      ...noteLines(notes),
    ],
  };
}

function filterOf(call: Call, client: Client): RecordFilter {
  const [person, event, caseId, authority, owner, from, until] = [
    ...['person', 'event', 'case', 'authority', 'owner', 'from', 'until'],
  ].map((name) => call.optional(name));
  const [device, object, eventClass] = ['device', 'object', 'class'].map((name) => call.optional(name));
  const outcome = call.choiceOrNone('outcome', outcomes);
  const legalBasis: LegalBasis | undefined = call.choiceOrNone('legalBasis', legalBases);
  return {
    ...(person === undefined ? {} : { person: choosePerson(client, person) }),
    ...(event === undefined ? {} : { event: eventOf(event) }),
    ...(caseId === undefined ? {} : { caseId: parseCaseId(caseId) }),
    ...(authority === undefined ? {} : { authority: parseAuthorityId(authority) }),
    ...(owner === undefined ? {} : { ownerAuthority: parseAuthorityId(owner) }),
    ...(from === undefined ? {} : { fromMs: timeOf(from, 'from') }),
    ...(until === undefined ? {} : { beforeMs: timeOf(until, 'until') }),
    ...(outcome === undefined ? {} : { outcome }),
    ...(device === undefined ? {} : { device: parseDeviceId(device) }),
    ...(object === undefined ? {} : { object: parseObjectId(object) }),
    ...(eventClass === undefined ? {} : { class: classOf(eventClass) }),
    ...hoursOf(call),
    ...(call.optional('shard') === undefined ? {} : { shard: call.required('shard') }),
    ...(call.optional('fromIndex') === undefined ? {} : { firstIndex: call.whole('fromIndex', indices) }),
    ...(call.optional('untilIndex') === undefined ? {} : { lastIndex: call.whole('untilIndex', indices) }),
    ...(legalBasis === undefined ? {} : { legalBasis }),
  };
}

/** To whom something was handed; chosen by this program, since no server knows it outside of sealed facts. */
function recipientOf(call: Call, client: Client): WantedRecipient | undefined {
  const [authority, person] = [call.optional('toAuthority'), call.optional('toPerson')];
  if (authority === undefined && person === undefined) return undefined;
  return {
    ...(authority === undefined ? {} : { authority: parseAuthorityId(authority) }),
    ...(person === undefined ? {} : { person: choosePerson(client, person) }),
  };
}

const indices = { min: 0, max: 2 ** 48 };

/** Hours and days by the clocks of a zone, which has to be named. */
function hoursOf(call: Call): Pick<RecordFilter, 'zone' | 'hours' | 'days'> {
  const [zone, hours, days] = ['zone', 'hours', 'days'].map((name) => call.optional(name));
  const named = { ...(zone && { zone }), ...(hours && { hours }), ...(days && { days }) };
  parseLocalHours(named);
  return named;
}

function classOf(text: string): AuditClass {
  const found = Object.values(auditEvents).find((event) => event.class === text);
  if (found === undefined) throw usageError('cli/arguments', { option: 'class' });
  return found.class;
}

function eventOf(text: string): AuditEventCode {
  if (!isAuditEventCode(text)) throw usageError('cli/arguments', { option: 'event' });
  return text;
}

function timeOf(text: string, option: string): number {
  const ms = Date.parse(text);
  if (!Number.isSafeInteger(ms) || ms < 0) throw usageError('cli/arguments', { option, example: '2026-11-23T08:00Z' });
  return ms;
}

function recordFacts(client: Client, record: OpenRecord) {
  const { leaf, groups, index, recordId, isSigned, provenIn } = record;
  const { who, what, why, src } = groups;
  return {
    recordId: recordId satisfies ActId,
    index: index ?? null,
    at: isoTime(leaf.t),
    event: leaf.ev,
    outcome: leaf.out,
    reasonCode: leaf.rc,
    who: actorLine(client, record),
    ...(who?.deviceId && { deviceId: who.deviceId }),
    ...(what?.caseId && { caseId: what.caseId }),
    ...(what?.compartmentId && { compartmentId: what.compartmentId }),
    ...(what?.objectId && { object: `${nameOf(auditObjectKinds, what.objectKind)} ${what.objectId}` }),
    ...(what && what.bytes > 0 && { bytes: what.bytes }),
    ...(what && what.recipients.length > 0 && { recipients: what.recipients.length }),
    ...(what && what.detail !== '' && { detail: harmless(what.detail, 200) }),
    reason:
      why === undefined
        ? ''
        : [nameOf(legalBases, why.legalBasis), harmless(why.instrument, 60)].filter(Boolean).join(' '),
    ...(src && { address: harmless(src.address, 64), client: harmless(src.client, 100) }),
    isSigned,
    provenInTreeOf: provenIn ?? null,
  };
}
