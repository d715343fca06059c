import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { operations } from '@rogatory/client';
import { newestEpochRecord, sealItem } from '@rogatory/e2ee';
import { systemRandom, toBase64, toHex } from '@rogatory/kernel';
import { actSubjects, encodeMessageContent, itemClasses } from '@rogatory/protocol';
import { clientOf, openCaseOfAll } from './stage.mjs';

/** @typedef {import('./stage.mjs').Staff} Staff */
/** @typedef {{ headers: Record<string, string>, body: string }} Prepared */
/** @typedef {{ rate: number, latencies: number[] }} LoadResult */

const TEXT = 'The documents that were asked for under the order of 12 November are in the folder. '.repeat(3);
const loadProgram = join(import.meta.dirname, 'programs/post-load.mjs');

/**
 * Members of one compartment who seal and sign posts ahead of time, as their SDKs would one by one.
 * @param {Staff} staff @param {string} url
 */
export async function makePosters(staff, url) {
  const clients = await Promise.all(staff.devices.map((device) => clientOf(staff, device, url)));
  const [lead] = clients;
  if (lead === undefined) throw new Error('nobody is there');
  const made = await openCaseOfAll(staff, lead);
  /** @type {{ senderSeq: number, hash: Uint8Array }[]} */
  const numbers = staff.devices.map(() => ({ senderSeq: 0, hash: new Uint8Array(32) }));
  /** @param {number} index @returns {Promise<Prepared>} */
  const prepare = async (index) => {
    const [device, client, last] = [staff.devices[index], clients[index], numbers[index]];
    if (device === undefined || client === undefined || last === undefined) throw new Error('no such poster');
    const { state, keyring, directoryHead } = made;
    const epoch = newestEpochRecord(state);
    const objectId = /** @type {import('@rogatory/kernel').ObjectId} */ (toHex(systemRandom(16)));
    const content = {
      threadId: objectId,
      wantsAcknowledgement: false,
      subject: 'Order of 12 November',
      text: TEXT,
      references: [],
    };
    const sealed = sealItem({
      author: { deviceId: device.id, authorityId: device.person.authority.id, signingKey: device.signing },
      place: { epoch, linkHash: state.head.linkHash, directoryHead, logHead: state.content },
      number: { senderSeq: last.senderSeq + 1, voids: 0, previousSenderHash: last.hash },
      ...{ itemClass: itemClasses.message, objectId, version: 1, plaintext: encodeMessageContent(content) },
      ...{ keyring, time: client.gateway.acts.time(), random: systemRandom },
    });
    numbers[index] = { senderSeq: last.senderSeq + 1, hash: sealed.itemHash };
    const act = await client.gateway.acts.make(actSubjects.postItem(sealed.header, sealed.bytes));
    const body = JSON.stringify({
      documentId: operations.postItemOperation.id,
      variables: { item: toBase64(sealed.bytes) },
    });
    const headers = {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      'rogatory-client': 'bench/1',
      authorization: `Bearer ${await client.gateway.accessToken()}`,
      'rogatory-act': toBase64(act.bytes),
    };
    return { headers, body };
  };
  return {
    ...made,
    clients,
    /** @param {number} posters @param {number} each @returns {Promise<Prepared[][]>} */
    prepare: async (posters, each) => {
      /** @type {Prepared[][]} */
      const all = [];
      for (let poster = 0; poster < posters; poster++) {
        /** @type {Prepared[]} */
        const posts = [];
        for (let i = 0; i < each; i++) posts.push(await prepare(poster));
        all.push(posts);
      }
      return all;
    },
    close: async () => {
      for (const client of clients) await client.close();
    },
  };
}

/**
 * Runs the load in a process of its own. Every post must be accepted.
 * @param {string} url @param {Prepared[][]} prepared @param {string} folder @returns {Promise<LoadResult>}
 */
export async function runLoad(url, prepared, folder) {
  const file = join(folder, 'posts.json');
  writeFileSync(file, JSON.stringify(prepared));
  const child = spawn(process.execPath, [loadProgram, url, file], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  for await (const chunk of child.stdout) text += chunk;
  const { milliseconds, latencies, refused, refusals } = JSON.parse(text);
  if (refused > 0) throw new Error(`${refused} posts were refused: ${refusals.join(' ')}`);
  return { rate: (latencies.length * 1000) / milliseconds, latencies };
}
