import { concatBytes, fromBase64Url, type RandomBytes, type Secret, toBase64Url, utf8 } from '@rogatory/kernel';
import { isEqualConstantTime, keyedHash, sha256 } from '@rogatory/crypto/verify';
import { contexts } from '@rogatory/protocol';
import { loginRefused } from '../domain/login.errors.js';

/** A refresh token as the client holds it, with the hash that storage knows it by. */
export interface RefreshToken {
  readonly text: string;
  readonly hash: Uint8Array;
}

const PREFIX = 'rgr_';
const ID_BYTES = 16;
const TAG_BYTES = 16;
const FORM = /^rgr_[A-Za-z0-9_-]{43}$/;

/**
 * Tokens of `id 16 ‖ tag 16`: one that the server did not make is refused without asking storage. The successor follows
 * from the token, so that two honest refreshes at once get the same one although only its hash is stored. SPEC: login 4.
 */
export class RefreshTokens {
  readonly #key: Secret;
  readonly #random: RandomBytes;

  constructor(key: Secret, random: RandomBytes) {
    this.#key = key;
    this.#random = random;
  }

  first(): RefreshToken {
    return this.#tokenOf(this.#random(ID_BYTES));
  }

  successorOf(token: RefreshToken): RefreshToken {
    return this.#tokenOf(this.#derive('successor', token.hash).slice(0, ID_BYTES));
  }

  /** @throws RefusedError `login/refused` on anything that is not a token of this server, access tokens among them. */
  parse(text: string): RefreshToken {
    if (!FORM.test(text)) throw loginRefused('refresh-token');
    let bytes: Uint8Array;
    try {
      bytes = fromBase64Url(text.slice(PREFIX.length));
    } catch {
      throw loginRefused('refresh-token');
    }
    const token = this.#tokenOf(bytes.slice(0, ID_BYTES));
    if (!isEqualConstantTime(utf8(token.text), utf8(text))) throw loginRefused('refresh-token');
    return token;
  }

  #tokenOf(id: Uint8Array): RefreshToken {
    const bytes = concatBytes(id, this.#derive('tag', id).slice(0, TAG_BYTES));
    return { text: PREFIX + toBase64Url(bytes), hash: sha256(bytes) };
  }

  #derive(use: 'tag' | 'successor', bytes: Uint8Array): Uint8Array {
    const input = { key: this.#key, context: contexts.refreshToken, length: 32 } as const;
    return keyedHash(input, utf8(`${use}\0`), bytes);
  }
}
