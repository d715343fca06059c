import { limits, toHex } from '@rogatory/kernel';
import { matchesFingerprint, registrarKeyIdOf, rootFingerprint } from '@rogatory/pki';
import { assemblePaper } from '../ceremony/assembly.js';
import { encodeBundle, extendBundle, type VerifiedBundle, verifyBundle } from '../ceremony/bundle.js';
import { decodeKeyFile, MAX_KEY_FILE_BYTES, unlockSigningKey } from '../ceremony/key-file.js';
import { decodePaper, encodePaper, MAX_PAPER_BYTES, paperReading } from '../ceremony/paper-file.js';
import { mergePapers, type Paper, paperFingerprint, signPaper } from '../ceremony/paper.js';
import { encodeRootFile } from '../ceremony/root-file.js';
import type { Call } from '../run/call.js';
import { refusedError, usageError } from '../run/cli.errors.js';
import { isPresent, readBounded, writeWhole } from '../run/files.js';
import { harmless } from '../run/harmless.js';
import type { Json, Outcome } from '../run/outcome.js';
import { readPassphrase } from '../run/passphrase.js';

/** `paper show` */
export async function showPaper(call: Call): Promise<Outcome> {
  return describePaper(await readPaper(call, call.argument(0)));
}

/** `paper sign`: nothing is signed whose words were not compared. */
export async function signPaperFile(call: Call): Promise<Outcome> {
  const path = call.path(call.argument(0));
  const paper = await readPaper(call, path);
  const keyPath = call.path(call.required('key'));
  const file = decodeKeyFile(await readBounded(keyPath, MAX_KEY_FILE_BYTES));
  if (file.kind === 'oversight') throw refusedError('cli/wrong-holder', { kind: file.kind });
  await confirmPaper(call, paper);
  const key = await unlockSigningKey(file, await readPassphrase(call, keyPath));
  const signed = signPaper(paper, file.kind, key);
  key.wipe();
  const out = call.optional('out');
  await writeWhole(call.path(out ?? path), encodePaper(signed), { replace: out === undefined });
  return describePaper(signed);
}

/** Shows a paper to whoever is to sign it and asks for its words. @throws RefusedError `cli/not-confirmed`. */
export async function confirmPaper(call: Call, paper: Paper): Promise<void> {
  const { console } = call.context;
  for (const line of describePaper(paper).lines) console.error(line);
  const typed =
    call.optional('expect') ??
    (await console.ask('Type the fingerprint words as you got them by another way (four letters of each suffice): '));
  if (!matchesFingerprint(paperFingerprint(paper).digest, typed)) throw refusedError('cli/not-confirmed');
}

/** `paper assemble` */
export async function assemblePapers(call: Call): Promise<Outcome> {
  const [first, ...rest] = await Promise.all(call.argumentList(0).map((path) => readPaper(call, path)));
  if (first === undefined) throw usageError('cli/arguments');
  const path = call.path(call.required('bundle'));
  const before = (await isPresent(path)) ? await readBundle(path) : undefined;
  const paper = mergePapers([first, ...rest]);
  const entries = assemblePaper(paper, before?.state.view);
  const added = { entries, cards: paper.card === undefined ? [] : [paper.card] };
  const after = extendBundle(before, added, call.context.clock.nowMs());
  await writeWhole(path, encodeBundle(after), { replace: before !== undefined });
  await writeRoot(call, after);
  return {
    json: { bundle: path, size: after.state.size, root: toHex(after.state.head.root), added: entries.length },
    lines: [
      `${entries.length} entries verified and added; the directory has ${after.state.size}.`,
      ...rootLines(after),
    ],
  };
}

/** The root file of a directory, where the user asked for it. */
export async function writeRoot(call: Call, verified: VerifiedBundle): Promise<void> {
  const out = call.optional('rootOut');
  if (out !== undefined) await writeWhole(call.path(out), encodeRootFile(verified), { replace: true });
  const entryOut = call.optional('entryOut');
  const [entry] = verified.bundle.entries;
  if (entryOut !== undefined && entry !== undefined) {
    await writeWhole(call.path(entryOut), entry, { replace: true });
  }
}

export async function readBundle(path: string): Promise<VerifiedBundle> {
  return verifyBundle(await readBounded(path, limits.maxDirectoryBundleBytes));
}

export async function readPaper(call: Call, path: string): Promise<Paper> {
  return decodePaper(await readBounded(call.path(path), MAX_PAPER_BYTES));
}

export function rootLines({ state }: VerifiedBundle): string[] {
  return [`root fingerprint  ${rootFingerprint(state.pinnedRootHash).words.join(' ')}`];
}

/** What a paper says and who signed it; as lines and as data. */
export function describePaper(paper: Paper): Outcome {
  const reading = paperReading(paper);
  const signatures = paper.parts.map(({ kind, signatures: given }) => ({
    kind,
    signedBy: given.map(({ role, publicKey }) => ({ role, key: registrarKeyIdOf(publicKey) })),
  }));
  const lines = [
    ...reading.statements.flatMap((statement) => [
      '',
      ...Object.entries(statement).map(([field, value]) => `  ${field.padEnd(22)}${valueText(value)}`),
    ]),
    '',
    ...('names' in reading ? [`  ${'names'.padEnd(22)}${reading.names?.person}, ${reading.names?.post}`] : []),
    ...signatures.map(
      ({ kind, signedBy }) =>
        `  ${`${kind} signed by`.padEnd(22)}${signedBy.map(({ role, key }) => `${role} ${key}`).join(', ') || 'nobody yet'}`,
    ),
    ...('deviceFingerprint' in reading ? [`the device shows   ${reading.deviceFingerprint}`] : []),
    `paper fingerprint  ${reading.fingerprint}`,
    `in digits          ${reading.digits}`,
  ];
  return { json: { ...reading, signatures }, lines };
}

function valueText(value: Json | undefined): string {
  if (typeof value === 'string') return harmless(value);
  if (Array.isArray(value)) return value.map(valueText).join(', ');
  return harmless(JSON.stringify(value) ?? '');
}
