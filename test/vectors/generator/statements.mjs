/** What stands beside chains, and the statement of a login (docs/spec/chains.md 10 and 11, login.md). */
import * as p from '@rogatory/protocol';
import { bytesOf, edit, filled, flip, id, key, longId, signAs, time } from './parts.mjs';

const { signaturePurposes: purposes } = p;
const signer = key('member/0');
const key0 = signer.publicKey;
const chainHead = { seq: 12, linkHash: filled(0x22, 32) };

/** @param {any} changes */
const beat = (changes = {}) =>
  signAs(
    signer,
    purposes.heartbeat,
    p.encodeHeartbeat({
      ...{
        deviceId: id('10'),
        compartmentId: longId('2f'),
        chainHead,
        contentHead: { size: 18, root: filled(0x34, 32) },
      },
      ...{ directoryHead: { size: 40, root: filled(0x23, 32), timeMs: time.timeMs }, time, ...changes },
    }),
  );
const heartbeat = beat();
const carried = { keyId: 'c0ffee42', size: 12_345, root: filled(0x3a, 32), signature: filled(0x3b, 64) };
const heartbeat2 = beat({ auditHead: carried });
/** Where the size of the carried head stands. */
const carriedSizeAt = 4 + 16 + 32 + 40 + 40 + 48 + 4;

/** @param {any} changes */
const complaint = (changes = {}) =>
  signAs(
    signer,
    purposes.complaint,
    p.encodeComplaint({
      ...{
        deviceId: id('10'),
        compartmentId: longId('2f'),
        link: chainHead,
        epoch: 4,
        kind: 2,
        boxHash: bytesOf('box'),
        time,
        ...changes,
      },
    }),
  );

/** @param {any} changes */
const invitation = (changes = {}) =>
  signAs(
    signer,
    purposes.invitation,
    p.encodeInvitation({
      ...{
        invitationId: id('41'),
        caseId: longId('20'),
        compartments: [longId('20'), longId('2f')],
        sponsorDevice: id('10'),
      },
      ...{
        target: 3,
        targetId: id('13'),
        role: 2,
        history: 2,
        uses: 100,
        notAfterMs: time.timeMs + 30 * 86_400_000,
        time,
        ...changes,
      },
    }),
  );

const acceptance = signAs(
  signer,
  purposes.acceptance,
  p.encodeAcceptance({
    ...{ invitationId: id('41'), invitationHash: bytesOf('invitation'), personId: id('11'), deviceId: id('10'), time },
  }),
);

/** @param {any} changes @param {any} purpose */
const login = (changes = {}, purpose = purposes.login) =>
  signAs(
    signer,
    purpose,
    p.encodeLoginStatement({
      ...{
        federationHash: bytesOf('federation'),
        audience: 'https://rogatory.example',
        deviceId: id('10'),
        challenge: bytesOf('challenge'),
        time,
        ...changes,
      },
    }),
  );

export const valid = [
  { kind: 'heartbeat', name: 'heartbeat', description: '', bytes: heartbeat, signer: key0 },
  { kind: 'complaint', name: 'does not open', description: '', bytes: complaint(), signer: key0 },
  {
    kind: 'complaint',
    name: 'missing',
    description: 'no box, hence no hash',
    bytes: complaint({ kind: 1, boxHash: filled(0, 32) }),
    signer: key0,
  },
  {
    kind: 'invitation',
    name: 'authority',
    description: 'a hundred persons of an authority, into two compartments',
    bytes: invitation(),
    signer: key0,
  },
  {
    kind: 'invitation',
    name: 'person',
    description: '',
    bytes: invitation({ target: 1, uses: 1, compartments: [longId('20')] }),
    signer: key0,
  },
  { kind: 'acceptance', name: 'acceptance', description: '', bytes: acceptance, signer: key0 },
  { kind: 'login-statement', name: 'login', description: '', bytes: login(), signer: key0 },
  {
    kind: 'login-statement',
    name: 'loopback',
    description: 'an origin with a port and an IPv6 address',
    bytes: login({ audience: 'http://[::1]:4000' }),
    signer: key0,
  },
  {
    ...{ kind: 'heartbeat', name: 'with a head', description: 'of version 2: names a head of the audit log' },
    ...{ bytes: heartbeat2, signer: key0 },
  },
];

/** @param {string} kind @param {string} name @param {string} code @param {Uint8Array} bytes */
const refused = (kind, name, code, bytes) => ({
  ...{ kind, name, family: code.startsWith('codec') ? 'codec' : 'verification', code, bytes, signer: key0 },
});

export const invalid = [
  refused(
    'heartbeat',
    'signed as a complaint',
    'crypto/signature',
    signAs(signer, purposes.complaint, heartbeat.slice(0, -64)),
  ),
  refused('heartbeat', 'another root', 'crypto/signature', flip(heartbeat, 100)),
  refused('heartbeat', 'size beyond 2^53 - 1', 'codec/range', edit(heartbeat, 4 + 16 + 32, 'replace', [0x80])),
  refused('complaint', 'missing, with a hash', 'codec/range', complaint({ kind: 1 })),
  refused('complaint', 'unknown kind', 'codec/unknown-value', complaint({ kind: 4 })),
  refused('invitation', 'no compartment', 'codec/range', invitation({ compartments: [] })),
  refused(
    'invitation',
    '65 compartments',
    'codec/range',
    invitation({ compartments: Array.from({ length: 65 }, (_, i) => longId((i + 16).toString(16))) }),
  ),
  refused(
    'invitation',
    'compartments not ascending',
    'codec/order',
    invitation({ compartments: [longId('2f'), longId('20')] }),
  ),
  refused(
    'invitation',
    'a compartment twice',
    'codec/order',
    invitation({ compartments: [longId('20'), longId('20')] }),
  ),
  refused('invitation', 'no use', 'codec/range', invitation({ uses: 0 })),
  refused('invitation', '101 uses', 'codec/range', invitation({ uses: 101 })),
  refused('invitation', 'a person twice', 'codec/range', invitation({ target: 1, uses: 2 })),
  refused('invitation', 'unknown target', 'codec/unknown-value', invitation({ target: 4, uses: 1 })),
  refused('invitation', 'unknown role', 'codec/unknown-value', invitation({ role: 0 })),
  refused(
    'acceptance',
    'signed as an invitation',
    'crypto/signature',
    signAs(signer, purposes.invitation, acceptance.slice(0, -64)),
  ),
  refused(
    'login-statement',
    'origin with a path',
    'codec/text',
    login({ audience: 'https://rogatory.example/graphql' }),
  ),
  refused('login-statement', 'origin with a capital', 'codec/text', login({ audience: 'https://Rogatory.example' })),
  refused('login-statement', 'origin of another scheme', 'codec/text', login({ audience: 'ftp://rogatory.example' })),
  refused('login-statement', 'empty origin', 'codec/text', login({ audience: '' })),
  refused(
    'login-statement',
    'origin of 221 bytes',
    'codec/too-long',
    login({ audience: `https://${'a'.repeat(213)}` }),
  ),
  refused('login-statement', 'signed as an act', 'crypto/signature', login({}, purposes.auditAct)),
  refused(
    'login-statement',
    'another challenge',
    'crypto/signature',
    edit(login(), login().length - 64 - 10 - 32, 'replace', [1, 2, 3]),
  ),
  refused('heartbeat', 'version 3', 'codec/magic', edit(heartbeat, 3, 'replace', [0x33])),
  refused('heartbeat', 'version 2 without its head', 'codec/range', edit(heartbeat, 3, 'replace', [0x32])),
  refused('heartbeat', 'version 1 with a head', 'codec/range', edit(heartbeat2, 3, 'replace', [0x31])),
  refused(
    'heartbeat',
    'head of an empty log',
    'codec/range',
    edit(heartbeat2, carriedSizeAt, 'replace', [0, 0, 0, 0, 0, 0, 0, 0]),
  ),
  refused(
    'heartbeat',
    'log of more than 2^48',
    'codec/range',
    edit(heartbeat2, carriedSizeAt, 'replace', [0, 1, 0, 0, 0, 0, 0, 1]),
  ),
];
export const spec = ['chains.md', 'login.md'];
