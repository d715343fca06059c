import { linkTypes } from '@rogatory/protocol';
import { makeCast } from './testing/cast.js';
import { describeRows, admitted, fromNow, ids, leadLeft, leavesOf, type LinkRow } from './testing/link-rows.js';

const cast = makeCast(11);
const member = leavesOf(cast);
const { deviceAdd, rotate, reseal } = linkTypes;

const rows: readonly LinkRow[] = [
  { name: 'a lead rotates', type: rotate, gives: 'accepted', wish: (c) => ({ signer: c.lead }) },
  {
    name: 'a lead rotates behind a barrier',
    type: rotate,
    gives: 'accepted',
    wish: (c) => ({ signer: c.lead, isBarrier: true }),
  },
  {
    name: 'a member rotates without cause',
    type: rotate,
    gives: 'chain/right',
    wish: (c) => ({ signer: c.contributor }),
  },
  {
    name: 'a member rotates after somebody left',
    type: rotate,
    gives: 'accepted',
    on: leadLeft,
    wish: (c) => ({ signer: c.reader }),
  },
  {
    name: 'a member sets a barrier',
    type: rotate,
    gives: 'chain/barrier',
    on: leadLeft,
    wish: (c) => ({ signer: c.reader, isBarrier: true }),
  },
  {
    name: 'a rotation that keeps those who left',
    type: rotate,
    gives: 'chain/member-root',
    on: leadLeft,
    wish: (c) => ({ signer: c.reader, forged: { memberRoot: c.state.members.root() } }),
  },
  {
    name: 'a rotation that changes members',
    type: rotate,
    gives: 'chain/body',
    wish: (c) => ({ signer: c.lead, body: { members: [member('outsider')] } }),
  },
  {
    name: 'a rotation for a complaint that nobody has',
    type: rotate,
    gives: 'chain/cause',
    wish: (c) => ({ signer: c.reader, body: { cause: { complaintHash: new Uint8Array(32).fill(1) } } }),
  },
  {
    name: 'a rotation without boxes',
    type: rotate,
    gives: 'chain/boxes',
    wish: (c) => ({ signer: c.lead, forged: { boxRoot: new Uint8Array(32) } }),
  },
  {
    name: 'a rotation without key commitment',
    type: rotate,
    gives: 'chain/commitments',
    wish: (c) => ({ signer: c.lead, forged: { keyCommit: new Uint8Array(32) } }),
  },
  {
    name: 'a rotation without read commitment',
    type: rotate,
    gives: 'chain/commitments',
    wish: (c) => ({ signer: c.lead, forged: { readCommit: new Uint8Array(32) } }),
  },
  {
    name: 'a rotation without archive',
    type: rotate,
    gives: 'chain/archive',
    wish: (c) => ({ signer: c.lead, forged: { archive: new Uint8Array(0) } }),
  },
  {
    name: 'a barrier with an archive',
    type: rotate,
    gives: 'chain/archive',
    wish: (c) => ({ signer: c.lead, isBarrier: true, forged: { archive: new Uint8Array(104) } }),
  },
  {
    name: 'an archive of another length',
    type: rotate,
    gives: 'chain/archive',
    wish: (c) => ({ signer: c.lead, forged: { archive: new Uint8Array(103) } }),
  },
  {
    name: 'a rotation that skips an epoch number',
    type: rotate,
    gives: 'chain/epoch',
    wish: (c) => ({ signer: c.lead, forged: { epoch: 3 } }),
  },
  {
    name: 'a rotation over an unreadable epoch',
    type: rotate,
    gives: 'accepted',
    wish: (c) => ({ signer: c.lead, baseEpoch: 0 }),
  },
  {
    name: 'a base epoch yet to come',
    type: rotate,
    gives: 'chain/epoch',
    wish: (c) => ({ signer: c.lead, forged: { baseEpoch: 2 } }),
  },
  {
    name: 'a member reseals to another',
    type: reseal,
    gives: 'accepted',
    wish: (c) => ({ signer: c.reader, body: { devices: ids(c.contributor), epochs: [1] } }),
  },
  {
    name: 'a reseal to itself',
    type: reseal,
    gives: 'chain/member',
    wish: (c) => ({ signer: c.reader, body: { devices: ids(c.reader), epochs: [1] } }),
  },
  {
    name: 'a reseal to an outsider',
    type: reseal,
    gives: 'chain/member',
    wish: (c) => ({ signer: c.lead, body: { devices: ids(c.outsider), epochs: [1] } }),
  },
  {
    name: 'a reseal to two devices',
    type: reseal,
    gives: 'chain/member',
    wish: (c) => ({ signer: c.lead, body: { devices: ids(c.reader, c.contributor), epochs: [1] } }),
  },
  {
    name: 'a reseal of no epoch',
    type: reseal,
    gives: 'chain/history',
    wish: (c) => ({ signer: c.lead, body: { devices: ids(c.reader), epochs: [] } }),
  },
  {
    name: 'a reseal of an epoch yet to come',
    type: reseal,
    gives: 'chain/history',
    wish: (c) => ({ signer: c.lead, body: { devices: ids(c.reader), epochs: [2] } }),
  },
  {
    name: 'a reseal with a new epoch',
    type: reseal,
    gives: 'chain/epoch',
    wish: (c) => ({ signer: c.lead, startsEpoch: true, body: { devices: ids(c.reader), epochs: [1] } }),
  },
  {
    name: 'a reseal without a box',
    type: reseal,
    gives: 'chain/boxes',
    wish: (c) => ({
      signer: c.lead,
      body: { devices: ids(c.reader), epochs: [1] },
      forged: { boxRoot: new Uint8Array(32) },
    }),
  },
  {
    name: 'a reseal of more than was granted',
    type: reseal,
    gives: 'chain/history',
    on: admitted,
    wish: (c) => ({ signer: c.lead, body: { devices: ids(c.outsider), epochs: [1] } }),
  },
  {
    name: 'a reseal of what was granted',
    type: reseal,
    gives: 'accepted',
    on: admitted,
    wish: (c) => ({ signer: c.reader, body: { devices: ids(c.outsider), epochs: [2] } }),
  },
  {
    name: 'a reseal of what its author was not granted',
    type: reseal,
    gives: 'chain/history',
    on: admitted,
    wish: (c) => ({ signer: c.outsider, body: { devices: ids(c.reader), epochs: [1] } }),
  },
  {
    name: 'a base epoch that the author was not granted',
    type: deviceAdd,
    gives: 'chain/epoch',
    on: admitted,
    wish: (c) => ({
      signer: c.outsider,
      startsEpoch: true,
      baseEpoch: 1,
      body: { members: [{ ...member('outsiderSpare'), history: fromNow }] },
    }),
  },
];

describeRows([rotate, reseal], cast, rows);
