/** docs/spec/operations.md. */
import {
  among,
  ascending,
  type Field,
  type Fields,
  fixed,
  hash,
  id,
  join,
  type Json,
  letters,
  list,
  logHead,
  magic,
  mark,
  orAbsent,
  range,
  type Reader,
  refuse,
  row,
  signature,
  text,
  time,
  u16,
  u64,
  u8,
  where,
} from './wire.js';

const long = fixed(32);
const state = letters(2, /^[A-Z]{2}$/);
const note = text(u16, 8_000);
const i16: Field = {
  read: (reader) => Buffer.from(reader.take(2)).readInt16BE(),
  write: (value) => Uint8Array.from([((value as number) >> 8) & 255, (value as number) & 255]),
};
const flag: Field = {
  read: (reader) => among(u8, 0, 1).read(reader) === 1,
  write: (value) => u8.write(value === true ? 1 : 0),
};
const moment = where(
  row({ time, zone: text(u16, 64, /^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/) }),
  ({ time: { timeMs } }: { time: { timeMs: number } }) => timeMs < Date.UTC(10_000, 0),
);

type Case = readonly [number, string, Readonly<Record<string, Field>>];

/** A number that says which fields follow; its name stands in the value. Fields in between come first. */
function oneOf(name: string, between: Readonly<Record<string, Field>>, cases: readonly Case[]): Field {
  return {
    read: (reader: Reader): Json => {
      const tag = u8.read(reader);
      const [, chosen, fields] = cases.find(([each]) => each === tag) ?? refuse('unknown tag');
      return { [name]: chosen, ...(row(between).read(reader) as Fields), ...(row(fields).read(reader) as Fields) };
    },
    write: (value) => {
      const [tag, , fields] = cases.find(([, each]) => each === (value as Fields)[name]) ?? refuse('unknown name');
      return join(u8.write(tag), row(between).write(value), row(fields).write(value));
    },
  };
}

/** Zero and nothing, or one and the field. */
function given(field: Field): Field {
  return {
    read: (reader) => (among(u8, 0, 1).read(reader) === 1 ? field.read(reader) : undefined),
    write: (value) => (value === undefined ? u8.write(0) : join(u8.write(1), field.write(value))),
  };
}

const party = row({ state, isRequired: flag, representatives: ascending(list(u8, 8, id, 1), (each: string) => each) });
interface Quorum {
  readonly needed: number;
  readonly parties: readonly { readonly isRequired: boolean }[];
}
const quorum = row({
  needed: u8,
  parties: ascending(list(u8, 64, party, 1), (each: { state: string }) => each.state),
});
/** The quorum's fields stand beside the others. */
const planned: Field = {
  read: (reader) => {
    const head = row({ kind: among(u8, ...range(1, 4)), start: moment }).read(reader) as Fields;
    const found = quorum.read(reader) as Json & Quorum;
    const required = found.parties.filter(({ isRequired }) => isRequired).length;
    if (found.needed < Math.max(1, required) || found.needed > found.parties.length) refuse('quorum');
    return { ...head, ...(found as Json as Fields) };
  },
  write: (value) => join(row({ kind: u8, start: moment }).write(value), quorum.write(value)),
};
const acted = { acted: time, isQueued: flag };

const acts: readonly Case[] = [
  [2, 'call', { planHash: hash, expiresAtMs: u64 }],
  ...(['suspend', 'resume', 'abort', 'finish', 'freeze'] as const).map((name, i): Case => [3 + i, name, {}]),
  [8, 'vote', { callHash: hash, vote: among(u8, 1, 2, 3) }],
  [9, 'entry', acted],
  [10, 'hold', { ...acted, alertId: id }],
  [11, 'restore', { ...acted, alertId: id }],
  [12, 'endorse', { freezeHash: hash }],
  [13, 'debrief', {}],
];
const base = { operationId: id, state };
const others = oneOf('act', base, acts);

/** operations 2 */
export const facts: Field = {
  read: (reader) => {
    if (reader.bytes[0] !== 1) return others.read(reader);
    u8.read(reader);
    return { act: 'plan', ...(row(base).read(reader) as Fields), ...(planned.read(reader) as Fields) };
  },
  write: (value) => {
    if ((value as Fields)['act'] !== 'plan') return others.write(value);
    return join(u8.write(1), row(base).write(value), planned.write(value));
  },
};

const byId = (field: Field): Field =>
  where(field, (items: readonly { id: number }[]) =>
    items.every((item, i) => item.id > (i === 0 ? 0 : (items[i - 1]?.id ?? 0))),
  );
const short = text(u16, 400);
const alert = row({
  ...{ alertId: id, schengenId: text(u16, 64), article: among(u8, 26, 32, 34, 36, 38, 40), issuingState: state },
  ...{ authority: short, decision: short, reason: text(u16, 800), actionOnHit: text(u16, 800), sireneContact: short },
  ...{ reviewAtMs: u64, linked: list(u8, 16, text(u16, 64)), state: among(u8, ...range(1, 5)) },
});
const step = row({
  ...{ id: u16, phase: u8, leg: u8, state, kind: among(u8, 1, 2, 3), alertId: orAbsent(id, 16), minutes: i16 },
  title: short,
});

/** operations 5.1 */
export const plan = row({
  ...{ title: text(u16, 800), objective: note, listVersion: u16 },
  phases: byId(list(u8, 32, row({ id: u8, name: short }))),
  legs: byId(
    list(u8, 64, row({ id: u8, from: short, to: short, state, start: moment, abortCondition: text(u16, 2_000) })),
  ),
  steps: byId(list(u16, 1_000, step)),
  instruments: byId(
    list(
      ...([u16, 500] as const),
      row({
        ...{ id: u16, type: among(u8, ...range(1, 6)), issuingState: state, executingState: state },
        ...{ readiness: among(u8, ...range(1, 6)), reference: short },
      }),
    ),
  ),
  alerts: ascending(list(u8, 100, alert), (each: { alertId: string }) => each.alertId),
});

interface Amount {
  readonly digits: number;
  readonly scale: number;
}
const decimal = (scale: number): Field =>
  where(row({ digits: u64, scale: u8 }), (amount: Amount) => {
    return amount.scale <= scale && (amount.scale === 0 || amount.digits % 10 > 0);
  });
const haul = where(
  row({ code: u16, other: text(u16, 200), quantity: decimal(6), unit: among(u8, ...range(1, 7)) }),
  ({ quantity, unit }: { quantity: Amount; unit: number }) => unit !== 7 || quantity.scale === 0,
);
const currencies =
  'EUR AED ALL AUD BAM BGN BRL CAD CHF CNY COP CZK DKK DZD EGP GBP GEL HKD HUF ILS INR ISK JPY MAD MDL MKD MXN NGN ' +
  'NOK PEN PLN RON RSD SEK THB TND TRY UAH USD ZAR';
const worth = given(
  row({ value: decimal(4), currency: where(letters(3, /^[A-Z]{3}$/), (each: string) => currencies.includes(each)) }),
);
const eventHead = { type: among(u8, ...range(1, 6)), leg: u8, count: where(u16, (count: number) => count > 0) };
const event: Field = {
  read: (reader) => {
    const head = row(eventHead).read(reader) as Fields;
    return { ...head, ...(row(extras(head)).read(reader) as Fields) };
  },
  write: (value) => join(row(eventHead).write(value), row(extras(value as Fields)).write(value)),
};
function extras({ type }: Fields): Readonly<Record<string, Field>> {
  return { ...(type === 5 ? { haul } : {}), ...(type === 4 || type === 5 ? { worth } : {}) };
}

const plainBodies: readonly Case[] = [
  [1, 'step', { stepId: u16, mark: among(u8, 1, 2, 3, 4) }],
  [3, 'instrument', { instrumentId: u16, readiness: among(u8, ...range(1, 6)) }],
  [5, 'note', {}],
];
const withEvent = (cases: readonly Case[]): Field => {
  const rest = oneOf('kind', {}, cases);
  return {
    read: (reader) => {
      if (reader.bytes[reader.at] !== 2) return rest.read(reader);
      u8.read(reader);
      return { kind: 'event', ...(event.read(reader) as Fields) };
    },
    write: (value) =>
      (value as Fields)['kind'] === 'event' ? join(u8.write(2), event.write(value)) : rest.write(value),
  };
};
const body = withEvent([
  ...plainBodies,
  [4, 'alert', { alertId: id, state: among(u8, ...range(1, 5)), authority: short }],
  [6, 'correction', { entryId: id, entryHash: hash, given: given(withEvent(plainBodies)) }],
]);

/** operations 5.2 */
export const entry: Field = {
  read: (reader) => ({ ...(body.read(reader) as Fields), note: note.read(reader) }),
  write: (value) => join(body.write(value), note.write((value as Fields)['note'])),
};

/** operations 5 */
export const reason = row({ reason: note });
export const freeze = row({ sheetHash: hash, reason: note });

/** operations 8.1 */
export const endorsement = row({
  '#magic': magic('RGZ1'),
  endorsement: row({
    ...{ caseId: long, compartmentId: long, operationId: id, state, personId: id, deviceId: id, logHead },
    ...{ freezeHash: hash, sheetHash: hash, time },
  }),
  ...{ '#signed': mark('signed'), signature },
});
