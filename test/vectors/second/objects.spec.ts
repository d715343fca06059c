import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { invalidVectors, validVectors } from '../vector-files.js';
import { decode, kindOf, verified } from './kinds.js';
import { hex, Refused, unhex } from './wire.js';

const signerOf = ({ signer }: { readonly signer?: string }): Uint8Array | undefined =>
  signer === undefined ? undefined : unhex(signer);

describe('the second implementation', () => {
  it('imports nothing of the project', () => {
    const sources = readdirSync(import.meta.dirname).map((name) =>
      readFileSync(join(import.meta.dirname, name), 'utf8'),
    );
    const imported = sources.flatMap((text) =>
      [...text.matchAll(/^(?:import|export|\}).* from '([^']+)'/gm)].map(([, name]) => name),
    );
    const allowed =
      /^(node:(fs|path|crypto)|@jest\/globals|@noble\/[a-z-]+\/[a-z0-9-]+\.js|\.\/[a-z-]+\.js|\.\.\/vector-files\.js)$/;
    expect(imported.filter((name) => !allowed.test(name as string))).toEqual([]);
  });

  it.each(validVectors)('reads and writes $kind, $name', (vector) => {
    const decoded = verified(vector.kind, unhex(vector.bytes), signerOf(vector));
    const { derive, field } = kindOf(vector.kind);
    const derived = Object.entries(derive?.(decoded) ?? {}).map(([name, bytes]) => [name, hex(bytes)]);
    expect(decoded.value).toEqual(vector.value);
    expect(Object.fromEntries(derived)).toEqual(vector.derived);
    expect(hex(field.write(decoded.value))).toBe(vector.bytes);
  });

  it.each(invalidVectors)('refuses $kind, $name', (vector) => {
    const bytes = unhex(vector.bytes);
    expect(() => verified(vector.kind, bytes, signerOf(vector))).toThrow(Refused);
    if (vector.family === 'codec') expect(() => decode(vector.kind, bytes)).toThrow(Refused);
  });

  it.each(validVectors)('refuses every beginning of $kind, $name', ({ kind, bytes: text }) => {
    const bytes = unhex(text);
    const accepted = Array.from(bytes.keys()).filter((end) => {
      try {
        decode(kind, bytes.slice(0, end));
        return true;
      } catch (error) {
        if (error instanceof Refused) return false;
        throw error;
      }
    });
    expect(accepted).toEqual([]);
  });
});
