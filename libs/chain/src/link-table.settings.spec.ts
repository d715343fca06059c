import type { CompartmentId, ObjectId, PersonId } from '@rogatory/kernel';
import { caseRoles, linkTypes } from '@rogatory/protocol';
import { makeCast } from './testing/cast.js';
import { about, strictestPolicy } from './testing/chain-world.js';
import { describeRows, closed, ids, leavesOf, type LinkRow } from './testing/link-rows.js';

const cast = makeCast(11);
const { world } = cast;
const member = leavesOf(cast);
const { add, deviceAdd, remove, leave, rotate, role, policy, suite, disclose, close, reopen } = linkTypes;
const item = { objectId: 'ab'.repeat(16) as ObjectId, version: 1, itemHash: new Uint8Array(32).fill(7) };
const compartmentId = 'cd'.repeat(32) as CompartmentId;

const rows: readonly LinkRow[] = [
  {
    name: 'a lead promotes',
    type: role,
    gives: 'accepted',
    wish: (c) => ({ signer: c.lead, body: { ...about(c.reader.person.id), role: caseRoles.lead } }),
  },
  {
    name: 'a lead demotes another',
    type: role,
    gives: 'accepted',
    wish: (c) => ({ signer: c.lead, body: { ...about(c.coLead.person.id), role: caseRoles.reader } }),
  },
  {
    name: 'a contributor promotes himself',
    type: role,
    gives: 'chain/right',
    wish: (c) => ({ signer: c.contributor, body: { ...about(c.contributor.person.id), role: caseRoles.lead } }),
  },
  {
    name: 'the last lead demotes himself',
    type: role,
    gives: 'chain/last-lead',
    on: (c) => world.push(c.state, remove, { signer: c.lead, body: about(c.coLead.person.id) }).state,
    wish: (c) => ({ signer: c.lead, body: { ...about(c.lead.person.id), role: caseRoles.reader } }),
  },
  {
    name: 'a role for nobody',
    type: role,
    gives: 'chain/member',
    wish: (c) => ({ signer: c.lead, body: { ...about('ee'.repeat(16) as PersonId), role: caseRoles.lead } }),
  },
  {
    name: 'a role that is held already',
    type: role,
    gives: 'chain/member',
    wish: (c) => ({ signer: c.lead, body: { ...about(c.reader.person.id), role: caseRoles.reader } }),
  },
  {
    name: 'a role without a person',
    type: role,
    gives: 'chain/body',
    wish: (c) => ({ signer: c.lead, body: { role: caseRoles.reader } }),
  },
  {
    name: 'a stricter policy',
    type: policy,
    gives: 'accepted',
    wish: (c) => ({
      signer: c.lead,
      body: { policy: { headConfirmationMs: 3_600_000, rotateAfterMs: 86_400_000, minimumLeads: 2 } },
    }),
  },
  {
    name: 'a policy by a reader',
    type: policy,
    gives: 'chain/right',
    wish: (c) => ({ signer: c.reader, body: { policy: strictestPolicy } }),
  },
  {
    name: 'a policy above the compiled floor',
    type: policy,
    gives: 'chain/policy',
    wish: (c) => ({ signer: c.lead, body: { policy: { ...strictestPolicy, headConfirmationMs: 25 * 3_600_000 } } }),
  },
  {
    name: 'a policy that nobody can meet',
    type: policy,
    gives: 'chain/policy',
    wish: (c) => ({ signer: c.lead, body: { policy: { ...strictestPolicy, headConfirmationMs: 1 } } }),
  },
  {
    name: 'a policy of more leads than there are',
    type: policy,
    gives: 'chain/policy',
    wish: (c) => ({ signer: c.lead, body: { policy: { ...strictestPolicy, minimumLeads: 3 } } }),
  },
  {
    name: 'a policy of no lead',
    type: policy,
    gives: 'chain/policy',
    wish: (c) => ({ signer: c.lead, body: { policy: { ...strictestPolicy, minimumLeads: 0 } } }),
  },
  {
    name: 'a policy that loosens',
    type: policy,
    gives: 'chain/policy',
    on: (c) =>
      world.push(c.state, policy, {
        signer: c.lead,
        body: { policy: { ...strictestPolicy, rotateAfterMs: 86_400_000 } },
      }).state,
    wish: (c) => ({ signer: c.lead, body: { policy: strictestPolicy } }),
  },
  {
    name: 'leaving below the policy',
    type: leave,
    gives: 'chain/last-lead',
    on: (c) =>
      world.push(c.state, policy, { signer: c.lead, body: { policy: { ...strictestPolicy, minimumLeads: 2 } } }).state,
    wish: (c) => ({ signer: c.lead, body: about(c.lead.person.id) }),
  },
  {
    name: 'removal of a lead below the policy',
    type: remove,
    gives: 'accepted',
    on: (c) =>
      world.push(c.state, policy, { signer: c.lead, body: { policy: { ...strictestPolicy, minimumLeads: 2 } } }).state,
    wish: (c) => ({ signer: c.lead, body: about(c.coLead.person.id) }),
  },
  {
    name: 'a suite that this build does not have',
    type: suite,
    gives: 'crypto/suite',
    wish: (c) => ({ signer: c.lead, body: { suite: 2 } }),
  },
  {
    name: 'a suite that goes down',
    type: suite,
    gives: 'chain/suite',
    wish: (c) => ({ signer: c.lead, body: { suite: 0 } }),
  },
  {
    name: 'a link in another suite',
    type: rotate,
    gives: 'crypto/suite',
    wish: (c) => ({ signer: c.lead, forged: { suite: 2 } }),
  },
  {
    name: 'a lead discloses items',
    type: disclose,
    gives: 'accepted',
    wish: (c) => ({ signer: c.lead, body: { devices: ids(c.reader), disclosed: [item] } }),
  },
  {
    name: 'a contributor discloses',
    type: disclose,
    gives: 'chain/right',
    wish: (c) => ({ signer: c.contributor, body: { devices: ids(c.reader), disclosed: [item] } }),
  },
  {
    name: 'a disclosure to an outsider',
    type: disclose,
    gives: 'chain/member',
    wish: (c) => ({ signer: c.lead, body: { devices: ids(c.outsider), disclosed: [item] } }),
  },
  {
    name: 'a disclosure of nothing',
    type: disclose,
    gives: 'chain/body',
    wish: (c) => ({ signer: c.lead, body: { devices: ids(c.reader), disclosed: [] } }),
  },
  {
    name: 'a disclosure of one item twice',
    type: disclose,
    gives: 'chain/body',
    wish: (c) => ({ signer: c.lead, body: { devices: ids(c.reader), disclosed: [item, item] } }),
  },
  {
    name: 'a disclosure without boxes',
    type: disclose,
    gives: 'chain/boxes',
    wish: (c) => ({
      signer: c.lead,
      body: { devices: ids(c.reader), disclosed: [item] },
      forged: { boxRoot: new Uint8Array(32) },
    }),
  },
  { name: 'a lead closes', type: close, gives: 'accepted', wish: (c) => ({ signer: c.lead }) },
  { name: 'a reader closes', type: close, gives: 'chain/right', wish: (c) => ({ signer: c.reader }) },
  { name: 'closing twice', type: close, gives: 'chain/closed', on: closed, wish: (c) => ({ signer: c.lead }) },
  { name: 'reopening', type: reopen, gives: 'accepted', on: closed, wish: (c) => ({ signer: c.lead }) },
  {
    name: 'reopening by a reader',
    type: reopen,
    gives: 'chain/right',
    on: closed,
    wish: (c) => ({ signer: c.reader }),
  },
  { name: 'reopening what is open', type: reopen, gives: 'chain/body', wish: (c) => ({ signer: c.lead }) },
  {
    name: 'admission to a closed case',
    type: add,
    gives: 'chain/closed',
    on: closed,
    wish: (c) => ({ signer: c.lead, body: { members: [member('outsider')] } }),
  },
  {
    name: 'disclosure in a closed case',
    type: disclose,
    gives: 'chain/closed',
    on: closed,
    wish: (c) => ({ signer: c.lead, body: { devices: ids(c.reader), disclosed: [item] } }),
  },
  {
    name: 'removal from a closed case',
    type: remove,
    gives: 'accepted',
    on: closed,
    wish: (c) => ({ signer: c.lead, body: about(c.reader.person.id) }),
  },
  {
    name: 'a further device in a closed case',
    type: deviceAdd,
    gives: 'accepted',
    on: closed,
    wish: (c) => ({ signer: c.contributor, body: { members: [member('contributorSpare', caseRoles.contributor)] } }),
  },
  {
    name: 'a lead announces a compartment',
    type: linkTypes.compartment,
    gives: 'accepted',
    wish: (c) => ({ signer: c.lead, body: { ...about(c.lead.person.id), compartmentId } }),
  },
  {
    name: 'a contributor announces a compartment',
    type: linkTypes.compartment,
    gives: 'chain/right',
    wish: (c) => ({ signer: c.contributor, body: { ...about(c.contributor.person.id), compartmentId } }),
  },
  {
    name: 'a compartment announced twice',
    type: linkTypes.compartment,
    gives: 'chain/compartment',
    on: (c) =>
      world.push(c.state, linkTypes.compartment, {
        signer: c.lead,
        body: { ...about(c.lead.person.id), compartmentId },
      }).state,
    wish: (c) => ({ signer: c.lead, body: { ...about(c.lead.person.id), compartmentId } }),
  },
  {
    name: 'a compartment for an outsider',
    type: linkTypes.compartment,
    gives: 'chain/compartment',
    wish: (c) => ({ signer: c.lead, body: { ...about(c.outsider.person.id), compartmentId } }),
  },
];

describeRows([role, policy, suite, disclose, close, reopen, linkTypes.compartment], cast, rows);
