import { linkTypes } from '@rogatory/protocol';
import { makeCast } from './testing/cast.js';
import { about } from './testing/chain-world.js';
import { describeRows, ids, leadLeft, type LinkRow } from './testing/link-rows.js';

const cast = makeCast(11);
const { world } = cast;
const { remove, leave, deviceDrop, rotate } = linkTypes;

const rows: readonly LinkRow[] = [
  {
    name: 'a lead removes a member',
    type: remove,
    gives: 'accepted',
    wish: (c) => ({ signer: c.lead, body: about(c.contributor.person.id) }),
  },
  {
    name: 'a lead removes another lead',
    type: remove,
    gives: 'accepted',
    wish: (c) => ({ signer: c.lead, body: about(c.coLead.person.id) }),
  },
  {
    name: 'a lead removes behind a barrier',
    type: remove,
    gives: 'accepted',
    wish: (c) => ({ signer: c.lead, isBarrier: true, body: about(c.reader.person.id) }),
  },
  {
    name: 'a contributor removes a reader',
    type: remove,
    gives: 'chain/right',
    wish: (c) => ({ signer: c.contributor, body: about(c.reader.person.id) }),
  },
  {
    name: 'removal without a new epoch',
    type: remove,
    gives: 'chain/epoch',
    wish: (c) => ({ signer: c.lead, startsEpoch: false, body: about(c.reader.person.id) }),
  },
  {
    name: 'removal of somebody who is not in',
    type: remove,
    gives: 'chain/member',
    wish: (c) => ({ signer: c.lead, body: about(c.outsider.person.id) }),
  },
  {
    name: 'a lead makes the key after his own removal',
    type: remove,
    gives: 'chain/right',
    wish: (c) => ({ signer: c.lead, body: about(c.lead.person.id) }),
  },
  {
    name: 'a removal that leaves the leaf in place',
    type: remove,
    gives: 'chain/member-root',
    wish: (c) => ({ signer: c.lead, body: about(c.reader.person.id), forged: { memberRoot: c.state.members.root() } }),
  },
  {
    name: 'a member leaves',
    type: leave,
    gives: 'accepted',
    wish: (c) => ({ signer: c.reader, body: about(c.reader.person.id) }),
  },
  {
    name: 'a lead leaves while another stays',
    type: leave,
    gives: 'accepted',
    wish: (c) => ({ signer: c.lead, body: about(c.lead.person.id) }),
  },
  {
    name: 'the last lead leaves',
    type: leave,
    gives: 'chain/last-lead',
    on: leadLeft,
    wish: (c) => ({ signer: c.coLead, body: about(c.coLead.person.id) }),
  },
  {
    name: 'leaving for another person',
    type: leave,
    gives: 'chain/right',
    wish: (c) => ({ signer: c.lead, body: about(c.reader.person.id) }),
  },
  {
    name: 'leaving with a new epoch',
    type: leave,
    gives: 'chain/epoch',
    wish: (c) => ({ signer: c.reader, startsEpoch: true, body: about(c.reader.person.id) }),
  },
  {
    name: 'leaving with a key',
    type: leave,
    gives: 'chain/commitments',
    wish: (c) => ({
      signer: c.reader,
      body: about(c.reader.person.id),
      forged: { keyCommit: new Uint8Array(32).fill(1), readCommit: new Uint8Array(32).fill(1) },
    }),
  },
  {
    name: 'leaving with boxes',
    type: leave,
    gives: 'chain/boxes',
    wish: (c) => ({
      signer: c.reader,
      body: about(c.reader.person.id),
      forged: { boxRoot: new Uint8Array(32).fill(1) },
    }),
  },
  {
    name: 'anything by somebody who has left',
    type: rotate,
    gives: 'chain/signer',
    on: leadLeft,
    wish: (c) => ({ signer: c.lead }),
  },
  {
    name: 'leaving twice',
    type: leave,
    gives: 'chain/signer',
    on: (c) => world.push(c.state, leave, { signer: c.reader, body: about(c.reader.person.id) }).state,
    wish: (c) => ({ signer: c.reader, body: about(c.reader.person.id) }),
  },
  {
    name: 'a lead drops a device',
    type: deviceDrop,
    gives: 'accepted',
    wish: (c) => ({ signer: c.lead, body: { devices: ids(c.contributor) } }),
  },
  {
    name: 'a member drops a live device of another',
    type: deviceDrop,
    gives: 'chain/right',
    wish: (c) => ({ signer: c.reader, body: { devices: ids(c.contributor) } }),
  },
  {
    name: 'a device drops itself and makes the next key',
    type: deviceDrop,
    gives: 'chain/right',
    wish: (c) => ({ signer: c.contributor, body: { devices: ids(c.contributor) } }),
  },
  {
    name: 'a drop of a device that is not in',
    type: deviceDrop,
    gives: 'chain/member',
    wish: (c) => ({ signer: c.lead, body: { devices: ids(c.outsider) } }),
  },
  {
    name: 'a drop of nothing',
    type: deviceDrop,
    gives: 'chain/member',
    wish: (c) => ({ signer: c.lead, body: { devices: [] } }),
  },
  {
    name: 'a drop of one device twice',
    type: deviceDrop,
    gives: 'chain/member',
    wish: (c) => ({ signer: c.lead, body: { devices: [c.reader.id, c.reader.id] } }),
  },
  {
    name: 'a drop without a new epoch',
    type: deviceDrop,
    gives: 'chain/epoch',
    wish: (c) => ({ signer: c.lead, startsEpoch: false, body: { devices: ids(c.reader) } }),
  },
  {
    name: 'a drop that cites a directory entry which says nothing',
    type: deviceDrop,
    gives: 'chain/cause',
    wish: (c) => ({ signer: c.lead, body: { devices: ids(c.reader), cause: { directoryIndex: 0 } } }),
  },
  {
    name: 'a drop for a complaint',
    type: deviceDrop,
    gives: 'chain/body',
    wish: (c) => ({
      signer: c.lead,
      body: { devices: ids(c.reader), cause: { complaintHash: new Uint8Array(32).fill(1) } },
    }),
  },
];

describeRows([remove, leave, deviceDrop], cast, rows);
