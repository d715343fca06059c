import { parseUtf8, utf8 } from '@rogatory/kernel';
import { encodeTlogProof, inclusionProof, TileHashReader } from '@rogatory/tlog';
import { withFlippedBit } from './log-mutations.js';
import { oneOf, type RandomLog } from './random-logs.js';

/** A receipt with the entry that it is about, as a verifier is given them. */
export interface ReceiptEvidence {
  readonly leaf: Uint8Array;
  readonly proof: Uint8Array;
  readonly policy: string;
}

type Mutation = (receipt: ReceiptEvidence, log: RandomLog) => Promise<ReceiptEvidence> | ReceiptEvidence;

export const receiptMutations: Readonly<Record<string, Mutation>> = {
  nothing: (receipt) => receipt,
  'a bit of the receipt': (receipt, { draw }) => ({
    ...receipt,
    proof: withFlippedBit(receipt.proof, draw(receipt.proof.length * 8)),
  }),
  'a bit of the leaf': (receipt, { draw }) => ({
    ...receipt,
    leaf: withFlippedBit(receipt.leaf, draw(receipt.leaf.length * 8)),
  }),
  'another index': (receipt, { draw, size }) => edited(receipt, /index \d+/, `index ${draw(2 * size)}`),
  'an index that is no number': (receipt, { draw }) =>
    edited(receipt, /index (\d+)/, oneOf(draw, ['index 0$1', 'index -$1', 'index $1.0', 'index', 'index 9e15'])),
  'a hash too many': (receipt) => edited(receipt, /\n\n/, `\n${'A'.repeat(43)}=\n\n`),
  'a hash too few': (receipt) => edited(receipt, /(index \d+)\n[^\n]+/, '$1'),
  'a hash in another form of base64': (receipt) => edited(receipt, /[A-Za-z0-9+/]=\n/, 'B=\n'),
  'data besides': (receipt) => edited(receipt, /\nindex/, '\nextra AAAA\nindex'),
  'another header': (receipt) => edited(receipt, /proof@v1/, 'proof@v2'),
  'cosignatures missing': (receipt, { draw }) => edited(receipt, /\n— witness[^\n]+\n/, draw(2) === 0 ? '\n' : '\n\n'),
  'a head under another log key': async (receipt, log) => {
    const head = await log.stranger().head({ size: log.size, root: log.tail.root() });
    const [proof = ''] = parseUtf8(receipt.proof).split('\n\n');
    return { ...receipt, proof: utf8(`${proof}\n\n${parseUtf8(head)}`) };
  },
  'a proof from another size': async (receipt, log) => {
    if (log.size < 2) return receipt;
    const size = 1 + log.draw(log.size - 1);
    return receiptOf(log, log.draw(size), size);
  },
};

/** A receipt for an entry of a log that is not empty, a random one where left out. */
export function honestReceipt(log: RandomLog, index = log.draw(log.size)): Promise<ReceiptEvidence> {
  return receiptOf(log, index, log.size);
}

async function receiptOf(log: RandomLog, index: number, size: number): Promise<ReceiptEvidence> {
  const tiles = { readTile: async (path: string) => log.files.get(path) };
  const full = new TileHashReader(tiles, log.size);
  const hashes = await inclusionProof(index, size, full);
  const checkpoint = log.heads.at(-1) ?? new Uint8Array(0);
  const proof = encodeTlogProof({ index, hashes, checkpoint, extra: undefined });
  return { leaf: log.entries[index] ?? new Uint8Array(0), proof, policy: log.policy };
}

function edited(receipt: ReceiptEvidence, from: RegExp, to: string): ReceiptEvidence {
  return { ...receipt, proof: utf8(parseUtf8(receipt.proof).replace(from, to)) };
}
