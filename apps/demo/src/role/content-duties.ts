import { rm } from 'node:fs/promises';
import { dirname, basename, join } from 'node:path';
import { follow, type Justification, operations, sealJustification } from '@rogatory/client';
import { openFileSource, openFileTarget } from '@rogatory/client/node';
import { type CaseId, type CompartmentId, isRogatoryError, type ObjectId } from '@rogatory/kernel';
import { actSubjects, itemClasses, legalBases, nameOf } from '@rogatory/protocol';
import { type Actor, caseOf, knownCase } from './actor.js';

export interface InCompartment {
  readonly caseId: CaseId;
  readonly compartmentId: CompartmentId;
}

export interface Fetch extends InCompartment {
  readonly objectId: ObjectId;
  readonly out: string;
  readonly justification: Justification;
}

const PROBE_MS = 50;

/** What a member does with files and messages. */
export const contentDuties = {
  async upload(
    actor: Actor,
    input: InCompartment & { readonly path: string; readonly mediaType: string; readonly name?: string },
  ) {
    const { client, tell } = actor;
    const open = await caseOf(actor, input.caseId);
    const source = await openFileSource(input.path);
    const startMs = performance.now();
    try {
      const document = await client.documents.upload(open, input.compartmentId, source, {
        mediaType: input.mediaType,
        ...(input.name === undefined ? {} : { name: input.name }),
        onProgress: (progress) => tell({ event: 'progress', ...progress }),
      });
      return { objectId: document.objectId, bytes: document.manifest.trueSize, ms: performance.now() - startMs };
    } finally {
      await source.close();
    }
  },

  async post(
    actor: Actor,
    input: InCompartment & { readonly subject: string; readonly text: string; readonly replyTo?: ObjectId },
  ) {
    const { messages } = actor.client;
    const { compartmentId, subject, text, replyTo } = input;
    const open = await caseOf(actor, input.caseId);
    const startMs = performance.now();
    const sent =
      replyTo === undefined
        ? await messages.post(open, compartmentId, { subject, text, wantsAcknowledgement: true })
        : await messages.reply(open, compartmentId, replyTo, { text });
    return { objectId: sent.objectId, position: sent.position, ms: performance.now() - startMs };
  },

  async acknowledge(actor: Actor, input: InCompartment & { readonly objectId: ObjectId }) {
    const open = await caseOf(actor, input.caseId);
    await actor.client.messages.acknowledge(open, input.compartmentId, input.objectId);
    return {};
  },

  /** Messages and documents that this device can open, and how many messages it cannot. */
  async read(actor: Actor, { caseId, compartmentId }: InCompartment) {
    const { messages, documents } = actor.client;
    const compartment = (await caseOf(actor, caseId)).compartment(compartmentId);
    const open = messages.list(compartment);
    const { items } = compartment.replica;
    return {
      messages: open.map(({ objectId, subject, text, author }) => ({
        objectId,
        subject,
        text,
        authorPersonId: author.personId,
        acknowledged: messages.acknowledgements(compartment, messages.find(compartment, objectId)).length,
      })),
      sealedMessages: messages.sealed(compartment).map(({ objectId }) => objectId),
      documents: documents.list(compartment).map(({ objectId, manifest, author }) => ({
        objectId,
        name: manifest.name,
        bytes: manifest.trueSize,
        authorPersonId: author.personId,
      })),
      sealedDocuments: items
        .filter(({ signed }) => signed.header.itemClass === itemClasses.document)
        .filter((item) => compartment.open(item) === undefined)
        .map(({ signed }) => signed.header.objectId),
    };
  },

  async download(actor: Actor, input: Fetch) {
    const { client, tell } = actor;
    const compartment = (await caseOf(actor, input.caseId)).compartment(input.compartmentId);
    const document = client.documents.find(compartment, input.objectId);
    const target = await openFileTarget(input.out);
    const startMs = performance.now();
    await client.documents.download(compartment, document, target, {
      justification: input.justification,
      onProgress: (progress) => tell({ event: 'progress', ...progress }),
    });
    return { bytes: document.manifest.trueSize, ms: performance.now() - startMs };
  },

  /** A download over a thin line; answers when it ends or breaks off. */
  async downloadSlowly(actor: Actor, input: Fetch & { readonly pauseMs: number }) {
    const { client, transport } = actor;
    const compartment = knownCase(actor, input.caseId).compartment(input.compartmentId);
    const document = client.documents.find(compartment, input.objectId);
    const target = await openFileTarget(input.out);
    transport.pace(input.pauseMs);
    try {
      const { justification } = input;
      await client.documents.download(compartment, document, target, { justification });
      return { isWhole: true, code: '', ...transport.watch };
    } catch (error) {
      return { isWhole: false, code: codeOf(error), ...transport.watch };
    } finally {
      transport.pace(0);
      await rm(join(dirname(input.out), `.${basename(input.out)}.rogatory-part`), { force: true });
    }
  },

  /** Reads on as fast as the line gives: what is still in buffers shows no end of the stream. */
  async hurry({ transport }: Actor, _input: object) {
    transport.pace(0);
    return {};
  },

  /** Asks for the log again and again; answers with the first refusal. */
  async askUntilRefused(actor: Actor, input: InCompartment & { readonly withinMs: number }) {
    const deadlineMs = Date.now() + input.withinMs;
    for (let asked = 1; ; asked++) {
      const answer = await contentDuties.askLog(actor, input);
      if (answer.isRefused || Date.now() > deadlineMs) return { ...answer, asked };
      await new Promise<void>((done) => setTimeout(done, PROBE_MS));
    }
  },

  async streamWatch({ transport }: Actor, _input: object) {
    return transport.watch;
  },

  /** Subscribes, and tells of everything that comes until the subscription ends. */
  async listen(actor: Actor, { caseId, compartmentId }: InCompartment) {
    const compartment = knownCase(actor, caseId).compartment(compartmentId);
    await new Promise<void>((done) => {
      void listenTo(actor, compartment, done);
    });
    return { from: compartment.replica.size };
  },

  /** Asks the server outright for the log of a compartment, past every check of the SDK. */
  async askLog({ client }: Actor, { compartmentId }: InCompartment) {
    const call = {
      variables: { compartmentId, from: 0, first: 10 },
      subject: actSubjects.readCompartment(compartmentId),
    };
    const { contentLogOperation } = operations;
    return refusalOf(client.gateway.call(contentLogOperation, call, ({ contentLog }) => contentLog.events.length));
  },

  /** Asks for a document by its id, past every check of the SDK. */
  async askDocument({ client, keys }: Actor, input: InCompartment & { readonly objectId: ObjectId }) {
    const { compartmentId, objectId } = input;
    const variables = { compartmentId, objectId, version: 1 };
    const { deviceId, authorityId } = keys;
    const scene = { deviceId, authorityId, view: client.directory.view, random: client.gateway.random };
    const reason = sealJustification({ legalBasis: legalBases.investigation }, scene);
    const call = { variables, subject: actSubjects.openDocument(compartmentId, objectId, 1), reason };
    return refusalOf(client.gateway.call(operations.openDocumentOperation, call, () => 1));
  },

  async tryPost(actor: Actor, { caseId, compartmentId }: InCompartment) {
    const open = knownCase(actor, caseId);
    return refusalOf(actor.client.messages.post(open, compartmentId, { subject: '', text: 'still here' }));
  },

  async tryOpenCase(actor: Actor, { caseId }: { readonly caseId: CaseId }) {
    return refusalOf(actor.client.cases.open(caseId));
  },

  async tryLogin({ client }: Actor, _input: object) {
    return refusalOf(client.login());
  },
};

async function listenTo(
  { client, tell, transport }: Actor,
  compartment: Parameters<typeof follow>[1],
  onLive: () => void,
): Promise<void> {
  const { compartmentId } = compartment;
  const { signal } = new AbortController();
  try {
    const onLink = (isLive: boolean): void => (isLive ? onLive() : undefined);
    for await (const event of follow(client.gateway, compartment, { signal, onLink })) {
      const what = event.kind === 'link' ? 'link' : nameOf(itemClasses, event.item.signed.header.itemClass);
      tell({ event: 'heard', compartmentId, position: event.position, what });
    }
  } catch (error) {
    const atMs = transport.subscriptionEndedAtMs ?? Date.now();
    tell({ event: 'cut', compartmentId, code: codeOf(error), atMs });
  } finally {
    onLive();
  }
}

/** How a thing was refused; without a code when it was not. */
async function refusalOf(work: Promise<unknown>) {
  try {
    await work;
    return { isRefused: false, code: '', atMs: Date.now() };
  } catch (error) {
    return { isRefused: true, code: codeOf(error), atMs: Date.now() };
  }
}

function codeOf(error: unknown): string {
  return isRogatoryError(error) ? error.code : error instanceof Error ? error.name : 'unknown';
}
