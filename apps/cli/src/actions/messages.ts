import { limits, parseUtf8 } from '@rogatory/kernel';
import {
  type Client,
  type Compartment,
  follow,
  type OpenMessage,
  readMessage,
  type ReadMessage,
} from '@rogatory/client';
import type { Call } from '../run/call.js';
import { messageNamed, namedCompartment, openNamedCase, referenceNamed } from '../run/choosing.js';
import { usageError } from '../run/cli.errors.js';
import { readBounded } from '../run/files.js';
import { harmless, harmlessJson, harmlessLines } from '../run/harmless.js';
import { timeText, unreadableDocument, unreadableLine } from '../run/items.js';
import { personName } from '../run/names.js';
import { exitCodes, isoTime, type Outcome } from '../run/outcome.js';
import { withSession } from '../run/session.js';

/** `message post` */
export async function sendMessage(call: Call): Promise<Outcome> {
  return withSession(call, async ({ client }) => {
    const open = await openNamedCase(call, client);
    const compartment = namedCompartment(call, client, open);
    const subject = call.optional('subject');
    const message = await client.messages.post(open, compartment.compartmentId, {
      ...(await draftOf(call, client, compartment)),
      ...(subject === undefined ? {} : { subject }),
    });
    return sent(message);
  });
}

/** `message reply` */
export async function replyMessage(call: Call): Promise<Outcome> {
  return withSession(call, async ({ client }) => {
    const open = await openNamedCase(call, client);
    const compartment = namedCompartment(call, client, open);
    const to = messageNamed(call.argument(1), client.messages.list(compartment));
    const draft = await draftOf(call, client, compartment);
    return sent(await client.messages.reply(open, compartment.compartmentId, to, draft));
  });
}

/** `message ack` */
export async function acknowledgeMessage(call: Call): Promise<Outcome> {
  return withSession(call, async ({ client }) => {
    const open = await openNamedCase(call, client);
    const compartment = namedCompartment(call, client, open);
    const id = messageNamed(call.argument(1), client.messages.list(compartment));
    await client.messages.acknowledge(open, compartment.compartmentId, id);
    return { json: { messageId: id, acknowledged: true }, lines: ['Acknowledged.'] };
  });
}

/** `message list` */
export async function listMessages(call: Call): Promise<Outcome> {
  return withSession(call, async ({ client }) => {
    const open = await openNamedCase(call, client);
    const compartment = namedCompartment(call, client, open);
    const all = client.messages.list(compartment);
    const count = call.whole('last', { min: 1, max: 100_000, fallback: 50 });
    const messages = all.slice(-count);
    const sealed = client.messages.sealed(compartment).length;
    const unreadable = client.messages.unreadable(compartment);
    const acknowledgements = new Map(
      messages.map((message) => [message.objectId, client.messages.acknowledgements(compartment, message)]),
    );
    return {
      json: {
        caseId: open.caseId,
        compartmentId: compartment.compartmentId,
        sealedToThisDevice: sealed,
        unreadable: unreadable.map((item) => unreadableDocument(client, item)),
        messages: messages.map((message) => ({
          ...documentOf(client, message),
          acknowledgedBy: (acknowledgements.get(message.objectId) ?? []).map(({ by }) => by.personId),
        })),
      },
      lines: [
        ...messages.flatMap((message) => [
          ...linesOf(client, message),
          ...(acknowledgements.get(message.objectId) ?? []).map(
            ({ by, sentAtMs }) => `    acknowledged by ${personName(client, by.personId)}, ${isoTime(sentAtMs)}`,
          ),
        ]),
        ...(sealed > 0 ? ['', `${sealed} messages were said before this device was given the keys.`] : []),
        ...unreadable.map((item) => unreadableLine(client, item)),
        ...(all.length + unreadable.length === 0 ? ['No messages.'] : []),
      ],
    };
  });
}

/** `message watch`: prints what comes until it is stopped; with `--json` one document per line. */
export async function watchMessages(call: Call): Promise<Outcome> {
  return withSession(call, async ({ client }) => {
    const { console, signal } = call.context;
    const open = await openNamedCase(call, client);
    const compartment = namedCompartment(call, client, open);
    const most = call.whole('count', { min: 1, max: 1_000_000, fallback: 1_000_000 });
    const stop = new AbortController();
    signal.addEventListener('abort', () => stop.abort(), { once: true });
    const onLink = (isLive: boolean) => console.error(isLive ? 'connected' : 'connection lost, trying again');
    let seen = 0;
    const start = call.optional('from') === undefined ? {} : { from: call.whole('from', { min: 0, max: 2 ** 48 }) };
    for await (const event of follow(client.gateway, compartment, { signal: stop.signal, onLink, ...start })) {
      const read = event.kind === 'item' ? readMessage(compartment, event.item) : undefined;
      if (read === undefined) continue;
      const { json, lines } = toldOf(client, read);
      if (call.flag('json')) console.out(harmlessJson(json));
      else for (const line of lines) console.out(line);
      seen += 1;
      if (seen >= most) stop.abort();
    }
    return { json: null, lines: [], isTold: true, exitCode: signal.aborted ? exitCodes.interrupted : exitCodes.done };
  });
}

/** What is said, in a first message as in an answer. */
async function draftOf(call: Call, client: Client, compartment: Compartment) {
  return {
    text: await textOf(call),
    wantsAcknowledgement: call.flag('wantsAck'),
    references: call.list('reference').map((typed) => referenceNamed(typed, client, compartment)),
  };
}

/** The text of a message: as an argument of the command, from a file, or from standard input with `-`. */
async function textOf(call: Call): Promise<string> {
  const text = call.optional('text');
  const file = call.optional('file');
  if ((text === undefined) === (file === undefined)) throw usageError('cli/arguments', { choices: '--text, --file' });
  const said = text ?? parseUtf8(await readBounded(call.path(file ?? ''), 4 * limits.maxMessageCharacters)).trimEnd();
  if (said.trim() === '') throw usageError('cli/arguments', { option: '--text', reason: 'it is blank' });
  if ([...said].length > limits.maxMessageCharacters) {
    throw usageError('cli/arguments', { option: '--text', maxCharacters: limits.maxMessageCharacters });
  }
  return said;
}

function sent(message: OpenMessage): Outcome {
  const { objectId, threadId, position } = message;
  return { json: { messageId: objectId, threadId, position }, lines: [`Sent as ${objectId}, at place ${position}.`] };
}

/** A message as it came; one that cannot be read says so in its place. */
function toldOf(client: Client, read: ReadMessage) {
  if (read.kind === 'open') return { json: documentOf(client, read.message), lines: linesOf(client, read.message) };
  return { json: { unreadable: unreadableDocument(client, read.item) }, lines: [unreadableLine(client, read.item)] };
}

function documentOf(client: Client, message: OpenMessage) {
  const { objectId, threadId, replyTo, subject, text, position, sentAtMs, receivedAtMs, author, times } = message;
  return {
    messageId: objectId,
    threadId,
    ...(replyTo === undefined ? {} : { replyTo }),
    position,
    author: { personId: author.personId, deviceId: author.deviceId, name: personName(client, author.personId) },
    sentAt: isoTime(sentAtMs),
    receivedAt: isoTime(receivedAtMs),
    ...(times.isBackdated ? { isBackdated: true } : {}),
    subject,
    text,
    references: message.references.map((reference) => ({ documentId: reference.objectId, version: reference.version })),
    wantsAcknowledgement: message.wantsAcknowledgement,
  };
}

function linesOf(client: Client, message: OpenMessage): string[] {
  const { objectId, subject, text, times, author, replyTo, references, wantsAcknowledgement } = message;
  const reply = replyTo === undefined ? '' : `, in answer to ${replyTo.slice(0, 12)}`;
  return [
    `${timeText(times)}  ${personName(client, author.personId)}  ${objectId.slice(0, 12)}${reply}`,
    ...(subject === '' ? [] : [`    ${harmless(subject)}`]),
    ...harmlessLines(text).map((line) => `    ${line}`),
    ...references.map(
      (reference) => `    refers to document ${reference.objectId.slice(0, 12)}, version ${reference.version}`,
    ),
    ...(wantsAcknowledgement ? [`    asks to be acknowledged: rogatory message ack … ${objectId.slice(0, 12)}`] : []),
  ];
}
