/** Follows a chain by docs/spec/chains.md as far as bytes, hashes, membership and boxes go. */
import { type LinkEntry } from '../vector-files.js';
import { member } from './case-formats.js';
import type { EpochContext } from './epoch-keys.js';
import { decode, type Decoded, verified } from './kinds.js';
import { H, leafHash, sha256, treeRoot } from './primitives.js';
import { type Fields, hex, join, refuse, unhex } from './wire.js';

export interface Epoch extends EpochContext {
  readonly link: Fields;
}

/** chains 4.1: members by device id in hexadecimal. */
export function memberRoot(members: ReadonlyMap<string, Fields>): Uint8Array {
  const bitsOf = (id: string): string => [...unhex(id)].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const leaves = [...members].map(([id, fields]) => ({
    bits: bitsOf(id),
    hash: leafHash(H('rogatory/member/v1', member.write(fields))),
  }));
  const rootOf = (some: typeof leaves, from: number): Uint8Array => {
    if (some.length === 0) return sha256();
    if (some.length === 1) return some[0]?.hash ?? refuse('leaf');
    const [zeros, ones] = ['0', '1'].map((bit) => some.filter(({ bits }) => bits[from] === bit));
    if (zeros?.length === 0 || ones?.length === 0) return rootOf(some, from + 1);
    return sha256(Uint8Array.of(1), rootOf(zeros ?? [], from + 1), rootOf(ones ?? [], from + 1));
  };
  return rootOf(leaves, 0);
}

/** chains 6 */
export function boxRoot(boxes: readonly string[]): string {
  if (boxes.length === 0) return '00'.repeat(32);
  const leaves = boxes.map((text) => {
    const bytes = unhex(text);
    return leafHash(H('rogatory/box-leaf/v1', bytes.slice(0, 48), H('rogatory/box/v1', bytes)));
  });
  return hex(treeRoot(leaves));
}

const zeroId = new Uint8Array(32);

/** chains 2: ids of the case and of the compartment that a genesis begins; its ids stand at bytes 8 and 40. */
export function idsOf(genesis: Decoded): { caseId: string; compartmentId: string } {
  const context = genesis.until('context');
  const blank = (from: number): string =>
    hex(
      H(
        'rogatory/case-id/v1',
        join(context.slice(0, from), ...(from === 8 ? [zeroId] : []), zeroId, context.slice(72)),
      ),
    );
  return { caseId: blank(8), compartmentId: blank(40) };
}

const types = { leave: 5, remove: 4, drop: 6, role: 9 };

export class Replay {
  readonly members = new Map<string, Fields>();
  readonly leaves: Uint8Array[] = [];
  readonly epochs: Epoch[] = [];
  readonly #leaving = new Set<string>();
  newestLink = '00'.repeat(32);
  seq = -1;

  /** Refuses a link that does not follow; gives its decoded form. */
  link({ bytes: text, boxes }: LinkEntry): Decoded {
    const bytes = unhex(text);
    const { link } = decode('link', bytes).value as { link: Fields };
    const [genesis] = ((link['body'] as Fields)['members'] ?? []) as readonly Fields[];
    const signer = this.members.get(link['signerDevice'] as string) ?? (this.seq < 0 ? genesis : undefined);
    const decoded = verified('link', bytes, unhex((signer ?? refuse('not a member'))['signingKey'] as string));
    this.#checkPlace(link);
    this.#change(link);
    if (hex(memberRoot(this.members)) !== link['memberRoot']) refuse('member root');
    if (boxRoot(boxes) !== link['boxRoot']) refuse('box root');
    this.newestLink = hex(H('rogatory/link/v1', decoded.until('signed')));
    this.seq += 1;
    this.leaves.push(leafHash(bytes));
    if (link['epoch'] !== this.epochs.length) this.epochs.push(epochOf(decoded, link));
    return decoded;
  }

  /** Refuses an item that does not follow; gives its decoded form. */
  item(text: string): Decoded {
    const bytes = unhex(text);
    const { header } = decode('item', bytes).value as { header: Fields };
    const sender = this.members.get(header['senderDevice'] as string) ?? refuse('not a member');
    const decoded = verified('item', bytes, unhex(sender['signingKey'] as string));
    if (header['linkHash'] !== this.newestLink || header['epoch'] !== this.epochs.length) refuse('place');
    this.leaves.push(leafHash(bytes));
    return decoded;
  }

  #checkPlace(link: Fields): void {
    const { size, root } = link['logHead'] as Fields;
    const follows = link['seq'] === this.seq + 1 && link['previousLinkHash'] === this.newestLink;
    if (!follows || size !== this.leaves.length || root !== hex(treeRoot(this.leaves))) refuse('does not follow');
  }

  #change(link: Fields): void {
    const body = link['body'] as Fields;
    const person = body['personId'];
    const isOf = (id: unknown) => (fields: Fields) => fields['personId'] === id;
    if (link['epoch'] !== this.epochs.length) {
      for (const left of this.#leaving) this.#drop(isOf(left));
      this.#leaving.clear();
    }
    for (const leaf of (body['members'] ?? []) as readonly Fields[]) this.members.set(leaf['deviceId'] as string, leaf);
    if (link['type'] === types.leave) this.#leaving.add(person as string);
    if (link['type'] === types.remove) this.#drop(isOf(person));
    if (link['type'] === types.drop)
      this.#drop(({ deviceId }) => (body['devices'] as readonly unknown[]).includes(deviceId));
    if (link['type'] !== types.role) return;
    for (const [id, fields] of this.members) {
      if (fields['personId'] === person) this.members.set(id, { ...fields, role: body['role'] });
    }
  }

  #drop(isGone: (fields: Fields) => boolean): void {
    for (const [id, fields] of this.members) if (isGone(fields)) this.members.delete(id);
  }
}

function epochOf(decoded: Decoded, link: Fields): Epoch {
  return {
    ...{ link, suite: link['suite'] as number, epoch: link['epoch'] as number },
    ...{ caseId: unhex(link['caseId'] as string), compartmentId: unhex(link['compartmentId'] as string) },
    contextHash: H('rogatory/link-context/v1', decoded.until('context')),
  };
}
