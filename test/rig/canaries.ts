import { open, readFile } from 'node:fs/promises';
import { toHex, utf8 } from '@rogatory/kernel';

interface Pattern {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const CHUNK_BYTES = 8 * 1024 * 1024;
const LONGEST_BYTES = 4_096;

/** Secrets and unique words, each in every form that it may take where it must not be. */
export class Canaries {
  /** By the first two bytes: which patterns begin so. */
  readonly #starts = new Map<number, Pattern[]>();
  readonly #isStart = new Uint8Array(1 << 16);
  #count = 0;

  /** @param secret at least 12 bytes, or a finding would mean little. */
  add(name: string, secret: Uint8Array | string): void {
    const bytes = typeof secret === 'string' ? utf8(secret) : secret;
    if (bytes.length < 12 || bytes.length > LONGEST_BYTES / 2) throw new Error(`${name} is no canary`);
    for (const [form, pattern] of formsOf(bytes)) this.#add({ name: `${name} (${form})`, bytes: pattern });
  }

  /** Looks for what others look for too. */
  static of(...others: readonly Canaries[]): Canaries {
    const all = new Canaries();
    for (const other of others)
      for (const patterns of other.#starts.values()) patterns.forEach((each) => all.#add(each));
    return all;
  }

  /** How many secrets in how many forms are looked for. */
  get size(): number {
    return this.#count;
  }

  /** Names of what occurs in these bytes. */
  in(bytes: Uint8Array): string[] {
    const found = new Set<string>();
    let window = bytes[0] ?? 0;
    for (let i = 1; i < bytes.length; i++) {
      window = ((window << 8) | (bytes[i] as number)) & 0xffff;
      if (this.#isStart[window] === 0) continue;
      for (const { name, bytes: pattern } of this.#starts.get(window) ?? []) {
        if (isAt(bytes, i - 1, pattern)) found.add(name);
      }
    }
    return [...found].sort();
  }

  async inFile(path: string): Promise<string[]> {
    return this.in(await readFile(path));
  }

  /** What occurs in the writable memory of a process of this user, by `/proc`; and how much of it was read. */
  async inMemory(pid: number): Promise<{ readonly found: string[]; readonly bytes: number }> {
    const maps = await readFile(`/proc/${pid}/maps`, 'utf8');
    const memory = await open(`/proc/${pid}/mem`, 'r');
    const found = new Set<string>();
    let bytes = 0;
    try {
      const chunk = Buffer.alloc(CHUNK_BYTES + LONGEST_BYTES);
      for (const { start, end } of writable(maps)) {
        for (let at = start; at < end; at += CHUNK_BYTES) {
          const length = Math.min(chunk.length, end - at);
          // A region may be gone by now, or may be one that nobody reads.
          const { bytesRead } = await memory.read(chunk, 0, length, at).catch(() => ({ bytesRead: 0 }));
          for (const name of this.in(chunk.subarray(0, bytesRead))) found.add(name);
          bytes += Math.min(bytesRead, CHUNK_BYTES);
        }
      }
    } finally {
      await memory.close();
    }
    return { found: [...found].sort(), bytes };
  }

  #add(pattern: Pattern): void {
    const [a = 0, b = 0] = pattern.bytes;
    const start = (a << 8) | b;
    this.#isStart[start] = 1;
    this.#starts.set(start, [...(this.#starts.get(start) ?? []), pattern]);
    this.#count++;
  }
}

function isAt(bytes: Uint8Array, place: number, pattern: Uint8Array): boolean {
  if (place + pattern.length > bytes.length) return false;
  for (let i = 0; i < pattern.length; i++) if (pattern[i] !== bytes[place + i]) return false;
  return true;
}

function writable(maps: string): { readonly start: number; readonly end: number }[] {
  return maps.split('\n').flatMap((line) => {
    const region = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line);
    return region === null
      ? []
      : [{ start: Number.parseInt(region[1] as string, 16), end: Number.parseInt(region[2] as string, 16) }];
  });
}

/** Raw, hexadecimal, Base64 at each of its three alignments in both alphabets, and two bytes a letter. */
function formsOf(bytes: Uint8Array): [string, Uint8Array][] {
  const hex = toHex(bytes);
  const forms: [string, Uint8Array][] = [
    ['as it is', bytes],
    ['hexadecimal', utf8(hex)],
    ['upper hexadecimal', utf8(hex.toUpperCase())],
    ['two bytes a letter', new Uint8Array(Buffer.from(Buffer.from(bytes).toString('latin1'), 'utf16le'))],
  ];
  for (let offset = 0; offset < 3; offset++) {
    const padded = Buffer.concat([Buffer.alloc(offset), bytes]);
    const whole = Math.floor((padded.length * 8) / 6);
    const base64 = padded.toString('base64').slice(offset === 0 ? 0 : offset + 1, whole);
    forms.push([`Base64 at ${offset}`, utf8(base64)]);
    const url = base64.replaceAll('+', '-').replaceAll('/', '_');
    if (url !== base64) forms.push([`Base64 for addresses at ${offset}`, utf8(url)]);
  }
  return forms;
}
