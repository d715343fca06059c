import { type LinkBody, type LinkType, linkTypes } from '@rogatory/protocol';

export type BodyField = keyof LinkBody;

/** What a type of link may look like, before anything is known of the chain (docs/spec/chains.md 5). */
export interface LinkRule {
  readonly required: readonly BodyField[];
  readonly optional: readonly BodyField[];
  readonly epoch: 'next' | 'same' | 'either';
  /** `history`: as the admitted person's grant demands; `lead`: if a lead signs and wants it. */
  readonly barrier: 'never' | 'history' | 'lead';
  /** Devices that boxes are made for where no epoch begins; a link that begins one serves every member device. */
  readonly boxesInSameEpoch: 'none' | 'members-field' | 'devices-field';
  readonly isAllowedWhileClosed: boolean;
}

const none = { optional: [], barrier: 'never', boxesInSameEpoch: 'none', isAllowedWhileClosed: false } as const;

/** A genesis has rules of its own (`genesis.ts`). Everything that a row does not name is refused. */
export const linkRules: Readonly<Record<Exclude<LinkType, typeof linkTypes.genesis>, LinkRule>> = {
  [linkTypes.add]: { ...none, required: ['members'], epoch: 'next', barrier: 'history' },
  [linkTypes.deviceAdd]: {
    ...none,
    required: ['members'],
    epoch: 'either',
    boxesInSameEpoch: 'members-field',
    // A closed case is read for years, on devices that did not exist when it was closed.
    isAllowedWhileClosed: true,
  },
  [linkTypes.remove]: {
    ...none,
    required: ['personId'],
    epoch: 'next',
    barrier: 'lead',
    isAllowedWhileClosed: true,
  },
  [linkTypes.leave]: { ...none, required: ['personId'], epoch: 'same', isAllowedWhileClosed: true },
  [linkTypes.deviceDrop]: {
    ...none,
    required: ['devices'],
    optional: ['cause'],
    epoch: 'next',
    barrier: 'lead',
    isAllowedWhileClosed: true,
  },
  [linkTypes.rotate]: {
    ...none,
    required: [],
    optional: ['cause'],
    epoch: 'next',
    barrier: 'lead',
    isAllowedWhileClosed: true,
  },
  [linkTypes.reseal]: {
    ...none,
    required: ['devices', 'epochs'],
    optional: ['cause'],
    epoch: 'same',
    boxesInSameEpoch: 'devices-field',
    isAllowedWhileClosed: true,
  },
  [linkTypes.role]: { ...none, required: ['personId', 'role'], epoch: 'same' },
  [linkTypes.policy]: { ...none, required: ['policy'], epoch: 'same' },
  [linkTypes.suite]: { ...none, required: ['suite'], epoch: 'same' },
  [linkTypes.disclose]: {
    ...none,
    required: ['devices', 'disclosed'],
    epoch: 'same',
    boxesInSameEpoch: 'devices-field',
  },
  [linkTypes.close]: { ...none, required: [], epoch: 'same' },
  [linkTypes.reopen]: { ...none, required: [], epoch: 'same', isAllowedWhileClosed: true },
  [linkTypes.compartment]: { ...none, required: ['compartmentId', 'personId'], epoch: 'same' },
};

/** Whether a body has exactly the fields that a rule names. */
export function fitsBody(body: LinkBody, rule: Pick<LinkRule, 'required' | 'optional'>): boolean {
  const present = Object.entries(body).flatMap(([field, value]) => (value === undefined ? [] : [field]));
  const allowed: readonly string[] = [...rule.required, ...rule.optional];
  return present.every((field) => allowed.includes(field)) && rule.required.every((field) => present.includes(field));
}
