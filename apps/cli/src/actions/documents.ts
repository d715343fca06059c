import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { limits, parseUploadId, toHex, type UploadId } from '@rogatory/kernel';
import type { Client, Compartment, Justification, OnProgress, OpenDocument } from '@rogatory/client';
import { legalBases } from '@rogatory/protocol';
import type { Call } from '../run/call.js';
import { choose, documentNamed, namedCompartment, openNamedCase } from '../run/choosing.js';
import { usageError } from '../run/cli.errors.js';
import { accessError, checkFolder, checkReadable } from '../run/files.js';
import { harmless, safeFileName } from '../run/harmless.js';
import { timeText, unreadableDocument, unreadableLine } from '../run/items.js';
import { personName } from '../run/names.js';
import { isoTime, type Outcome, sizeText, table } from '../run/outcome.js';
import { progressBar } from '../run/progress-bar.js';
import { withSession } from '../run/session.js';

const handlingCodes = { H0: 0, H1: 1, H2: 2, H3: 3 } as const;
const sources = { A: 1, B: 2, C: 3, X: 4 } as const;
const informations = { '1': 1, '2': 2, '3': 3, '4': 4 } as const;

/** `document add`: an upload that was interrupted goes on where it stopped. */
export async function addDocument(call: Call): Promise<Outcome> {
  const { openFileSource } = await import('@rogatory/client/node');
  const path = call.path(call.argument(1));
  await checkReadable(path);
  checkName(call.optional('name') ?? basename(path));
  return withSession(call, async ({ client }) => {
    const open = await openNamedCase(call, client);
    const compartment = namedCompartment(call, client, open);
    const source = await openFileSource(path);
    const bar = await progressBar(call, source.name);
    try {
      const [name, mediaType, of] = [call.optional('name'), call.optional('mediaType'), call.optional('versionOf')];
      const document = await client.documents.upload(open, compartment.compartmentId, source, {
        ...(name === undefined ? {} : { name }),
        ...(mediaType === undefined ? {} : { mediaType }),
        ...(of === undefined ? {} : { versionOf: documentNamed(of, client, compartment) }),
        labels: {
          handling: call.choiceOrNone('handling', handlingCodes) ?? 0,
          sourceEvaluation: call.choiceOrNone('source', sources) ?? 0,
          informationEvaluation: call.choiceOrNone('information', informations) ?? 0,
        },
        onProgress: bar.update,
        signal: call.context.signal,
      });
      return added(client, document);
    } finally {
      bar.stop();
      await source.close();
    }
  });
}

/** A name that is too long is told before anything is asked or sent. */
function checkName(name: string): void {
  const { maxNameCharacters } = limits;
  if (name === '' || [...name].length > maxNameCharacters) {
    throw usageError('cli/arguments', { option: '--name', maxCharacters: maxNameCharacters });
  }
}

/** `document list`; newest versions only, without those withdrawn unless `--all`. */
export async function listDocuments(call: Call): Promise<Outcome> {
  return withSession(call, async ({ client }) => {
    const open = await openNamedCase(call, client);
    const compartment = namedCompartment(call, client, open);
    const all = client.documents.list(compartment);
    const newest = new Map(all.map((document) => [document.objectId, document]));
    const chosen = call.flag('all') ? all : [...newest.values()].filter(({ withdrawn }) => withdrawn === undefined);
    return listed(client, compartment, chosen);
  });
}

/** `document versions` */
export async function listVersions(call: Call): Promise<Outcome> {
  return withSession(call, async ({ client }) => {
    const open = await openNamedCase(call, client);
    const compartment = namedCompartment(call, client, open);
    const id = documentNamed(call.argument(1), client, compartment);
    const versions = client.documents.list(compartment).filter(({ objectId }) => objectId === id);
    return listed(client, compartment, versions);
  });
}

/** `document get`: nothing stands under the final name before the whole file was verified. */
export async function getDocument(call: Call): Promise<Outcome> {
  const { openFileTarget } = await import('@rogatory/client/node');
  const justification = justificationOf(call);
  return withSession(call, async ({ client }) => {
    const open = await openNamedCase(call, client);
    const compartment = namedCompartment(call, client, open);
    const version = versionOf(call);
    const id = documentNamed(call.argument(1), client, compartment);
    const document = client.documents.find(compartment, id, version);
    const path = await targetOf(call, document);
    await checkFolder(dirname(path));
    const target = await openFileTarget(path);
    let isBegun = (await target.size()) > 0;
    const bar = await progressBar(call, document.manifest.name);
    const onProgress: OnProgress = (progress) => {
      isBegun = true;
      bar.update(progress);
    };
    try {
      const wish = { justification, onProgress, signal: call.context.signal };
      await client.documents.download(compartment, document, target, wish);
    } finally {
      bar.stop();
      // Of what was refused before a byte came nothing stays behind; what came is kept to go on with.
      await (isBegun ? target.close() : target.discard());
    }
    const { manifest } = document;
    const size = sizeText(manifest.trueSize);
    return {
      json: { ...facts(client, document), file: path, verified: true },
      lines: [`${harmless(path)}: ${size}, verified, by ${personName(client, document.author.personId)}.`],
    };
  });
}

/** `document withdraw` */
export async function withdrawDocument(call: Call): Promise<Outcome> {
  return withSession(call, async ({ client }) => {
    const open = await openNamedCase(call, client);
    const compartment = namedCompartment(call, client, open);
    const objectId = documentNamed(call.argument(1), client, compartment);
    const version = versionOf(call) ?? 0;
    const reason = said(call, 'reason');
    await client.documents.withdraw(open, compartment.compartmentId, { objectId, version, reason });
    const which = version === 0 ? 'all versions' : `version ${version}`;
    return { json: { documentId: objectId, version, withdrawn: true }, lines: [`Withdrawn: ${which}.`] };
  });
}

/** `document uploads`: those begun on this device and not finished. */
export async function listUploads(call: Call): Promise<Outcome> {
  return withSession(call, async ({ client }) => {
    const abandoned = call.optional('abandon');
    if (abandoned !== undefined) await client.documents.abandon(await uploadNamed(abandoned, client));
    const uploads = (await client.documents.interrupted()).map(({ plan, parts }) => ({
      uploadId: plan.uploadId,
      file: harmless(plan.place),
      bytes: plan.source.size,
      partsDone: parts.length,
    }));
    const rows = uploads.map(({ uploadId, file, bytes }) => [uploadId, sizeText(bytes), file]);
    return {
      json: { uploads },
      lines: rows.length === 0 ? ['No interrupted uploads.'] : table(['upload', 'size', 'file'], rows),
    };
  });
}

/** By the beginning of its id, as other things are; one that this device does not know any more by the whole. */
async function uploadNamed(typed: string, client: Client): Promise<UploadId> {
  if (/^[0-9a-f]{32}$/.test(typed)) return parseUploadId(typed);
  const begun = await client.documents.interrupted();
  return choose(
    'upload',
    typed,
    begun.map(({ plan }) => plan.uploadId),
  );
}

/** Who opens a document says why: the legal ground always, the free text for the oversight body. */
function justificationOf(call: Call): Justification {
  const instrument = call.optional('instrument');
  return {
    legalBasis: call.choice('legalBasis', legalBases),
    text: said(call, 'justification'),
    ...(instrument === undefined ? {} : { instrument }),
  };
}

/** Words of the user that others are to read: nothing but blanks says nothing. @throws UsageError `cli/arguments`. */
function said(call: Call, option: string): string {
  const text = call.required(option);
  if (text.trim() === '') throw usageError('cli/arguments', { option: `--${option}`, reason: 'it is blank' });
  return text;
}

function versionOf(call: Call): number | undefined {
  return call.optional('version') === undefined ? undefined : call.whole('version', { min: 1, max: 2 ** 32 - 1 });
}

/** Into the folder or file that the user names; else into the working folder under a harmless form of the document's name. */
async function targetOf(call: Call, { manifest, objectId }: OpenDocument): Promise<string> {
  const name = safeFileName(manifest.name, `document-${objectId.slice(0, 12)}`);
  const out = call.optional('out');
  if (out === undefined) return call.path(name);
  const path = call.path(out);
  return (await isFolder(path)) ? join(path, name) : path;
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT') return false;
    throw accessError(error, path);
  }
}

function added(client: Client, document: OpenDocument): Outcome {
  const { objectId, version, manifest } = document;
  return {
    json: facts(client, document),
    lines: [
      `Added ${harmless(manifest.name)}: ${sizeText(manifest.trueSize)}, document ${objectId}, version ${version}.`,
    ],
  };
}

function facts(client: Client, { objectId, version, manifest, author, times, withdrawn }: OpenDocument) {
  const { labels } = manifest;
  return {
    documentId: objectId,
    version,
    name: manifest.name,
    mediaType: manifest.mediaType,
    bytes: manifest.trueSize,
    sha256: toHex(manifest.plaintextHash),
    handling: `H${labels.handling}`,
    author: { personId: author.personId, deviceId: author.deviceId, name: personName(client, author.personId) },
    addedAt: isoTime(times.saidAtMs),
    receivedAt: isoTime(times.receivedAtMs),
    ...(times.isBackdated ? { isBackdated: true } : {}),
    ...(withdrawn === undefined ? {} : { withdrawn }),
  };
}

function listed(client: Client, compartment: Compartment, documents: readonly OpenDocument[]): Outcome {
  const unreadable = client.documents.unreadable(compartment);
  const rows = documents.map(({ objectId, version, manifest, author, times, withdrawn }) => [
    objectId.slice(0, 12),
    String(version),
    sizeText(manifest.trueSize),
    timeText(times, (ms) => isoTime(ms).slice(0, 16)),
    personName(client, author.personId),
    `${harmless(manifest.name, 80)}${withdrawn === undefined ? '' : ` (withdrawn: ${harmless(withdrawn, 60)})`}`,
  ]);
  return {
    json: {
      compartmentId: compartment.compartmentId,
      documents: documents.map((document) => facts(client, document)),
      unreadable: unreadable.map((item) => unreadableDocument(client, item)),
    },
    lines: [
      ...(rows.length === 0 ? ['No documents.'] : table(['document', 'version', 'size', 'added', 'by', 'name'], rows)),
      ...unreadable.map((item) => unreadableLine(client, item)),
    ],
  };
}
