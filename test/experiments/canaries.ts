import { createHash } from 'node:crypto';

/** A place where a marker was found, and how it was written there. */
export interface Hit {
  readonly marker: string;
  readonly encoding: string;
  readonly where: string;
}

interface Needle {
  readonly marker: string;
  readonly encoding: string;
  readonly bytes: Buffer;
}

/** Shorter ones would be found by chance: the odds of 10 random bytes in a terabyte are below 10⁻¹¹. */
const MIN_NEEDLE_BYTES = 10;

/** Unique markers for everything that is secret, and the search for them in whatever a server keeps or says. */
export class Canaries {
  readonly #seed: string;
  readonly #needles: Needle[] = [];
  readonly #texts = new Map<string, string>();

  constructor(seed: string) {
    this.#seed = seed;
  }

  /** A text to be used where a person writes one; the same at each call. */
  text(name: string): string {
    const known = this.#texts.get(name);
    if (known !== undefined) return known;
    const text = `canary ${createHash('sha256').update(`${this.#seed} ${name}`).digest('hex').slice(0, 24)}`;
    this.#texts.set(name, text);
    // Without the common word: a part of it is enough to know it by.
    this.watch(name, Buffer.from(text.slice('canary '.length)));
    return text;
  }

  /** Bytes that nobody but clients may hold, in every form in which they could be written down. */
  watch(marker: string, bytes: Uint8Array): void {
    if (bytes.length < MIN_NEEDLE_BYTES) throw new RangeError(`${marker} is too short to be searched for`);
    const isKnown = this.#needles.some((needle) => needle.marker === marker && needle.bytes.equals(bytes));
    if (isKnown) return;
    for (const [encoding, form] of formsOf(Buffer.from(bytes))) this.#needles.push({ marker, encoding, bytes: form });
  }

  get markers(): readonly string[] {
    return [...new Set(this.#needles.map(({ marker }) => marker))];
  }

  get forms(): number {
    return this.#needles.length;
  }

  /** Every marker that stands in these bytes. */
  search(where: string, haystack: Uint8Array): Hit[] {
    const bytes = Buffer.from(haystack.buffer, haystack.byteOffset, haystack.byteLength);
    const found = this.#needles.filter((needle) => bytes.includes(needle.bytes));
    return found.map(({ marker, encoding }) => ({ marker, encoding, where }));
  }
}

/** Base64 shifts with the place in the text around it: three cuts, without the characters that neighbours change. */
function formsOf(bytes: Buffer): [string, Buffer][] {
  const hex = bytes.toString('hex');
  const forms: [string, Buffer][] = [
    ['raw', bytes],
    ['reversed', Buffer.from(bytes).reverse()],
    ['hex', Buffer.from(hex)],
    ['HEX', Buffer.from(hex.toUpperCase())],
    ['utf16le', Buffer.from(bytes.toString('latin1'), 'utf16le')],
    ['percent', Buffer.from([...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0').toUpperCase()}`).join(''))],
    ['json list', Buffer.from([...bytes].join(','))],
  ];
  for (const shift of [0, 1, 2]) {
    const text = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .replaceAll('=', '');
    const inner = text.slice(shift === 0 ? 0 : shift + 1, -2);
    forms.push([`base64+${shift}`, Buffer.from(inner)]);
    const url = inner.replaceAll('+', '-').replaceAll('/', '_');
    if (url !== inner) forms.push([`base64url+${shift}`, Buffer.from(url)]);
  }
  return forms.filter(([, form]) => form.length >= MIN_NEEDLE_BYTES);
}
