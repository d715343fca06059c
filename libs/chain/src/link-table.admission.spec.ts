import { caseRoles, historyKinds, linkTypes } from '@rogatory/protocol';
import { makeCast } from './testing/cast.js';
import { strictestPolicy } from './testing/chain-world.js';
import { describeRows, fromDate, fromNow, leavesOf, sorted, type LinkRow } from './testing/link-rows.js';

const cast = makeCast(11);
const member = leavesOf(cast);
const { add, deviceAdd } = linkTypes;

const rows: readonly LinkRow[] = [
  {
    name: 'a lead admits with all history',
    type: add,
    gives: 'accepted',
    wish: (c) => ({ signer: c.lead, body: { members: [member('outsider')] } }),
  },
  {
    name: 'a lead admits from now on, behind a barrier',
    type: add,
    gives: 'accepted',
    wish: (c) => ({
      signer: c.lead,
      isBarrier: true,
      body: { members: [{ ...member('outsider'), history: fromNow }] },
    }),
  },
  {
    name: 'a lead admits from a date, behind a barrier',
    type: add,
    gives: 'accepted',
    wish: (c) => ({
      signer: c.lead,
      isBarrier: true,
      body: { members: [{ ...member('outsider'), history: fromDate }] },
    }),
  },
  {
    name: 'a lead admits a person with two devices',
    type: add,
    gives: 'accepted',
    wish: (c) => ({ signer: c.lead, body: { members: sorted([member('outsider'), member('outsiderSpare')]) } }),
  },
  {
    name: 'a contributor admits',
    type: add,
    gives: 'chain/right',
    wish: (c) => ({ signer: c.contributor, body: { members: [member('outsider')] } }),
  },
  {
    name: 'an outsider admits himself',
    type: add,
    gives: 'chain/signer',
    wish: (c) => ({ signer: c.outsider, body: { members: [member('outsider', caseRoles.lead)] } }),
  },
  {
    name: 'admission without a new epoch',
    type: add,
    gives: 'chain/epoch',
    wish: (c) => ({ signer: c.lead, startsEpoch: false, body: { members: [member('outsider')] } }),
  },
  {
    name: 'admission with all history behind a barrier',
    type: add,
    gives: 'chain/barrier',
    wish: (c) => ({ signer: c.lead, isBarrier: true, body: { members: [member('outsider')] } }),
  },
  {
    name: 'admission from now on without a barrier',
    type: add,
    gives: 'chain/barrier',
    wish: (c) => ({ signer: c.lead, body: { members: [{ ...member('outsider'), history: fromNow }] } }),
  },
  {
    name: 'admission from now on that names an earlier epoch',
    type: add,
    gives: 'chain/history',
    wish: (c) => ({
      signer: c.lead,
      isBarrier: true,
      body: { members: [{ ...member('outsider'), history: { kind: historyKinds.fromNow, fromEpoch: 1 } }] },
    }),
  },
  {
    name: 'admission from a date that names the new epoch',
    type: add,
    gives: 'chain/history',
    wish: (c) => ({
      signer: c.lead,
      isBarrier: true,
      body: { members: [{ ...member('outsider'), history: { kind: historyKinds.fromDate, fromEpoch: 2 } }] },
    }),
  },
  {
    name: 'admission of somebody who is in',
    type: add,
    gives: 'chain/member',
    wish: (c) => ({ signer: c.lead, body: { members: [member('contributorSpare')] } }),
  },
  {
    name: 'admission of nobody',
    type: add,
    gives: 'chain/member',
    wish: (c) => ({ signer: c.lead, body: { members: [] } }),
  },
  {
    name: 'admission of two persons at once',
    type: add,
    gives: 'chain/member',
    wish: (c) => ({ signer: c.lead, body: { members: sorted([member('outsider'), member('humble')]) } }),
  },
  {
    name: 'admission of one device twice',
    type: add,
    gives: 'chain/member',
    wish: (c) => ({ signer: c.lead, body: { members: [member('outsider'), member('outsider')] } }),
  },
  {
    name: 'two devices of a person with different roles',
    type: add,
    gives: 'chain/member',
    wish: (c) => ({
      signer: c.lead,
      body: { members: sorted([member('outsider'), member('outsiderSpare', caseRoles.lead)]) },
    }),
  },
  {
    name: 'a role above the ceiling',
    type: add,
    gives: 'chain/role-ceiling',
    wish: (c) => ({ signer: c.lead, body: { members: [member('humble', caseRoles.contributor)] } }),
  },
  {
    name: 'a role within the ceiling',
    type: add,
    gives: 'accepted',
    wish: (c) => ({ signer: c.lead, body: { members: [member('humble')] } }),
  },
  {
    name: 'an auditor admitted to a case',
    type: add,
    gives: 'chain/role-ceiling',
    wish: (c) => ({ signer: c.lead, body: { members: [member('auditor')] } }),
  },
  {
    name: 'a leaf with another signing key',
    type: add,
    gives: 'chain/leaf',
    wish: (c) => ({
      signer: c.lead,
      body: { members: [{ ...member('outsider'), signingKey: c.lead.signing.publicKey }] },
    }),
  },
  {
    name: 'a leaf with another encryption key',
    type: add,
    gives: 'chain/leaf',
    wish: (c) => ({ signer: c.lead, body: { members: [{ ...member('outsider'), kemKeyHash: new Uint8Array(32) }] } }),
  },
  {
    name: 'a leaf with another certificate',
    type: add,
    gives: 'chain/leaf',
    wish: (c) => ({
      signer: c.lead,
      body: { members: [{ ...member('outsider'), certificateHash: new Uint8Array(32) }] },
    }),
  },
  {
    name: 'a leaf in the name of another person',
    type: add,
    gives: 'chain/leaf',
    wish: (c) => ({ signer: c.lead, body: { members: [{ ...member('outsider'), personId: c.humble.person.id }] } }),
  },
  {
    name: 'a leaf with another post',
    type: add,
    gives: 'chain/leaf',
    wish: (c) => ({ signer: c.lead, body: { members: [{ ...member('outsider'), postId: c.lead.person.postId }] } }),
  },
  {
    name: 'a leaf of another state',
    type: add,
    gives: 'chain/leaf',
    wish: (c) => ({ signer: c.lead, body: { members: [{ ...member('outsider'), state: 'ZZ' }] } }),
  },
  {
    name: 'a membership that has ended before it begins',
    type: add,
    gives: 'chain/not-live',
    wish: (c) => ({ signer: c.lead, body: { members: [{ ...member('outsider'), notAfterMs: 1 }] } }),
  },
  {
    name: 'an admission that also removes',
    type: add,
    gives: 'chain/body',
    wish: (c) => ({ signer: c.lead, body: { members: [member('outsider')], personId: c.reader.person.id } }),
  },
  {
    name: 'an admission that also sets a policy',
    type: add,
    gives: 'chain/body',
    wish: (c) => ({ signer: c.lead, body: { members: [member('outsider')], policy: strictestPolicy } }),
  },
  {
    name: 'an admission whose member root is that of before',
    type: add,
    gives: 'chain/member-root',
    wish: (c) => ({
      signer: c.lead,
      body: { members: [member('outsider')] },
      forged: { memberRoot: c.state.members.root() },
    }),
  },
  {
    name: 'an own further device in the same epoch',
    type: deviceAdd,
    gives: 'accepted',
    wish: (c) => ({ signer: c.contributor, body: { members: [member('contributorSpare', caseRoles.contributor)] } }),
  },
  {
    name: 'an own further device with a new epoch',
    type: deviceAdd,
    gives: 'accepted',
    wish: (c) => ({
      signer: c.contributor,
      startsEpoch: true,
      body: { members: [member('contributorSpare', caseRoles.contributor)] },
    }),
  },
  {
    name: "a lead adds a member's device",
    type: deviceAdd,
    gives: 'accepted',
    wish: (c) => ({ signer: c.lead, body: { members: [member('contributorSpare', caseRoles.contributor)] } }),
  },
  {
    name: "a reader adds another member's device",
    type: deviceAdd,
    gives: 'chain/right',
    wish: (c) => ({ signer: c.reader, body: { members: [member('contributorSpare', caseRoles.contributor)] } }),
  },
  {
    name: 'a new device with a higher role',
    type: deviceAdd,
    gives: 'chain/member',
    wish: (c) => ({ signer: c.contributor, body: { members: [member('contributorSpare', caseRoles.lead)] } }),
  },
  {
    name: 'a new device with more history',
    type: deviceAdd,
    gives: 'chain/member',
    wish: (c) => ({
      signer: c.contributor,
      body: { members: [{ ...member('contributorSpare', caseRoles.contributor), history: fromDate }] },
    }),
  },
  {
    name: 'a new device with a later end',
    type: deviceAdd,
    gives: 'chain/member',
    wish: (c) => ({
      signer: c.contributor,
      body: { members: [{ ...member('contributorSpare', caseRoles.contributor), notAfterMs: Date.UTC(2040, 0) }] },
    }),
  },
  {
    name: 'a device of somebody who is not in',
    type: deviceAdd,
    gives: 'chain/member',
    wish: (c) => ({ signer: c.lead, body: { members: [member('outsider')] } }),
  },
  {
    name: 'a device that is in already',
    type: deviceAdd,
    gives: 'chain/member',
    wish: (c) => ({ signer: c.contributor, body: { members: [member('contributor', caseRoles.contributor)] } }),
  },
  {
    name: 'a device behind a barrier',
    type: deviceAdd,
    gives: 'chain/barrier',
    wish: (c) => ({
      signer: c.lead,
      startsEpoch: true,
      isBarrier: true,
      body: { members: [member('contributorSpare', caseRoles.contributor)] },
    }),
  },
  {
    name: 'a device added without a box',
    type: deviceAdd,
    gives: 'chain/boxes',
    wish: (c) => ({
      signer: c.contributor,
      body: { members: [member('contributorSpare', caseRoles.contributor)] },
      forged: { boxRoot: new Uint8Array(32) },
    }),
  },
];

describeRows([add, deviceAdd], cast, rows);
