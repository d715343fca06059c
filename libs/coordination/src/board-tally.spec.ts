import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  type Decimal,
  decimalText,
  eventTypes,
  parseDecimal,
  type Unit,
  type UnitName,
  units,
} from '@rogatory/protocol';
import { shownUnits, substanceOf, substances, unitMeasures } from './board-substances.js';
import { type CountedEvent, talliesOf, type Tally } from './board-tally.js';

/** "12.5 kg" */
function amountOf(text: string): { quantity: Decimal; unit: Unit } {
  const [quantity = '', unit = ''] = text.split(' ');
  return { quantity: parseDecimal(quantity, 6), unit: units[unit as UnitName] };
}

const seizure = (state: string, code: number, amount: string, value?: string): CountedEvent => ({
  state,
  event: {
    ...{ kind: 'event', type: eventTypes.seizure, leg: 0, count: 1 },
    haul: { code, other: code === 65_535 ? 'pills, blue' : '', ...amountOf(amount) },
    ...(value === undefined ? {} : { worth: { value: parseDecimal(value, 4), currency: 'EUR' } }),
  },
});
const event = (state: string, type: 1 | 2 | 3 | 4 | 6, count: number): CountedEvent => ({
  ...{ state, event: { kind: 'event', type, leg: 0, count } },
});

describe('tallies', () => {
  it('sum different units of one dimension exactly', () => {
    const { total } = talliesOf([
      seizure('FR', 111, '0.1 kg'),
      seizure('FR', 111, '0.2 kg'),
      seizure('BE', 111, '1.5 t'),
      seizure('NL', 111, '0.000001 mg'),
      seizure('NL', 111, '7 g'),
    ]);
    expect(total.substances).toEqual([
      { code: 111, other: '', dimension: 'mass', quantity: '1500.307000000001', unit: 'kg' },
    ]);
  });

  it('keep dimensions, substances, currencies and sorts of value apart', () => {
    const { total } = talliesOf([
      seizure('FR', 134, '100 pieces', '12.5'),
      seizure('FR', 134, '1 kg', '0.0001'),
      seizure('FR', 132, '250 ml'),
      seizure('FR', 132, '1.75 l'),
      seizure('BE', 65_535, '3 pieces'),
      {
        state: 'BE',
        event: { kind: 'event', type: 4, leg: 0, count: 2, worth: { value: { digits: 5, scale: 1 }, currency: 'USD' } },
      },
    ]);
    expect(total.substances).toEqual([
      { code: 132, other: '', dimension: 'volume', quantity: '2', unit: 'l' },
      { code: 134, other: '', dimension: 'mass', quantity: '1', unit: 'kg' },
      { code: 134, other: '', dimension: 'pieces', quantity: '100', unit: 'pieces' },
      { code: 65_535, other: 'pills, blue', dimension: 'pieces', quantity: '3', unit: 'pieces' },
    ]);
    expect(total.values).toEqual([
      { of: 'freezing', currency: 'USD', value: '0.5' },
      { of: 'seizure', currency: 'EUR', value: '12.5001' },
    ]);
    expect(total.counts).toEqual({ arrest: 0, search: 0, hearing: 0, freezing: 2, seizure: 5, other: 0 });
  });

  it('count by state, in the order of the states', () => {
    const { states, total } = talliesOf([event('NL', 1, 3), event('BE', 1, 2), event('BE', 2, 7), event('NL', 3, 1)]);
    expect(states.map(({ state, counts: { arrest, search, hearing } }) => [state, arrest, search, hearing])).toEqual([
      ['BE', 2, 7, 0],
      ['NL', 3, 0, 1],
    ]);
    expect(total.counts).toMatchObject({ arrest: 5, search: 7, hearing: 1 });
  });

  it('add up from the states to the whole, in whatever order events come', () => {
    const quantity = fc.record({ digits: fc.maxSafeNat(), scale: fc.nat(6) }).map(({ digits, scale }) => {
      return parseDecimal(decimalText(BigInt(digits), scale), 6);
    });
    const events = fc.array(
      fc.record({
        state: fc.constantFrom('AA', 'BB', 'CC'),
        code: fc.constantFrom(111, 121, 132),
        quantity,
        unit: fc.constantFrom<Unit[]>(1, 2, 3, 4, 5, 6),
      }),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(events, fc.nat(), (given, turn) => {
        const all = given.map(({ state, code, quantity: of, unit }): CountedEvent => {
          const haul = { code, other: '', quantity: of, unit };
          return { state, event: { kind: 'event', type: 5, leg: 0, count: 1, haul } };
        });
        const tallies = talliesOf(all);
        const at = all.length === 0 ? 0 : turn % all.length;
        expect(talliesOf([...all.slice(at), ...all.slice(0, at)])).toEqual(tallies);
        expect(summed(tallies.states)).toEqual(summed([tallies.total]));
      }),
      { seed: 7, numRuns: process.env['ROGATORY_LONG'] === '1' ? 10_000 : 200 },
    );
  });
});

/** Sums of what is shown, computed from the shown texts alone. */
function summed(tallies: readonly Tally[]): Record<string, string> {
  const sums = new Map<string, bigint>();
  for (const { substances: each } of tallies) {
    for (const { code, dimension, quantity } of each) {
      const { scale } = shownUnits[dimension];
      const [whole = '', fraction = ''] = quantity.split('.');
      const key = `${code} ${dimension}`;
      sums.set(key, (sums.get(key) ?? 0n) + BigInt(whole + fraction.padEnd(scale, '0')));
    }
  }
  return Object.fromEntries([...sums].map(([key, sum]) => [key, String(sum)]));
}

describe('decimals', () => {
  const refused = ['', '1.', '.5', '01', '-1', '1e3', '1,5', '0.0000001', '9007199254740992', ' 1', '+1'];
  it.each(refused)('refuse "%s"', (text) => {
    expect(() => parseDecimal(text, 6)).toThrow(expect.objectContaining({ code: 'codec/decimal' }));
  });

  it('have one form', () => {
    const forms: readonly [string, Decimal][] = [
      ['0', { digits: 0, scale: 0 }],
      ['0.10', { digits: 1, scale: 1 }],
      ['12.500', { digits: 125, scale: 1 }],
      ['100', { digits: 100, scale: 0 }],
      ['9007199254740991', { digits: Number.MAX_SAFE_INTEGER, scale: 0 }],
    ];
    expect(forms.map(([text]) => parseDecimal(text, 6))).toEqual(forms.map(([, decimal]) => decimal));
    expect(decimalText(5n, 3)).toBe('0.005');
    expect(decimalText(0n, 4)).toBe('0');
  });
});

describe('the list of substances', () => {
  it('has ascending codes, each once, all measured', () => {
    const codes = substances.map(({ code }) => code);
    expect(codes).toEqual([...new Set(codes)].sort((a, b) => a - b));
    expect(substances.every(({ dimensions, name }) => dimensions.length > 0 && name !== '')).toBe(true);
    expect(substanceOf(111)).toMatchObject({ name: 'Cocaine', group: 'drug', dimensions: ['mass'] });
    expect(substanceOf(110)).toBeUndefined();
  });

  it('measures in thousands from unit to unit', () => {
    const exponent = (unit: Unit) => unitMeasures[unit].exponent;
    expect([1, 2, 3, 4, 5, 6, 7].map((unit) => exponent(unit as Unit))).toEqual([15, 12, 9, 6, 9, 6, 0]);
  });
});
