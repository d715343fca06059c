import { parsePostId, type PersonId } from '@rogatory/kernel';
import type { Client, Invited, OfferedTerms, OpenCase, ReceivedInvitation } from '@rogatory/client';
import { caseRoles, type HistoryKind, historyKinds, invitationTargets, nameOf } from '@rogatory/protocol';
import type { Call } from '../run/call.js';
import { choose, choosePerson, compartmentNamed, openNamedCase } from '../run/choosing.js';
import { refusedError, usageError } from '../run/cli.errors.js';
import { caseTitle, personLine } from '../run/names.js';
import { counted, isoTime, type Outcome } from '../run/outcome.js';
import { withSession } from '../run/session.js';

const DAY_MS = 24 * 3_600_000;
const histories = ['all', 'from-now', 'from-date'] as const;
const historyKindOf = { all: historyKinds.all, 'from-now': historyKinds.fromNow, 'from-date': historyKinds.fromDate };

/** What a new member may read of the past: everything, nothing, or from a day on. @throws UsageError `cli/arguments`. */
function historyOf(call: Call, named = call.required('history')) {
  const kind = histories.find((known) => known === named);
  if (kind === undefined) throw usageError('cli/arguments', { option: 'history', choices: histories.join(', ') });
  if (kind !== 'from-date') return { kind } as const;
  const fromMs = Date.parse(call.required('from'));
  if (!Number.isFinite(fromMs)) throw usageError('cli/arguments', { option: 'from' });
  return { kind, fromMs } as const;
}

/** `case invite` */
export async function invite(call: Call): Promise<Outcome> {
  return withSession(call, async ({ client }) => {
    const open = await openNamedCase(call, client);
    const days = call.whole('days', { min: 1, max: 30, fallback: 7 });
    const invitation = await client.invitations.invite(open, {
      invited: invitedOf(call, client),
      role: call.choice('role', caseRoles),
      history: historyOf(call),
      compartments: call.list('compartment').map((typed) => compartmentNamed(typed, client, open).compartmentId),
      notAfterMs: call.context.clock.nowMs() + days * DAY_MS,
    });
    const { invitationId, notAfterMs, history } = invitation;
    const isDated = history === historyKinds.fromDate;
    return {
      json: { caseId: open.caseId, invitationId, validUntil: isoTime(notAfterMs) },
      lines: [
        `Invitation ${invitationId}, until ${isoTime(notAfterMs)}.`,
        'Nobody can read anything yet: the person accepts, then you admit them with "rogatory case admit".',
        ...(isDated ? ['The date is no part of the invitation: say it again with "case admit --from".'] : []),
      ],
    };
  });
}

/** `case invitations`: of a case that one leads, or without a case those addressed to oneself. */
export async function listInvitations(call: Call): Promise<Outcome> {
  return withSession(call, async ({ client }) => {
    const offers = await offersOf(call, client);
    const invitations = offers.map((offer) => shown(client, offer));
    return { json: { invitations: invitations.map(({ json }) => json) }, lines: linesOf(invitations) };
  });
}

/** `case accept` */
export async function acceptInvitation(call: Call): Promise<Outcome> {
  return withSession(call, async ({ client }) => {
    await client.directory.sync();
    const offer = offerNamed(call.argument(0), await client.invitations.received());
    await client.invitations.accept(offer);
    const { invitationId, caseId } = offer.invitation;
    const fingerprint = client.cases.fingerprint(caseId).words.join(' ');
    return {
      json: { invitationId, caseId, fingerprint },
      lines: [`Accepted. Case ${caseId}`, `fingerprint  ${fingerprint}`, 'Compare it with the lead by another way.'],
    };
  });
}

/** `case admit` */
export async function admit(call: Call): Promise<Outcome> {
  return withSession(call, async ({ client, keys }) => {
    const open = await openNamedCase(call, client);
    const offer = offerNamed(call.argument(1), await client.invitations.ofCase(open));
    const personId = admittedPerson(call, client, offer);
    const history = historyMeant(call, offer);
    const offered = client.invitations.terms(open, offer);
    const terms = { ...offered, history: history === undefined ? offered.history : historyKindOf[history.kind] };
    const fromMs = history?.kind === 'from-date' ? history.fromMs : undefined;
    tellTerms(call, { client, open, personId, terms, fromMs });
    requireMeant(call, terms, keys.personId);
    const links = await client.invitations.admit(open, offer, {
      personId,
      ...(history === undefined ? {} : { history }),
    });
    const memberships = open.compartments.flatMap((compartment) => client.members.list(compartment));
    const given = memberships.filter((member) => member.personId === personId).map(({ history }) => history.kind);
    const named = (kind: HistoryKind) => nameOf(historyKinds, kind);
    return {
      json: {
        caseId: open.caseId,
        personId,
        compartments: links.length,
        history: [...new Set(given)].map(named),
        terms: termsDocument(client, personId, terms),
      },
      lines: admittedLines(personLine(client, personId), links.length, offer.invitation.history, given),
    };
  });
}

interface Admission {
  readonly client: Client;
  readonly open: OpenCase;
  readonly personId: PersonId;
  readonly terms: OfferedTerms;
  readonly fromMs: number | undefined;
}

/** What the lead decides now; as offered where nothing is said, but a date is no part of an offer. */
function historyMeant(call: Call, { invitation }: ReceivedInvitation) {
  const offered = invitation.history === historyKinds.fromDate ? 'from-date' : undefined;
  const named = call.optional('history') ?? offered;
  return named === undefined ? undefined : historyOf(call, named);
}

/** Shows what the lead is about to sign before it is signed. */
function tellTerms({ context }: Call, { client, open, personId, terms, fromMs }: Admission): void {
  const { role, history, compartments, sponsorId } = terms;
  const titles = compartments.map((id) => caseTitle(client.cases.info(open.compartment(id))?.title));
  const since = fromMs === undefined ? '' : ` ${isoTime(fromMs)}`;
  const { console } = context;
  console.error(`To be admitted: ${personLine(client, personId)}`);
  console.error(
    `  as ${nameOf(caseRoles, role)}, history ${nameOf(historyKinds, history)}${since}, in ${titles.join(', ')}`,
  );
  console.error(`  on the offer of ${personLine(client, sponsorId)}`);
}

/** Terms that another lead wrote count only when this one names their role. @throws UsageError `cli/arguments`. */
function requireMeant(call: Call, { role, sponsorId }: OfferedTerms, ownId: PersonId): void {
  const meant = call.choiceOrNone('role', caseRoles);
  if (meant === role || (meant === undefined && sponsorId === ownId)) return;
  throw usageError('cli/arguments', { option: '--role', offered: nameOf(caseRoles, role), offeredBy: sponsorId });
}

function termsDocument(client: Client, personId: PersonId, { role, history, compartments, sponsorId }: OfferedTerms) {
  const { view } = client.directory;
  const authorityId = view.person(personId)?.authorityId;
  const authority = authorityId && view.authority(authorityId);
  return {
    role: nameOf(caseRoles, role),
    history: nameOf(historyKinds, history),
    compartments,
    sponsorId,
    person: { authorityId, state: authority?.record.state },
  };
}

/** Says what of the past the person got where it may surprise: nothing of what was said in between, no older titles. */
function admittedLines(
  person: string,
  compartments: number,
  wished: HistoryKind,
  given: readonly HistoryKind[],
): string[] {
  if (compartments === 0) return [`${person} is a member already; nothing was changed.`];
  const lines = [`${person} is a member now, of ${counted(compartments, 'compartment')}.`];
  if (given.every((kind) => kind === historyKinds.all)) return lines;
  return wished === historyKinds.all
    ? [...lines, 'They were a member before: they get nothing of the time until now, beyond what they held.']
    : [...lines, 'They see no titles given before; "rogatory case describe" gives one again.'];
}

/** `case revoke-invitation` */
export async function revokeInvitation(call: Call): Promise<Outcome> {
  return withSession(call, async ({ client }) => {
    const open = await openNamedCase(call, client);
    const { invitationId } = offerNamed(call.argument(1), await client.invitations.ofCase(open)).invitation;
    await client.invitations.revoke(invitationId);
    return { json: { invitationId, revoked: true }, lines: ['The invitation is void.'] };
  });
}

function admittedPerson(call: Call, client: Client, offer: ReceivedInvitation) {
  const accepted = client.invitations.acceptancesOf(offer).map(({ personId }) => personId);
  const typed = call.optional('person');
  if (typed !== undefined) return choose('person', typed, accepted);
  const [only] = accepted;
  if (only === undefined) throw refusedError('cli/not-accepted');
  if (accepted.length > 1) throw usageError('cli/arguments', { option: '--person', accepted: accepted.length });
  return only;
}

async function offersOf(call: Call, client: Client): Promise<readonly ReceivedInvitation[]> {
  if (call.argumentOrNone(0) !== undefined) {
    const open: OpenCase = await openNamedCase(call, client);
    return client.invitations.ofCase(open);
  }
  await client.directory.sync();
  return client.invitations.received();
}

function offerNamed(typed: string, offers: readonly ReceivedInvitation[]): ReceivedInvitation {
  const ids = offers.map(({ invitation }) => invitation.invitationId);
  const id = choose('invitation', typed, ids);
  const offer = offers.find(({ invitation }) => invitation.invitationId === id);
  if (offer === undefined) throw usageError('cli/arguments', { what: 'invitation' });
  return offer;
}

function invitedOf(call: Call, client: Client): Invited {
  const [person, post, authority] = [call.optional('person'), call.optional('post'), call.optional('authority')];
  const given = [person, post, authority].filter((value) => value !== undefined).length;
  if (given !== 1) throw usageError('cli/arguments', { choices: '--person, --post, --authority' });
  if (person !== undefined) return { personId: choosePerson(client, person) };
  if (post !== undefined) return { postId: parsePostId(post) };
  const ids = client.directory.view.authorities().map(({ authorityId }) => authorityId);
  return {
    authorityId: choose('authority', authority ?? '', ids),
    uses: call.whole('uses', { min: 1, max: 100, fallback: 1 }),
  };
}

interface Shown {
  readonly json: {
    readonly invitationId: string;
    readonly [field: string]: string | number | boolean | readonly string[];
  };
  readonly lines: readonly string[];
}

function shown(client: Client, offer: ReceivedInvitation): Shown {
  const { invitation, isRevoked, usesLeft } = offer;
  const { invitationId, caseId, role, history, notAfterMs, target, targetId, sponsorDevice } = invitation;
  const sponsor = client.directory.view.device(sponsorDevice);
  const sponsorText = sponsor === undefined ? 'an unknown device' : personLine(client, sponsor.personId);
  const accepted = client.invitations.acceptancesOf(offer).map(({ personId }) => personId);
  const json = {
    invitationId,
    caseId,
    role: nameOf(caseRoles, role),
    history: nameOf(historyKinds, history),
    target: nameOf(invitationTargets, target),
    targetId,
    sponsor: sponsorText,
    validUntil: isoTime(notAfterMs),
    isRevoked,
    usesLeft,
    acceptedBy: accepted,
  };
  const state = isRevoked ? 'revoked' : `until ${json.validUntil}, ${counted(usesLeft, 'use')} left`;
  return {
    json,
    lines: [
      `${invitationId}  ${json.role}, history ${json.history}, ${state}`,
      `  case ${caseId.slice(0, 12)}, by ${sponsorText}`,
      ...accepted.map((personId) => `  accepted by ${personLine(client, personId)}`),
    ],
  };
}

function linesOf(invitations: readonly Shown[]): string[] {
  return invitations.length === 0 ? ['No invitations.'] : invitations.flatMap(({ lines }) => lines);
}
