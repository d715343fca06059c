import { describe, expect, it } from '@jest/globals';
import { parseUtf8, toHex } from '@rogatory/kernel';
import { seededRandom } from '@rogatory/pki/testing';
import { leafHash, parseNote } from '@rogatory/tlog';
import { decodeExportLine } from '../export/export-file.js';
import { joined, TestLog } from '../testing/test-log.js';
import { documentOf, TestRecords } from '../testing/test-records.js';
import { csvField } from './csv.js';
import { type ExportFormatName, exportFormats, renderExport } from './render-export.js';
import { TlogFolder } from './tlog-folder.js';

const random = seededRandom(31);
const records = new TestRecords(random);
const log = new TestLog(random);
const detail = '=HYPERLINK("http://x")';
await log.append([
  records.act({ ev: 'doc.read', what: { ...documentOf(random), detail } }),
  ...Array.from({ length: 599 }, () => records.act()),
]);
const lines = await log.exportLines({ isOpen: (index) => index !== 1 });
const trailerLine = decodeExportLine((lines.at(-1) ?? new Uint8Array()).subarray(0, -1));
const trust = { origin: log.origin, logKeys: [log.logKey], nowMs: Date.UTC(2026, 10, 24) };

async function rendered(name: ExportFormatName, from = lines): Promise<string> {
  if (trailerLine.kind !== 'trailer') throw new RangeError('no trailer');
  let text = '';
  const write = async (part: string) => {
    text += part;
  };
  await renderExport({ ...trust, chunks: from, format: exportFormats[name], trailer: trailerLine.trailer, write });
  return text;
}

describe('an export for other programs', () => {
  it('T24: as CSV has one quoted row per record, and no formula', async () => {
    const text = await rendered('csv');
    const rows = text.split('\r\n');
    expect(rows).toHaveLength(1 + 600 + 1);
    expect(rows[0]).toContain('"index","time","record"');
    expect(rows[1]).toContain(`"'${detail.replaceAll('"', '""')}"`);
    expect(rows[1]).toContain('"2026-11-23T10:00:00.000+01:00"');
    const widths = new Set(rows.slice(0, -1).map((row) => row.match(/"(?:[^"]|"")*"/g)?.length));
    expect([...widths]).toEqual([rows[0]?.split(',').length]);
    expect(rows[2]).toMatch(/^"1",.*,"","","","",/);
  });

  it('T24: makes a field inert, whatever it begins with or holds', () => {
    for (const sign of ['=', '+', '-', '@', '\t=', ' =', '＝', '|', '%'])
      expect(csvField(`${sign}1`)).toMatch(/^"'|^"\\u/);
    expect(csvField('a\r\n"b"\u202e\u0007')).toBe('"a\\u{d}\\u{a}""b""\\u{202e}\\u{7}"');
    expect(csvField('Eurojust 7/2026')).toBe('"Eurojust 7/2026"');
  });

  it('as OCSF says chain, place, fingerprint and the signatures that hold', async () => {
    const events = (await rendered('ocsf'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(events).toHaveLength(600);
    expect(events[0]).toMatchObject({
      class_uid: 6006,
      activity_id: 2,
      type_uid: 600602,
      category_uid: 6,
      status_id: 1,
    });
    expect(events[7]).toMatchObject({
      metadata: { profiles: ['record_integrity'], sequence: 7, event_code: 'msg.send' },
      attestation_list: [
        {
          uid: '7',
          chain_uid: log.origin,
          prev_event: { uid: '6' },
          fingerprint: { algorithm_id: 3, value: toHex(leafHash(log.records[7]?.leaf ?? new Uint8Array())) },
          signatures: [{ certificate: { subject: log.origin } }],
        },
      ],
    });
  });

  it('as CloudEvents has the attributes that the format demands, in an order that sorts as text', async () => {
    const events = (await rendered('cloudevents'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, string>);
    for (const { specversion, id, source, type, time } of events) {
      expect([specversion, type?.startsWith('rogatory.audit.')]).toEqual(['1.0', true]);
      expect([id, source, time].every((text) => text !== undefined && text.length > 0)).toBe(true);
    }
    const sequences = events.map(({ sequence }) => sequence ?? '');
    expect(sequences).toEqual([...sequences].sort());
    // SPEC: CloudEvents 1.0: attribute names MUST consist of lower-case letters or digits.
    expect(Object.keys(events[0] ?? {}).every((name) => /^[a-z0-9]{1,20}$/.test(name))).toBe(true);
  });

  it('T24: is not rendered from an export that was edited', async () => {
    const edited = lines.filter((_, i) => i !== 9);
    await expect(rendered('csv', edited)).rejects.toMatchObject({ code: 'evidence/not-sound' });
  });

  it('as a folder has exactly the files of the log', async () => {
    const files = new Map<string, Uint8Array>();
    const folder = new TlogFolder(async (path, bytes) => void files.set(path, bytes));
    for (const { leaf } of log.records) await folder.add(leaf);
    await folder.finish(log.head, log.records.length);
    expect([...files.keys()].sort()).toEqual([...log.files.keys(), 'checkpoint'].sort());
    for (const [path, bytes] of log.files)
      expect([path, Buffer.compare(files.get(path) ?? new Uint8Array(), bytes)]).toEqual([path, 0]);
    expect(parseNote(files.get('checkpoint') ?? new Uint8Array()).text).toContain(log.origin);
    expect(parseUtf8(joined(lines)).split('\n')).toHaveLength(603);
    await expect(new TlogFolder(async () => undefined).finish(log.head, 5)).rejects.toMatchObject({
      code: 'evidence/not-whole',
    });
  });
});
