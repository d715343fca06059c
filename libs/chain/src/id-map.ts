/** The result of the last fold, kept where it was made: a weak map of all nodes costs more than the hashes saved. */
interface Remembered {
  by: object;
  result: unknown;
}

interface Leaf<Value> extends Remembered {
  readonly key: string;
  readonly value: Value;
}

interface Branch<Value> extends Remembered {
  /** The first bit, from the most significant, at which the ids below differ. */
  readonly bit: number;
  readonly zero: Node<Value>;
  readonly one: Node<Value>;
}

/** All nodes have one shape from the start, which keeps look-ups fast. */
const nobody = {};

type Node<Value> = Leaf<Value> | Branch<Value>;

/** How the values of a map are folded into one, from the leaves up; one object per kind of fold, so that it is known again. */
export interface Fold<Value, Result> {
  leaf(value: Value): Result;
  branch(zero: Result, one: Result): Result;
}

/**
 * An immutable map from ids of one length (lower-case hexadecimal) to values. A change copies one path of about log2(n)
 * nodes and shares the rest, so that a chain of 10,000 links over 1,000 members stays small and fast. Its shape, and so
 * every fold over it, depends on its entries alone and not on the order in which they came. Iterates in order of the ids.
 */
export class IdMap<Id extends string, Value> implements Iterable<readonly [Id, Value]> {
  readonly #root: Node<Value> | undefined;
  readonly size: number;

  private constructor(root: Node<Value> | undefined, size: number) {
    this.#root = root;
    this.size = size;
  }

  static empty<Id extends string, Value>(): IdMap<Id, Value> {
    return new IdMap<Id, Value>(undefined, 0);
  }

  get(id: Id): Value | undefined {
    let node = this.#root;
    while (node !== undefined && isBranch(node)) node = bitOf(id, node.bit) === 0 ? node.zero : node.one;
    return node?.key === id ? node.value : undefined;
  }

  has(id: Id): boolean {
    return this.get(id) !== undefined;
  }

  set(id: Id, value: Value): IdMap<Id, Value> {
    const leaf: Leaf<Value> = { by: nobody, result: undefined, key: id, value };
    if (this.#root === undefined) return new IdMap<Id, Value>(leaf, 1);
    const nearest = nearestKey(this.#root, id);
    if (nearest === id) return new IdMap<Id, Value>(replaced(this.#root, leaf), this.size);
    return new IdMap<Id, Value>(inserted(this.#root, leaf, firstDifference(nearest, id)), this.size + 1);
  }

  delete(id: Id): IdMap<Id, Value> {
    if (!this.has(id)) return this;
    return new IdMap<Id, Value>(removed(this.#root as Node<Value>, id), this.size - 1);
  }

  *[Symbol.iterator](): IterableIterator<readonly [Id, Value]> {
    const open: Node<Value>[] = this.#root === undefined ? [] : [this.#root];
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      if (isBranch(node)) open.push(node.one, node.zero);
      else yield [node.key as Id, node.value];
    }
  }

  *values(): IterableIterator<Value> {
    for (const [, value] of this) yield value;
  }

  /** The fold of all values, undefined for an empty map. Subtrees that were folded before are not visited again. */
  fold<Result>(how: Fold<Value, Result>): Result | undefined {
    return this.#root === undefined ? undefined : folded(this.#root, how);
  }
}

function isBranch<Value>(node: Node<Value>): node is Branch<Value> {
  return 'bit' in node;
}

function nibble(id: string, at: number): number {
  const code = id.charCodeAt(at);
  return code < 0x3a ? code - 0x30 : code - 0x57;
}

function bitOf(id: string, bit: number): number {
  return (nibble(id, bit >>> 2) >>> (3 - (bit & 3))) & 1;
}

/** The first bit in which two different ids of one length differ. */
function firstDifference(a: string, b: string): number {
  let at = 0;
  while (a.charCodeAt(at) === b.charCodeAt(at)) at++;
  return 4 * at + Math.clz32((nibble(a, at) ^ nibble(b, at)) << 28);
}

function nearestKey<Value>(root: Node<Value>, id: string): string {
  let node = root;
  while (isBranch(node)) node = bitOf(id, node.bit) === 0 ? node.zero : node.one;
  return node.key;
}

function branch<Value>(bit: number, zero: Node<Value>, one: Node<Value>): Branch<Value> {
  return { by: nobody, result: undefined, bit, zero, one };
}

function inserted<Value>(node: Node<Value>, leaf: Leaf<Value>, bit: number): Node<Value> {
  if (!isBranch(node) || node.bit > bit) {
    return bitOf(leaf.key, bit) === 0 ? branch(bit, leaf, node) : branch(bit, node, leaf);
  }
  return bitOf(leaf.key, node.bit) === 0
    ? branch(node.bit, inserted(node.zero, leaf, bit), node.one)
    : branch(node.bit, node.zero, inserted(node.one, leaf, bit));
}

function replaced<Value>(node: Node<Value>, leaf: Leaf<Value>): Node<Value> {
  if (!isBranch(node)) return leaf;
  return bitOf(leaf.key, node.bit) === 0
    ? branch(node.bit, replaced(node.zero, leaf), node.one)
    : branch(node.bit, node.zero, replaced(node.one, leaf));
}

function removed<Value>(node: Node<Value>, id: string): Node<Value> | undefined {
  if (!isBranch(node)) return undefined;
  if (bitOf(id, node.bit) === 0) {
    const zero = removed(node.zero, id);
    return zero === undefined ? node.one : branch(node.bit, zero, node.one);
  }
  const one = removed(node.one, id);
  return one === undefined ? node.zero : branch(node.bit, node.zero, one);
}

function folded<Value, Result>(node: Node<Value>, how: Fold<Value, Result>): Result {
  if (node.by === how) return node.result as Result;
  const result = isBranch(node) ? how.branch(folded(node.zero, how), folded(node.one, how)) : how.leaf(node.value);
  node.by = how;
  node.result = result;
  return result;
}
