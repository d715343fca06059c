import { CodecError, limits } from '@rogatory/kernel';
import { isWitnessKey, keyTypes, parseVerifierKey, type VerifierKey } from './verifier-key.js';

/** A log or witness of a policy; the URL's meaning is the application's. */
export interface PolicyLog {
  readonly key: VerifierKey;
  readonly url: string | undefined;
}

/** Witness names and group names are octets of the file, one character per octet; they mean nothing outside of it. */
export interface PolicyWitness extends PolicyLog {
  readonly name: string;
}

/** Fulfilled when at least `threshold` members cosigned; members are witnesses and groups. */
export interface PolicyGroup {
  readonly name: string;
  readonly threshold: number;
  readonly members: readonly string[];
}

/** Which checkpoints to believe: signed by one of the logs and cosigned by the quorum (tlog-policy). */
export interface TrustPolicy {
  readonly logs: readonly PolicyLog[];
  readonly witnesses: readonly PolicyWitness[];
  readonly groups: readonly PolicyGroup[];
  /** A witness or group; undefined for `quorum none`. */
  readonly quorum: string | undefined;
}

const FORBIDDEN_OCTETS = /[^\t\n\u0020-\u007e\u0080-\u00ff]/;
const THRESHOLD = /^[1-9][0-9]{0,3}$/;
const NONE = 'none';
// Octets stand for themselves, one character each; `ascii` and `latin1` decoders would make Windows-1252 of them.
const octets = (bytes: Uint8Array): string => Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
const utf8Decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * A policy file. Fails closed: an unknown keyword, an unknown key type or a missing last newline (the file may have
 * been cut) refuses all of it.
 * @throws CodecError `tlog/policy` with the line number (from 1); `tlog/key-type`.
 */
export function parsePolicy(bytes: Uint8Array): TrustPolicy {
  if (bytes.length > limits.maxPolicyBytes) throw malformed(0);
  const text = octets(bytes);
  if (FORBIDDEN_OCTETS.test(text) || !text.endsWith('\n')) throw malformed(0);
  const draft = new Draft();
  const lines = text.slice(0, -1).split('\n');
  lines.forEach((line, i) =>
    draft.read(
      line.split(/[\t ]+/).filter((item) => item !== ''),
      i + 1,
    ),
  );
  return draft.finish();
}

class Draft {
  readonly #logs: PolicyLog[] = [];
  readonly #witnesses: PolicyWitness[] = [];
  readonly #groups: PolicyGroup[] = [];
  readonly #names = new Set<string>([NONE]);
  readonly #members = new Set<string>();
  readonly #keys = new Set<string>();
  #quorum: string | undefined;

  read(items: readonly string[], line: number): void {
    const [keyword, ...rest] = items;
    if (keyword === undefined || keyword.startsWith('#')) return;
    if (keyword === 'log') this.#log(rest, line);
    else if (keyword === 'witness') this.#witness(rest, line);
    else if (keyword === 'group') this.#group(rest, line);
    else if (keyword === 'quorum') this.#setQuorum(rest, line);
    else throw malformed(line);
  }

  finish(): TrustPolicy {
    // SPEC: tlog-policy: a policy file must include exactly one quorum line.
    if (this.#quorum === undefined) throw malformed(0);
    const quorum = this.#quorum === NONE ? undefined : this.#quorum;
    return { logs: this.#logs, witnesses: this.#witnesses, groups: this.#groups, quorum };
  }

  #log([vkey, url, ...rest]: readonly string[], line: number): void {
    if (vkey === undefined || rest.length > 0 || this.#logs.length >= limits.maxPolicyLogs) throw malformed(line);
    this.#logs.push({ key: this.#key(vkey, line, (key) => key.type === keyTypes.log), url });
  }

  #witness([name, vkey, url, ...rest]: readonly string[], line: number): void {
    if (name === undefined || vkey === undefined || rest.length > 0) throw malformed(line);
    if (this.#witnesses.length >= limits.maxPolicyWitnesses) throw malformed(line);
    this.#define(name, line);
    this.#witnesses.push({ name, key: this.#key(vkey, line, isWitnessKey), url });
  }

  #group([name, rule, ...members]: readonly string[], line: number): void {
    if (name === undefined || rule === undefined || members.length < 1) throw malformed(line);
    if (this.#groups.length >= limits.maxPolicyGroups) throw malformed(line);
    for (const member of members) {
      // SPEC: tlog-policy: each defined name can be listed as a group member at most once.
      if (!this.#isDefined(member) || this.#members.has(member)) throw malformed(line);
      this.#members.add(member);
    }
    this.#define(name, line);
    this.#groups.push({ name, threshold: threshold(rule, members.length, line), members });
  }

  #setQuorum([name, ...rest]: readonly string[], line: number): void {
    if (name === undefined || rest.length > 0 || this.#quorum !== undefined) throw malformed(line);
    if (name !== NONE && !this.#isDefined(name)) throw malformed(line);
    this.#quorum = name;
  }

  #isDefined(name: string): boolean {
    return name !== NONE && this.#names.has(name);
  }

  #define(name: string, line: number): void {
    if (this.#names.has(name)) throw malformed(line);
    this.#names.add(name);
  }

  /** SPEC: tlog-policy: two vkeys are duplicate if they wrap the same public key, even if names and ids differ. */
  #key(vkey: string, line: number, fits: (key: VerifierKey) => boolean): VerifierKey {
    const key = parseVerifierKey(utf8Text(vkey, line));
    // Stricter than the format: one key as log and as witness would let a log vouch for itself.
    const material = key.publicKey.join();
    if (!fits(key) || this.#keys.has(material)) throw malformed(line);
    this.#keys.add(material);
    return key;
  }
}

function threshold(rule: string, members: number, line: number): number {
  if (rule === 'any') return 1;
  if (rule === 'all') return members;
  if (!THRESHOLD.test(rule) || Number(rule) > members) throw malformed(line);
  return Number(rule);
}

function utf8Text(text: string, line: number): string {
  try {
    return utf8Decoder.decode(Uint8Array.from(text, (character) => character.charCodeAt(0)));
  } catch {
    throw malformed(line);
  }
}

function malformed(line: number): CodecError {
  return new CodecError('tlog/policy', 'not a trust policy', { details: { line } });
}
