import { type ItemClass, itemClasses } from './item.js';
import { type LinkType, linkTypes } from './link.js';
import { type CaseRole, caseRoles } from './roles.js';

/** Everything a member can do in a compartment. */
export const caseActs = [
  'read',
  'post',
  'acknowledge',
  'describe',
  'addDocument',
  'withdrawDocument',
  'coordinate',
  'invite',
  'add',
  'remove',
  'role',
  'policy',
  'suite',
  'disclose',
  'close',
  'reopen',
  'compartment',
  'rotate',
  'reseal',
  'leave',
  'deviceAdd',
  'deviceDrop',
  'heartbeat',
  'complain',
] as const;
export type CaseAct = (typeof caseActs)[number];

const everyMember: readonly CaseAct[] = [
  'read',
  'acknowledge',
  'rotate',
  'reseal',
  'leave',
  'deviceAdd',
  'deviceDrop',
  'heartbeat',
  'complain',
];

/**
 * Role × act: the one table that server, client and verifier read (docs/access-matrix.md is printed from it). Acts on
 * one's own devices and conditional rotation are narrowed further by the chain rules.
 */
export const roleRights: Readonly<Record<CaseRole, ReadonlySet<CaseAct>>> = {
  [caseRoles.lead]: new Set(caseActs),
  [caseRoles.contributor]: new Set([...everyMember, 'post', 'addDocument', 'withdrawDocument', 'coordinate']),
  [caseRoles.reader]: new Set(everyMember),
  [caseRoles.liaison]: new Set([...everyMember, 'post', 'addDocument', 'coordinate']),
  [caseRoles.spaceAdministrator]: new Set([...everyMember, 'post', 'describe']),
};

export function roleMay(role: CaseRole, act: CaseAct): boolean {
  return roleRights[role].has(act);
}

/** The right that an item of a class needs. */
export const itemActs: Readonly<Record<ItemClass, CaseAct>> = {
  [itemClasses.message]: 'post',
  [itemClasses.document]: 'addDocument',
  [itemClasses.withdrawal]: 'withdrawDocument',
  [itemClasses.acknowledgement]: 'acknowledge',
  [itemClasses.caseInfo]: 'describe',
  [itemClasses.task]: 'coordinate',
  [itemClasses.operation]: 'coordinate',
};

/** The right that a link of a type needs; the rules of `chain` narrow it by what is signed and by whom. */
export const linkActs: Readonly<Record<LinkType, CaseAct>> = {
  [linkTypes.genesis]: 'compartment',
  [linkTypes.compartment]: 'compartment',
  [linkTypes.add]: 'add',
  [linkTypes.deviceAdd]: 'deviceAdd',
  [linkTypes.remove]: 'remove',
  [linkTypes.leave]: 'leave',
  [linkTypes.deviceDrop]: 'deviceDrop',
  [linkTypes.rotate]: 'rotate',
  [linkTypes.reseal]: 'reseal',
  [linkTypes.role]: 'role',
  [linkTypes.policy]: 'policy',
  [linkTypes.suite]: 'suite',
  [linkTypes.disclose]: 'disclose',
  [linkTypes.close]: 'close',
  [linkTypes.reopen]: 'reopen',
};
