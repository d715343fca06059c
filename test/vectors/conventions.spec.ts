import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { aeadPurposes, auditEvents, contexts, signaturePurposes } from '@rogatory/protocol';
import { limits } from '@rogatory/kernel';

const root = join(import.meta.dirname, '../..');
const specification = (name: string): string => readFileSync(join(root, `docs/spec/${name}.md`), 'utf8');
const conventions = specification('conventions');
const section = (number: number): string => conventions.split(/^## /m)[number] ?? '';
const found = (text: string, pattern: RegExp): string[][] => [...text.matchAll(pattern)].map((match) => match.slice(1));

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.spec.ts'))
    .map((path) => readFileSync(join(root, folder, path), 'utf8'));
}

describe('docs/spec/conventions.md', () => {
  it('lists every context once', () => {
    const listed = found(section(5), /^\| `(rogatory\/[^`]+)` \|/gm).flat();
    expect(listed.sort()).toEqual(Object.values(contexts).sort());
  });

  it('lists every purpose of a signature', () => {
    const listed = found(section(6), /\| (\d+) \| [a-z]/g).flat();
    expect(listed.map(Number).sort((a, b) => a - b)).toEqual(Object.values(signaturePurposes));
  });

  it('lists every purpose of a sealed value', () => {
    const listed = found(section(7), /^\| (\d+) \|/gm).flat();
    expect(listed.map(Number)).toEqual(Object.values(aeadPurposes));
  });

  it('lists every magic that the code reads, each once', () => {
    const listed = found(section(4), /^\| `([A-Z0-9]{4})` \|/gm).flat();
    const declared = [...sources('libs/protocol/src'), ...sources('libs/e2ee/src')].flatMap((text) =>
      found(text, /MAGIC = '([A-Z0-9]{4})'/g).flat(),
    );
    expect(declared.sort()).toEqual([...listed].sort());
    expect(new Set(listed).size).toBe(listed.length);
  });

  it('states the sizes that the code bounds', () => {
    const sizes = new Map(found(section(4), /^\| `([A-Z0-9]{4})` \| [^|]+ \| ([\d,]+) \|/gm) as [string, string][]);
    const stated = (magic: string): number => Number(sizes.get(magic)?.replaceAll(',', ''));
    expect(stated('RGL1')).toBe(limits.maxLinkBytes);
    expect(stated('RGM1')).toBe(limits.maxItemBytes);
    expect(stated('RGH1')).toBe(limits.maxHeartbeatBytes);
    expect(stated('RGQ1')).toBe(limits.maxComplaintBytes);
    expect(stated('RGT1')).toBe(limits.maxActBytes);
    expect(stated('RGG1')).toBe(limits.maxWitnessReadBytes);
    expect(stated('RGD1')).toBe(limits.maxDirectoryBundleBytes);
    expect(stated('RGU1')).toBe(limits.maxAuditGroupBytes);
    expect(stated('RGY1')).toBe(limits.maxUploadJournalBytes);
    expect(stated('RGKC')).toBe(limits.maxKeyStoreContentBytes);
    for (const magic of ['RGR1', 'RGA1', 'RGC1', 'RGN1', 'RGV1', 'RGX1', 'RGE1']) {
      expect(stated(magic)).toBe(limits.maxDirectoryEntryBytes);
    }
  });
});

describe('docs/spec/events.md', () => {
  it('lists every event as the code has it', () => {
    const rows = found(specification('events'), /^\| `([a-z.]+)` \| (\w+) \| (\w+) \| ([\w ]+) \|$/gm);
    const declared = Object.entries(auditEvents).map(([code, event]) => [
      ...[code, event.class, event.gate, event.groups.join(' ')],
    ]);
    expect(rows).toEqual(declared);
  });
});
