import { type Unit, units } from '@rogatory/protocol';

/** In what a quantity is summed. */
export type Dimension = 'mass' | 'volume' | 'pieces';

/** One entry of the list: what can be seized, and how it is measured. */
export interface Substance {
  readonly code: number;
  readonly name: string;
  readonly group: 'drug' | 'precursor' | 'thing';
  readonly dimensions: readonly Dimension[];
}

/** The version of the list below; plans name it. */
export const substanceListVersion = 1;
/** The code for what the list has not; an entry then says what it is. */
export const otherSubstance = 65_535;

const mass: readonly Dimension[] = ['mass'];
const massOrPieces: readonly Dimension[] = ['mass', 'pieces'];
const massOrVolume: readonly Dimension[] = ['mass', 'volume'];
const pieces: readonly Dimension[] = ['pieces'];
const anything: readonly Dimension[] = ['mass', 'volume', 'pieces'];

const drugs: readonly (readonly [number, string, readonly Dimension[]])[] = [
  [101, 'Cannabis resin', mass],
  [102, 'Herbal cannabis', mass],
  [103, 'Cannabis plants', massOrPieces],
  [104, 'Cannabis oil', massOrVolume],
  [105, 'Synthetic cannabinoids', massOrPieces],
  [111, 'Cocaine', mass],
  [112, 'Crack', mass],
  [113, 'Coca leaf', mass],
  [121, 'Heroin', mass],
  [122, 'Opium', mass],
  [123, 'Fentanyl and its derivatives', anything],
  [124, 'Nitazenes', anything],
  [125, 'Other opioids', anything],
  [131, 'Amphetamine', massOrPieces],
  [132, 'Amphetamine base oil', massOrVolume],
  [133, 'Methamphetamine', massOrPieces],
  [134, 'MDMA (ecstasy)', massOrPieces],
  [135, 'Synthetic cathinones', massOrPieces],
  [136, 'Captagon', massOrPieces],
  [141, 'LSD', pieces],
  [142, 'Ketamine', massOrVolume],
  [143, 'GHB', massOrVolume],
  [144, 'GBL', massOrVolume],
  [145, 'Psilocybin mushrooms', mass],
  [146, 'DMT', mass],
  [147, '2C drugs', massOrPieces],
  [151, 'Khat', mass],
  [152, 'Benzodiazepines', massOrPieces],
];

/** Annex I of Regulation (EC) No 273/2004: categories 1 (201 ff.), 2 (251 ff.) and 3 (281 ff.). */
const precursors: readonly (readonly [number, string, readonly Dimension[]])[] = [
  [201, '1-phenyl-2-propanone (BMK)', massOrVolume],
  [202, '3,4-methylenedioxyphenylpropan-2-one (PMK)', massOrVolume],
  [203, 'alpha-phenylacetoacetonitrile (APAAN)', mass],
  [204, 'alpha-phenylacetoacetamide (APAA)', mass],
  [205, 'methyl alpha-phenylacetoacetate (MAPA)', massOrVolume],
  [206, 'PMK methyl glycidate', mass],
  [207, 'PMK glycidic acid', mass],
  [208, 'Ephedrine', massOrPieces],
  [209, 'Pseudoephedrine', massOrPieces],
  [210, 'Safrole', massOrVolume],
  [211, 'Isosafrole', massOrVolume],
  [212, 'Piperonal', mass],
  [213, 'Lysergic acid', mass],
  [214, '4-anilino-N-phenethylpiperidine (ANPP)', mass],
  [215, 'N-phenethyl-4-piperidone (NPP)', mass],
  [251, 'Acetic anhydride', massOrVolume],
  [252, 'Phenylacetic acid', mass],
  [253, 'Anthranilic acid', mass],
  [254, 'Piperidine', massOrVolume],
  [255, 'Potassium permanganate', mass],
  [256, 'Red phosphorus', mass],
  [281, 'Hydrochloric acid', massOrVolume],
  [282, 'Sulphuric acid', massOrVolume],
  [283, 'Toluene', massOrVolume],
  [284, 'Ethyl ether', massOrVolume],
  [285, 'Acetone', massOrVolume],
  [286, 'Methylethylketone', massOrVolume],
];

const things: readonly (readonly [number, string, readonly Dimension[]])[] = [
  [301, 'Cash', pieces],
  [302, 'Crypto-assets', pieces],
  [303, 'Firearms', pieces],
  [304, 'Ammunition', pieces],
  [305, 'Vehicles', pieces],
  [306, 'Vessels', pieces],
  [307, 'Containers', pieces],
  [308, 'Phones and data devices', pieces],
  [309, 'Documents', pieces],
  [310, 'Jewellery, watches and precious metals', massOrPieces],
  [311, 'Laboratory and production equipment', pieces],
];

const groups = [
  ['drug', drugs],
  ['precursor', precursors],
  ['thing', things],
] as const;

/** The list, version 1, in ascending order of its codes (docs/spec/operations.md 7). */
export const substances: readonly Substance[] = [
  ...groups.flatMap(([group, list]) => list.map(([code, name, dimensions]) => ({ code, name, group, dimensions }))),
  { code: otherSubstance, name: 'Other', group: 'thing', dimensions: anything },
];

const byCode = new Map(substances.map((substance) => [substance.code, substance]));

export function substanceOf(code: number): Substance | undefined {
  return byCode.get(code);
}

/** What the units measure, and how many of the smallest unit of the sums are in one: 10^-9 g, 10^-9 l, pieces. */
export const unitMeasures: Readonly<Record<Unit, { readonly dimension: Dimension; readonly exponent: number }>> = {
  [units.t]: { dimension: 'mass', exponent: 15 },
  [units.kg]: { dimension: 'mass', exponent: 12 },
  [units.g]: { dimension: 'mass', exponent: 9 },
  [units.mg]: { dimension: 'mass', exponent: 6 },
  [units.l]: { dimension: 'volume', exponent: 9 },
  [units.ml]: { dimension: 'volume', exponent: 6 },
  [units.pieces]: { dimension: 'pieces', exponent: 0 },
};

/** The unit in which a sum is shown, and the decimals of the smallest unit behind it: kilograms, litres, pieces. */
export const shownUnits: Readonly<Record<Dimension, { readonly unit: 'kg' | 'l' | 'pieces'; readonly scale: number }>> =
  {
    mass: { unit: 'kg', scale: 12 },
    volume: { unit: 'l', scale: 9 },
    pieces: { unit: 'pieces', scale: 0 },
  };
