import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeForkProof } from '@rogatory/tlog';
import { z } from 'zod';
import type { Stage } from '../stage.js';
import { CopiedLog, rewriteLog, spoilings } from '../thief/spoiled-log.js';
import { check } from '../transcript.js';
import { type ExportedLog, trusting, verifyFolder } from './verification.js';

const trustFile = z.object({ origin: z.string() });
const forkVerdict = z.object({ isProven: z.boolean() });

/** One tampering of each kind, at a copy of the exported log; no server runs. */
export async function spoilCopies(stage: Stage, exported: ExportedLog): Promise<void> {
  const { transcript } = stage;
  transcript.act('Copies of the log are tampered with, one kind after the other');
  const honest = await CopiedLog.read(exported.folder);
  for (const { name, firstBadIndex, spoil } of spoilings(honest.size)) {
    const copy = honest.copy();
    spoil(copy);
    const folder = await stage.room(`log, ${name}`);
    await copy.write(folder);
    await copyFile(join(exported.folder, 'trust.json'), join(folder, 'trust.json'));
    const { verdict, isSound } = await verifyFolder(stage, folder);
    const bad = verdict.claims.find(({ outcome }) => outcome === 'fails');
    const isNamed = !isSound && bad?.firstBadIndex === firstBadIndex;
    check(transcript, isNamed, `${name}: ${bad?.claim ?? 'nothing'} fails at index ${bad?.firstBadIndex}`);
  }
  await rewriteHistory(stage, exported, honest);
}

/** Whoever runs the server has the log's key, and can sign another history: heads that others kept contradict it. */
async function rewriteHistory(stage: Stage, { folder: honestFolder }: ExportedLog, honest: CopiedLog): Promise<void> {
  const { transcript } = stage;
  const { origin } = trustFile.parse(JSON.parse(await readFile(join(honestFolder, 'trust.json'), 'utf8')));
  const folder = await stage.room('log, rewritten');
  const leaves = honest.leaves();
  const rewritten = leaves.map((leaf, i) => (i === leaves.length >> 1 ? (leaves[i - 1] ?? leaf) : leaf));
  await rewriteLog(rewritten, { origin, signerFolder: join(stage.dataFolder, 'signer'), folder });
  await copyFile(join(honestFolder, 'trust.json'), join(folder, 'trust.json'));
  const { verdict } = await verifyFolder(stage, folder, ['--earlier', join(honestFolder, 'checkpoint')]);
  const failed = (name: string) => verdict.claims.find(({ claim, outcome }) => claim === name && outcome === 'fails');
  const [older, quorum] = [failed('earlier-heads'), failed('witnesses')];
  transcript.say('history is written anew with another record, and signed with the real log key');
  check(transcript, quorum !== undefined, `no witness vouches for it (${quorum?.code})`);
  check(transcript, older !== undefined, `a head that somebody kept contradicts it (${older?.code})`);
  await proveFork(stage, { honestFolder, folder });
}

/** Two heads of one size, both signed with the key of the log: whoever holds them proves it to everybody, without a server. */
async function proveFork(
  stage: Stage,
  { honestFolder, folder }: { readonly honestFolder: string; readonly folder: string },
): Promise<void> {
  const { transcript } = stage;
  const [first, second] = await Promise.all([
    readFile(join(honestFolder, 'checkpoint')),
    readFile(join(folder, 'checkpoint')),
  ]);
  const proof = join(await stage.room('fork'), 'fork-proof.json');
  await writeFile(proof, encodeForkProof({ first, second, hashes: [] }));
  const terms = trusting(stage, honestFolder);
  const proven = await stage.commandOfNobody(['audit', 'fork', proof, ...terms]);
  const isProven = proven.exitCode === 0 && forkVerdict.parse(proven.json).isProven;
  const claim = 'the fork is proved: both heads in one file convince anybody who knows the key of the log';
  check(transcript, isProven, claim);
  await writeFile(proof, encodeForkProof({ first, second: first, hashes: [] }));
  const refuted = await stage.commandOfNobody(['audit', 'fork', proof, ...terms]);
  const isRefuted = refuted.exitCode !== 0 && !forkVerdict.parse(refuted.json).isProven;
  check(transcript, isRefuted, 'of an honest log nothing of the kind can be shown: the same head twice proves nothing');
}
