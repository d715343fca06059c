import { isUnanswered } from '../client.errors.js';
import { fieldOf } from './answer.js';
import type { GraphqlAnswer, GraphqlRequest, Transport } from './transport.js';

/** Mutations that change nothing, or have the same outcome when they come twice within seconds. */
const REPEATABLE: ReadonlySet<string> = new Set(['requestChallenge', 'refreshSession']);

/**
 * Sends a request, once more on another connection when the first one broke before anything came back: a server that was
 * restarted leaves dead connections with its clients. Only what may arrive twice is sent again: questions without an act,
 * and acts, which have one effect by their id.
 * @throws UnavailableError `client/network`; also when the act did arrive at first, so that its answer is lost.
 */
export async function requestWell(
  transport: Pick<Transport, 'request'>,
  request: GraphqlRequest,
): Promise<GraphqlAnswer> {
  try {
    return await transport.request(request);
  } catch (error) {
    if (!isUnanswered(error) || !mayRepeat(request)) throw error;
    // Other dead connections are found dead meanwhile, so that a fresh one is made.
    await new Promise((resolve) => setTimeout(resolve, 0));
    const answer = await transport.request(request);
    if (isDuplicate(answer)) throw error;
    return answer;
  }
}

/** A question with an act is another act when it is asked again: whoever signs it asks again. */
function mayRepeat({ operation, proof }: GraphqlRequest): boolean {
  if (operation.kind === 'query') return proof.act === undefined;
  return operation.kind === 'mutation' && (proof.act !== undefined || REPEATABLE.has(operation.rootField));
}

function isDuplicate({ errors }: GraphqlAnswer): boolean {
  const first: unknown = Array.isArray(errors) ? errors[0] : undefined;
  return fieldOf(fieldOf(first, 'extensions'), 'code') === 'audit/duplicate-act';
}
