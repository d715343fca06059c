import { assertUnreachable, limits } from '@rogatory/kernel';
import { caseRoles, type CasePolicy, linkTypes } from '@rogatory/protocol';
import { checkSuite } from '@rogatory/crypto/verify';
import {
  areAscending,
  checkAdd,
  checkAnnouncement,
  checkDeviceAdd,
  checkRecipients,
  checkResealedEpochs,
} from './admission-rules.js';
import { demand, refusal } from './chain.errors.js';
import { citedComplaint } from './complaints.js';
import { isStaying, type LinkContext, stayingLeads } from './link-context.js';
import { endedDevices, isMemberLive } from './liveness.js';
import { rotationReasons } from './rotation.js';

/** What a link of its type means, and whether that may be (docs/spec/chains.md 5). */
export function checkAct(context: LinkContext): void {
  const { state, link } = context;
  switch (link.type) {
    case linkTypes.genesis:
      return demand(false, 'chain/genesis', 'a second genesis');
    case linkTypes.add:
      return checkAdd(context);
    case linkTypes.deviceAdd:
      return checkDeviceAdd(context);
    case linkTypes.remove:
      return checkRemove(context);
    case linkTypes.leave:
      return checkLeave(context);
    case linkTypes.deviceDrop:
      return checkDeviceDrop(context);
    case linkTypes.rotate:
      return checkRotate(context);
    case linkTypes.reseal:
      return checkReseal(context);
    case linkTypes.role:
      return checkRole(context);
    case linkTypes.policy:
      return checkPolicy(context);
    case linkTypes.suite:
      return checkSuiteChange(context);
    case linkTypes.disclose:
      return checkDisclose(context);
    case linkTypes.close:
      return undefined;
    case linkTypes.reopen:
      return demand(state.isClosed, 'chain/body', 'reopens what is not closed');
    case linkTypes.compartment:
      return checkAnnouncement(context);
    default:
      return assertUnreachable(link.type);
  }
}

/** Leaves by their own key stay readable to them: whoever goes MUST NOT make the next epoch's key. */
function checkRemove({ state, link, signer }: LinkContext): void {
  const { personId } = link.body;
  const isMember = personId !== undefined && state.members.persons.has(personId);
  demand(isMember, 'chain/member', 'removes nobody');
  demand(personId !== signer.personId, 'chain/right', 'removes its own author, who must leave instead');
}

function checkLeave({ state, link, signer, change }: LinkContext): void {
  demand(link.body.personId === signer.personId, 'chain/right', 'marks another person as leaving');
  checkLeadsLeft(stayingLeads(change), stayingLeads(state), state.policy.minimumLeads);
}

/** SPEC: chains 4.6 — the last lead cannot go; a policy may ask for more leads to stay where the going is voluntary. */
function checkLeadsLeft(after: number, before: number, required: number): void {
  demand(after >= before || after >= required, 'chain/last-lead', 'too few leads would be left');
}

function checkDeviceDrop({ state, link, view, atMs, signer, isLead, change }: LinkContext): void {
  const devices = link.body.devices ?? [];
  demand(devices.length > 0 && areAscending(devices), 'chain/member', 'devices missing, out of order or repeated');
  demand(!devices.includes(signer.deviceId), 'chain/right', 'drops its own author, who must leave instead');
  for (const device of devices) {
    const member = state.members.device(device);
    demand(member !== undefined, 'chain/member', 'drops a device that is not a member');
    const mayDrop = isLead || member.personId === signer.personId || !isMemberLive(member, view, atMs);
    demand(mayDrop, 'chain/right', "drops another person's live device");
  }
  const { cause } = link.body;
  demand(cause?.complaintHash === undefined, 'chain/body', 'a complaint drops no device');
  if (cause?.directoryIndex !== undefined) {
    demand(cites(view, state, devices, cause.directoryIndex), 'chain/cause', 'cites another directory entry');
  }
  checkLeadsLeft(stayingLeads(change), stayingLeads(state), 1);
}

function cites(
  view: LinkContext['view'],
  state: LinkContext['state'],
  devices: LinkContext['link']['body']['devices'],
  index: number,
): boolean {
  return (devices ?? []).some((device) => {
    const personId = state.members.device(device)?.personId;
    const ofPerson = personId === undefined ? undefined : view.personStanding(personId).index;
    return view.deviceStanding(device).index === index || ofPerson === index;
  });
}

/** SPEC: chains 5 rotate — a lead always; any member when something is pending. */
function checkRotate(context: LinkContext): void {
  const { state, link, facts, view, atMs, isLead, change } = context;
  const { cause } = link.body;
  if (cause?.directoryIndex !== undefined) {
    const ended = endedDevices(state.members, view, atMs);
    demand(cites(view, state, ended, cause.directoryIndex), 'chain/cause', 'cites another directory entry');
  }
  if (cause?.complaintHash) {
    const complaint = citedComplaint(state, cause.complaintHash, facts.complaint);
    demand(complaint.epoch === state.epoch, 'chain/cause', 'cites a complaint about an earlier epoch');
    return;
  }
  if (isLead) return;
  const reasons = rotationReasons(state, { directory: facts.directory, view, atMs });
  const isPending = reasons.length > 0 || change.departed.length > 0;
  demand(isPending, 'chain/right', 'nothing asks for a new epoch, and only a lead may begin one without cause');
}

function checkReseal(context: LinkContext): void {
  const { state, link, facts, signer } = context;
  const devices = link.body.devices ?? [];
  demand(devices.length === 1, 'chain/member', 'reseals to one device at a time');
  checkRecipients(context, devices);
  const recipient = state.members.device(devices[0] as (typeof devices)[number]);
  demand(recipient !== undefined && recipient.deviceId !== signer.deviceId, 'chain/member', 'reseals to its author');
  checkResealedEpochs(context, recipient);
  const { cause } = link.body;
  demand(cause?.directoryIndex === undefined, 'chain/body', 'no directory entry asks for a reseal');
  if (!cause?.complaintHash) return;
  const complaint = citedComplaint(state, cause.complaintHash, facts.complaint);
  const isAnswer = complaint.deviceId === recipient.deviceId && (link.body.epochs ?? []).includes(complaint.epoch);
  demand(isAnswer, 'chain/cause', 'answers a complaint of another device or epoch');
}

function checkRole({ state, link, view, atMs, change }: LinkContext): void {
  const { personId, role } = link.body;
  const person = personId === undefined ? undefined : state.members.person(personId);
  const isStayer = person !== undefined && isStaying(state, person.personId);
  demand(isStayer && role !== undefined && role !== person.role, 'chain/member', 'changes nothing or nobody');
  demand(view.mayHoldRole(person.personId, role, atMs), 'chain/role-ceiling', 'above what the person may hold');
  const isDemotion = person.role === caseRoles.lead;
  const required = isDemotion ? state.policy.minimumLeads : 1;
  checkLeadsLeft(stayingLeads(change), stayingLeads(state), required);
}

/** SPEC: chains 5 policy — only stricter than before, and never so strict that nobody can meet it. */
function checkPolicy({ state, link }: LinkContext): void {
  const { policy } = link.body;
  demand(policy !== undefined && isPolicyWithin(policy), 'chain/policy', 'a policy out of bounds');
  const isStricter =
    policy.headConfirmationMs <= state.policy.headConfirmationMs &&
    policy.rotateAfterMs <= state.policy.rotateAfterMs &&
    policy.minimumLeads >= state.policy.minimumLeads;
  demand(isStricter, 'chain/policy', 'a policy never loosens');
  demand(policy.minimumLeads <= stayingLeads(state), 'chain/policy', 'asks for more leads than there are');
}

export function isPolicyWithin({ headConfirmationMs, rotateAfterMs, minimumLeads }: CasePolicy): boolean {
  return (
    headConfirmationMs >= limits.minPolicyMs &&
    headConfirmationMs <= limits.headConfirmationMs &&
    rotateAfterMs >= limits.minPolicyMs &&
    rotateAfterMs <= limits.epochRotateAfterMs &&
    minimumLeads >= 1
  );
}

function checkSuiteChange({ state, link }: LinkContext): void {
  const { suite } = link.body;
  demand(suite !== undefined && suite > state.suite, 'chain/suite', 'a suite never goes down');
  checkSuite(suite);
}

function checkDisclose(context: LinkContext): void {
  const { devices, disclosed } = context.link.body;
  checkRecipients(context, devices ?? []);
  const names = (disclosed ?? []).map(({ objectId, version }) => `${objectId}:${String(version).padStart(10, '0')}`);
  demand(names.length > 0 && areAscending(names), 'chain/body', 'items missing, out of order or repeated');
}

/** @throws RefusedError `chain/closed` for a link that a closed case or compartment does not take. */
export function checkOpen(isClosed: boolean, isAllowedWhileClosed: boolean): void {
  if (isClosed && !isAllowedWhileClosed) throw refusal('chain/closed');
}
