import {
  type CaseId,
  type CompartmentId,
  type ObjectId,
  parseCaseId,
  parseObjectId,
  type PersonId,
} from '@rogatory/kernel';
import type { Client, Compartment, OpenCase } from '@rogatory/client';
import type { DocumentReference } from '@rogatory/protocol';
import type { Call } from './call.js';
import { refusedError, usageError } from './cli.errors.js';

/** Shorter beginnings of an id match by chance. */
const MIN_PREFIX = 6;
const PREFIX = new RegExp(`^[0-9a-f]{${MIN_PREFIX},64}$`);

/**
 * The one id that begins as the user typed. @throws RefusedError `cli/not-found`; UsageError `cli/arguments` for several: a
 * wrong person or case is worse than a question.
 */
export function choose<Id extends string>(what: string, typed: string, ids: Iterable<Id>): Id {
  const wanted = typed.toLowerCase();
  const found = PREFIX.test(wanted) ? [...new Set(ids)].filter((id) => id.startsWith(wanted)) : [];
  const [only] = found;
  if (only === undefined && PREFIX.test(wanted)) throw refusedError('cli/not-found', { what });
  if (only === undefined || found.length > 1) {
    throw usageError('cli/arguments', { what, matches: found.length, minCharacters: MIN_PREFIX });
  }
  return only;
}

/** As `choose`, where names are taken beside ids: what is no id is a name that nothing has. */
function chooseNamed<Id extends string>(what: string, typed: string, ids: Iterable<Id>): Id {
  if (!PREFIX.test(typed.toLowerCase())) throw refusedError('cli/not-found', { what });
  return choose(what, typed, ids);
}

/** Opens the case that the first argument names, by its id or the beginning of it. */
export async function openNamedCase(call: Call, client: Client, place = 0): Promise<OpenCase> {
  const typed = call.argument(place);
  return client.cases.open(await caseIdOf(typed, client));
}

async function caseIdOf(typed: string, client: Client): Promise<CaseId> {
  if (/^[0-9a-f]{64}$/.test(typed)) return parseCaseId(typed);
  const listed = await client.cases.list();
  return choose(
    'case',
    typed,
    listed.map(({ caseId }) => caseId),
  );
}

/** The compartment that `--compartment` names by id or title; the root without it. */
export function namedCompartment(call: Call, client: Client, open: OpenCase): Compartment {
  const typed = call.optional('compartment');
  return typed === undefined ? open.root : compartmentNamed(typed, client, open);
}

export function compartmentNamed(typed: string, client: Client, open: OpenCase): Compartment {
  const titled = open.compartments.filter((compartment) => client.cases.info(compartment)?.title === typed);
  const [only] = titled;
  if (only !== undefined && titled.length === 1) return only;
  const ids = open.compartments.map(({ compartmentId }): CompartmentId => compartmentId);
  return open.compartment(chooseNamed('compartment', typed, ids));
}

/** A document by id or, where only one is called so, by its name. */
export function documentNamed(typed: string, client: Client, compartment: Compartment): ObjectId {
  const documents = client.documents.list(compartment);
  const titled = new Set(documents.filter(({ manifest }) => manifest.name === typed).map(({ objectId }) => objectId));
  const [only] = titled;
  if (only !== undefined && titled.size === 1) return only;
  if (titled.size > 1) throw usageError('cli/arguments', { what: 'document', matches: titled.size });
  return parseObjectId(
    chooseNamed(
      'document',
      typed,
      documents.map(({ objectId }) => objectId),
    ),
  );
}

/** The newest version of a document, as messages and tasks refer to it. */
export function referenceNamed(typed: string, client: Client, compartment: Compartment): DocumentReference {
  const objectId = documentNamed(typed, client, compartment);
  const { version, item } = client.documents.find(compartment, objectId);
  return { objectId, version, itemHash: item.itemHash };
}

/** A message by id, or the beginning of it. */
export function messageNamed(typed: string, messages: readonly { readonly objectId: ObjectId }[]): ObjectId {
  return choose(
    'message',
    typed,
    messages.map(({ objectId }) => objectId),
  );
}

/** A person of the directory by id, or the beginning of it. */
export function choosePerson(client: Client, typed: string): PersonId {
  return choose(
    'person',
    typed,
    client.directory.persons().map(({ personId }) => personId),
  );
}
