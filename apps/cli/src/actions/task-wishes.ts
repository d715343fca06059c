import { isRogatoryError, limits, type ObjectId } from '@rogatory/kernel';
import type { Client, Compartment, ProposalDraft } from '@rogatory/client';
import { dayOf, instantAt, minuteOf } from '@rogatory/coordination';
import type { TaskAssignee, TaskDue } from '@rogatory/protocol';
import type { Call } from '../run/call.js';
import { choose, choosePerson, referenceNamed } from '../run/choosing.js';
import { usageError } from '../run/cli.errors.js';

const MAX_ESTIMATE_MINUTES = 5_256_000; // ten years
const DUE = /^(\S+)[T ](\S+)$/;

/** A task by id, or the beginning of it. */
export function taskNamed(typed: string, client: Client, compartment: Compartment): ObjectId {
  return choose(
    'task',
    typed,
    client.tasks.list(compartment).map(({ taskId }) => taskId),
  );
}

/** Whom `--person`, `--post` or `--authority` names, as the directory has them. @throws UsageError `cli/arguments`. */
export function assigneeOf(call: Call, client: Client): TaskAssignee {
  const [person, post, authority] = [call.optional('person'), call.optional('post'), call.optional('authority')];
  const given = [person, post, authority].filter((value) => value !== undefined).length;
  if (given !== 1) throw usageError('cli/arguments', { choices: '--person, --post, --authority' });
  if (person !== undefined) return postOf(client, choosePerson(client, person), 'person');
  if (post !== undefined) {
    const holders = new Map(client.directory.persons().map((each) => [each.certificate.postId, each.personId]));
    return postOf(client, holders.get(choose('post', post, holders.keys())), 'post');
  }
  const known = client.directory.view.authorities();
  const ids = known.map(({ authorityId }) => authorityId);
  const id = choose('authority', authority ?? '', ids);
  const office = known.find(({ authorityId }) => authorityId === id);
  if (office === undefined) throw usageError('cli/arguments', { what: 'authority' });
  return { state: office.record.state, authorityId: id };
}

function postOf(client: Client, personId: ReturnType<typeof choosePerson> | undefined, what: string): TaskAssignee {
  const { view } = client.directory;
  const person = personId && view.person(personId);
  const authority = person && view.authority(person.authorityId);
  if (person === undefined || authority === undefined) throw usageError('cli/arguments', { what });
  return { state: authority.record.state, authorityId: person.authorityId, postId: person.certificate.postId };
}

/** What `propose` and `edit` may say of the plan; what was not named is not there. */
export function planOf(
  call: Call,
  client: Client,
  compartment: Compartment,
): Omit<ProposalDraft, 'title' | 'assignee'> {
  const [text, estimate, due] = [call.optional('text'), call.optional('estimate'), dueOf(call)];
  const [steps, after, documents] = [call.list('step'), call.list('after'), call.list('reference')];
  const bounds = { min: 0, max: MAX_ESTIMATE_MINUTES };
  return {
    ...(text === undefined ? {} : { text }),
    ...(estimate === undefined ? {} : { estimateMinutes: call.whole('estimate', bounds) }),
    ...(due === undefined ? {} : { due }),
    ...(steps.length === 0 ? {} : { steps }),
    ...(after.length === 0 ? {} : { dependencies: after.map((typed) => taskNamed(typed, client, compartment)) }),
    ...(documents.length === 0
      ? {}
      : { references: documents.map((typed) => referenceNamed(typed, client, compartment)) }),
  };
}

/** A due time is meant by the clocks of a zone, and across states nobody can guess which: it is said. */
function dueOf(call: Call): TaskDue | undefined {
  const [typed, zone] = [call.optional('due'), call.optional('zone')];
  if (typed === undefined && zone === undefined) return undefined;
  if (typed === undefined)
    throw usageError('cli/arguments', { option: '--due', reason: '--zone says by which clocks' });
  if (zone === undefined) throw usageError('cli/arguments', { option: '--zone', form: 'such as Europe/Paris' });
  const [, date = '', time = ''] = DUE.exec(typed) ?? [];
  const [day, minute] = ofForm('--due', 'such as "2027-01-31 06:00"', () => [dayOf(date), minuteOf(time)] as const);
  return { timeMs: ofForm('--zone', 'such as Europe/Paris', () => instantAt(day, minute, zone)), zone };
}

/** What is not of its form was typed wrongly: told with the option, before anything is sent. */
function ofForm<Value>(option: string, form: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    if (!isRogatoryError(error) || error.family !== 'codec') throw error;
    throw usageError('cli/arguments', { option, form });
  }
}

/** The version that the user says to have looked at. */
export function seenOf(call: Call): { readonly seenVersion?: number } {
  if (call.optional('seen') === undefined) return {};
  return { seenVersion: call.whole('seen', { min: 1, max: limits.maxTaskChanges }) };
}

/** Words that others are to read: nothing but blanks says nothing. @throws UsageError `cli/arguments`. */
export function wordsOf(call: Call, option: string): string {
  const text = call.required(option);
  if (text.trim() === '') throw usageError('cli/arguments', { option: `--${option}`, reason: 'it is blank' });
  return text;
}
