/** docs/spec/tasks.md. */
import {
  among,
  ascending,
  type Field,
  type Fields,
  hash,
  id,
  join,
  letters,
  list,
  magic,
  orAbsent,
  range,
  refuse,
  row,
  text,
  u16,
  u32,
  u64,
  u8,
} from './wire.js';

const state = letters(2, /^[A-Z]{2}$/);
const zone = text(u16, 64);

/** tasks 2: no time and no zone, or both. */
const due: Field = {
  read: (reader) => {
    const timeMs = u64.read(reader) as number;
    const name = zone.read(reader) as string;
    if (timeMs === 0 && name === '') return undefined;
    return timeMs > 0 && /^[A-Za-z0-9_+/-]{1,64}$/.test(name) ? { timeMs, zone: name } : refuse('due');
  },
  write: (value) => {
    const { timeMs, zone: name } = (value ?? { timeMs: 0, zone: '' }) as Fields;
    return join(u64.write(timeMs), zone.write(name));
  },
};

/** tasks 2 */
export const taskFacts = row({
  ...{ '#magic': magic('RTF1'), action: among(u8, ...range(1, 14)), state: among(u8, ...range(1, 8)) },
  ...{ previousHash: hash, owner: state },
  assignee: row({ state, authorityId: id, postId: orAbsent(id, 16) }),
  ...{ due, dependencies: ascending(list(u8, 32, id), (each: string) => each) },
});

const isDone: Field = {
  read: (reader) => among(u8, 0, 1).read(reader) === 1,
  write: (value) => u8.write(value === true ? 1 : 0),
};
const numbered = (line: Field): Field => ascending(list(u8, 100, line), (each: { number: number }) => each.number);

/** tasks 4 */
export const taskContent = row({
  ...{ title: text(u16, 800), text: text(u32), estimateMinutes: u32 },
  steps: numbered(row({ number: u16, text: text(u16, 1_000) })),
  ticks: numbered(row({ number: u16, isDone })),
  references: list(u8, 100, row({ objectId: id, version: u32, itemHash: hash })),
});
