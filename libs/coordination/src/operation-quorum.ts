import { equalBytes, type PersonId } from '@rogatory/kernel';
import { type OperationFacts, type PlanFacts, votes } from '@rogatory/protocol';
import { demand } from './operation.errors.js';
import type { OperationRecord } from './operation-record.js';
import type { CastVote, OperationCall, OperationDecision, OperationStatus } from './operation-status.js';

/** The status with a state's vote, and with the decision where this vote brings it. @throws RefusedError `operation/other-call`. */
export function withVote(
  status: OperationStatus,
  record: OperationRecord,
  facts: OperationFacts & { readonly act: 'vote' },
): OperationStatus {
  const { call } = status;
  demand(call !== undefined && equalBytes(call.hash, facts.callHash), 'operation/other-call');
  const cast: CastVote = { vote: facts.vote, personId: record.author.personId, place: record.place };
  const counted: OperationCall = { ...call, votes: new Map(call.votes).set(facts.state, cast) };
  const outcome = outcomeOf(status.plan, counted.votes);
  if (outcome === 'pending') return { ...status, call: counted };
  return decided(status, { call: counted, outcome, place: record.place });
}

/** SPEC: operations 4 — go when as many as needed, all required ones among them; no-go when that cannot come about. */
export function outcomeOf(
  { needed, parties }: PlanFacts,
  cast: ReadonlyMap<string, CastVote>,
): 'go' | 'no-go' | 'pending' {
  const says = (state: string) => cast.get(state)?.vote;
  const saying = (vote: number) => parties.filter(({ state }) => says(state) === vote).length;
  const required = parties.filter(({ isRequired }) => isRequired);
  if (required.some(({ state }) => says(state) === votes.noGo)) return 'no-go';
  if (saying(votes.noGo) > parties.length - needed) return 'no-go';
  const isGo = saying(votes.go) >= needed && required.every(({ state }) => says(state) === votes.go);
  return isGo ? 'go' : 'pending';
}

/** SPEC: operations 4 — a call whose expiry the log time has passed is expired as of the record that shows it. */
export function withoutExpiredCall(status: OperationStatus, place: number): OperationStatus {
  const { call } = status;
  if (call === undefined || status.logTimeMs <= call.expiresAtMs) return status;
  return decided(status, { call, outcome: 'expired', place });
}

/**
 * SPEC: operations 4 — a removal never makes a quorum smaller: votes of who departed count no more while nothing is
 * decided, parties and the needed number stay.
 */
export function withoutVotesOf(status: OperationStatus, departed: ReadonlySet<PersonId>): OperationStatus {
  const { call } = status;
  if (call === undefined) return status;
  const staying = [...call.votes].filter(([, { personId }]) => !departed.has(personId));
  return staying.length === call.votes.size ? status : { ...status, call: { ...call, votes: new Map(staying) } };
}

function decided(status: OperationStatus, decision: OperationDecision): OperationStatus {
  return { ...withoutCall(status), decision, stage: decision.outcome === 'go' ? 'running' : 'planned' };
}

/** The status without a call. */
export function withoutCall(status: OperationStatus): OperationStatus {
  const { call: _, ...rest } = status;
  return rest;
}
