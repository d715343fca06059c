import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { bytesSource, type Client, type Compartment, type OpenCase, operations } from '@rogatory/client';
import { boxHash, itemBodyHash, verifyComplaint } from '@rogatory/chain';
import { verifySignature } from '@rogatory/crypto/verify';
import { composeRole, composeRotate, makeComplaint, makeHeartbeat } from '@rogatory/e2ee';
import { type ObjectId, systemRandom, toBase64, toHex, utf8 } from '@rogatory/kernel';
import {
  actSubjects,
  caseRoles,
  complaintKinds,
  decodeBox,
  decodeSignedAct,
  decodeSignedItem,
  decodeSignedLink,
  encodeAct,
  encodeBox,
  encodeSignedAct,
  itemSignedBytes,
  linkActs,
  type LinkBody,
  linkTypes,
  nameOf,
  roleMay,
  signaturePurposes,
} from '@rogatory/protocol';
import { decodeKeyFile } from '../../apps/cli/src/ceremony/key-file.js';
import { harmless, safeFileName } from '../../apps/cli/src/run/harmless.js';
import { EvilProxy, type JsonObject } from './evil-proxy.js';
import { hostileNames } from './hostile-names.js';
import { RawMember, scenesOf } from './raw-member.js';
import { at, refusalOf, Rig } from './rig.js';

let rig: Rig;
let lead: RawMember;
let third: Client;
beforeAll(async () => {
  rig = await Rig.start();
  lead = new RawMember(rig.lead, rig.world.keysOf('prosecutor-xa'));
  third = await rig.client('prosecutor-xc');
}, 120_000);
afterAll(() => rig.stop());
afterEach(() => rig.proxy.honest());

interface Scene {
  readonly open: OpenCase;
  readonly theirs: OpenCase;
  readonly judge: RawMember;
  readonly evidence: Compartment['compartmentId'];
}

/** A case of its own with lead and judge, for what spoils one. */
async function scene(): Promise<Scene> {
  const { open, evidence } = await rig.newCase();
  const client = rig.judge;
  const theirs = await client.cases.open(open.caseId);
  return {
    open,
    theirs,
    judge: new RawMember(client, rig.world.keysOf('judge-xb')),
    evidence,
  };
}

it('M03: a key that does not open is noticed by whom it is for; the signed complaint names the link of whoever made it', async () => {
  const { open, theirs, judge, evidence } = await scene();
  await rig.admit(open, 'prosecutor-xc', third);
  const seen = (await third.cases.open(open.caseId)).compartment(evidence);
  const scenes = await scenesOf(open);
  const composed = composeRotate(scenes.scene(evidence));
  const boxes = composed.boxes.map((bytes) => {
    const box = decodeBox(bytes);
    return box.deviceId === judge.keys.deviceId
      ? encodeBox({ ...box, sealed: systemRandom(box.sealed.length) })
      : bytes;
  });
  expect(await lead.send(open, [lead.reboxed(composed.signed.link, boxes)])).toBe('LinksAppended');
  await open.sync();
  const compartment = theirs.compartment(evidence);
  await compartment.sync();
  expect(compartment.keyring.canRead(compartment.state.epoch)).toBe(false);
  expect(judge.client.concerns.at(-1)).toMatchObject({ kind: 'box-fault' });
  await seen.sync();
  const [told] = await seen.complaints();
  const { complaint } = verifyComplaint(seen.state, told ?? new Uint8Array(0));
  const accused = seen.replica.events.flatMap((event) => (event.kind === 'link' ? [event.applied] : [])).at(-1);
  expect(accused?.signed.link.signerDevice).toBe(lead.keys.deviceId);
  expect(complaint).toMatchObject({ deviceId: judge.keys.deviceId, kind: complaintKinds.doesNotOpen });
  expect(complaint.link.seq).toBe(accused?.signed.link.seq);
  expect(toHex(complaint.link.linkHash)).toBe(accused && toHex(accused.linkHash));
  const spoiled = boxes.find((bytes) => decodeBox(bytes).deviceId === judge.keys.deviceId);
  expect(toHex(complaint.boxHash)).toBe(toHex(boxHash(spoiled ?? new Uint8Array(0))));
  // And nobody stays cut off: any other member gives the key again.
  const helper = await third.cases.open(open.caseId);
  expect(await third.members.answerComplaints(helper, evidence)).toBe(1);
  await compartment.sync();
  expect(compartment.keyring.canRead(compartment.state.epoch)).toBe(true);
});

it('M04: nothing is taken in another’s name, of another’s device, or of another time', async () => {
  const { open, theirs, judge, evidence } = await scene();
  const compartment = theirs.compartment(evidence);
  const before = compartment.replica.size;
  const { header } = judge.message(compartment, 'whose?');
  const hourAhead = { ...header.time, timeMs: header.time.timeMs + 3_600_000 };
  const spoofed = [
    [{ ...header, senderDevice: lead.keys.deviceId }, 'access/refused'],
    [{ ...header, authorityId: lead.keys.authorityId }, 'chain/signer'],
    [{ ...header, time: hourAhead }, 'chain/time'],
    [{ ...header, senderSeq: header.senderSeq + 5 }, 'chain/sender-sequence'],
  ] as const;
  for (const [fields, code] of spoofed) {
    expect(await refusalOf(judge.post(judge.item(fields), fields))).toMatchObject({ code });
  }
  const { state } = compartment;
  const link = judge.link(compartment, { type: linkTypes.leave, body: { personId: lead.keys.personId } });
  expect((await refusalOf(judge.send(open, [link]))).code).toMatch(/^chain\//);
  const { link: inOthersName } = decodeSignedLink(link.bytes);
  const bytes = judge.sign({ ...inOthersName, signerDevice: lead.keys.deviceId });
  expect(await refusalOf(judge.send(open, [{ ...link, bytes }]))).toMatchObject({ code: 'access/refused' });

  const { gateway, directory } = judge.client;
  const said = { compartmentId: evidence, deviceId: lead.keys.deviceId, time: gateway.acts.time() };
  const contentHead = { size: state.content.size, root: state.content.root };
  const beat = makeHeartbeat(
    { ...said, chainHead: state.head, contentHead, directoryHead: directory.head },
    judge.keys.signing,
  );
  const heartbeat = { variables: { heartbeat: toBase64(beat) }, subject: actSubjects.sendHeartbeat(evidence, beat) };
  expect(await refusalOf(gateway.call(operations.sendHeartbeatOperation, heartbeat, Boolean))).toMatchObject({
    code: 'access/refused',
  });
  const about = { link: state.head, epoch: state.epoch, fault: { kind: 'missing' } } as const;
  const complaint = makeComplaint({ ...said, ...about }, judge.keys.signing);
  const accusing = {
    variables: { complaint: toBase64(complaint) },
    subject: actSubjects.complain(evidence, complaint),
  };
  expect(await refusalOf(gateway.call(operations.complainOperation, accusing, Boolean))).toMatchObject({
    code: 'access/refused',
  });
  await compartment.sync();
  expect(compartment.replica.size).toBe(before);
});

it('M04: a statement for the log in another’s name, or of another day, records nothing in that name', async () => {
  const { judge } = await scene();
  const { gateway } = judge.client;
  const { act } = await decodedAct(judge);
  const dayMs = 25 * 3_600_000;
  const statements = [
    [{ ...act, deviceId: lead.keys.deviceId }, 'audit/act'],
    [{ ...act, operation: 'case.open' as const }, 'audit/act'],
    [{ ...act, payloadHash: systemRandom(32) }, 'audit/act'],
    [{ ...act, time: { ...act.time, timeMs: act.time.timeMs - dayMs } }, 'audit/act-time'],
    [{ ...act, time: { ...act.time, timeMs: act.time.timeMs + dayMs } }, 'audit/act-time'],
  ] as const;
  const accessToken = await gateway.accessToken();
  for (const [fields, code] of statements) {
    const signedBytes = encodeAct(fields);
    const signature = judge.keys.signing.sign(signaturePurposes.auditAct, signedBytes);
    const proof = { accessToken, act: encodeSignedAct({ signedBytes, signature }) };
    const answer = await gateway.transport.request({ operation: operations.casesOperation, variables: {}, proof });
    expect(answer.errors).toMatchObject([{ extensions: { code } }]);
    expect(answer.data ?? null).toBeNull();
  }
});

/** A statement of this member's as its device makes them, not used yet. */
async function decodedAct(member: RawMember) {
  const { bytes } = await member.client.gateway.acts.make(actSubjects.listCases());
  return decodeSignedAct(bytes);
}

it('M05: whatever is signed above one’s role is refused by the server, and by every member if it stands in the log', async () => {
  const { open, theirs, judge, evidence } = await scene();
  await rig.admit(open, 'prosecutor-xc', third, caseRoles.reader);
  await theirs.sync();
  const stranger = rig.personOf('judge-xa');
  const reader = new RawMember(third, rig.world.keysOf('prosecutor-xc'));
  const read = await third.cases.open(open.caseId);
  const { state } = theirs.root;
  const bodies: Readonly<Record<number, LinkBody>> = {
    [linkTypes.add]: {
      members: state.members.leavesOf(judge.keys.personId).map((leaf) => ({ ...leaf, personId: stranger })),
    },
    [linkTypes.remove]: { personId: lead.keys.personId },
    [linkTypes.role]: { personId: judge.keys.personId, role: caseRoles.lead },
    [linkTypes.policy]: { policy: { ...state.policy, minimumLeads: 1 } },
    [linkTypes.compartment]: { compartmentId: evidence, personId: judge.keys.personId },
    [linkTypes.disclose]: {
      devices: [judge.keys.deviceId],
      disclosed: [{ objectId: 'ab'.repeat(16) as ObjectId, version: 1, itemHash: systemRandom(32) }],
    },
    [linkTypes.suite]: { suite: 1 },
  };
  const tried = [];
  for (const [member, own, role] of [
    [judge, theirs, caseRoles.contributor],
    [reader, read, caseRoles.reader],
  ] as const) {
    for (const type of Object.values(linkTypes).filter((type) => !roleMay(role, linkActs[type]))) {
      if (type === linkTypes.genesis) continue;
      const link = member.link(own.root, { type, body: bodies[type] ?? {} });
      const atServer = await refusalOf(member.send(open, [link]));
      // Behind everybody's back, as whoever owns the database can.
      const atMember = await shownTo(open, link.bytes);
      tried.push([nameOf(caseRoles, role), nameOf(linkTypes, type), atServer.code, atMember]);
    }
  }
  expect(tried.length).toBeGreaterThan(16);
  expect(tried.filter(([, , server]) => server !== 'access/refused')).toEqual([]);
  expect(tried.filter(([, , , member]) => !String(member).startsWith('chain/'))).toEqual([]);
  const governing = ['remove', 'role', 'close', 'reopen', 'policy'];
  const told = new Set(tried.filter(([, type]) => governing.includes(String(type))).map(([, , , code]) => code));
  expect(told).toContain('chain/right');
  await open.sync();
  expect(open.root.state.isClosed).toBe(false);
  expect(open.root.state.members.person(judge.keys.personId)?.role).toBe(caseRoles.contributor);
});

/** What the lead's device makes of a link that the server hands out as the newest. */
async function shownTo(open: OpenCase, bytes: Uint8Array): Promise<string> {
  rig.proxy.lie('ContentLog', (answer) => {
    const page = at(answer, 'data', 'contentLog');
    const position = Number(page['size']);
    const planted = { position, isLink: true, bytes: toBase64(bytes), receivedAtMs: Date.now() };
    return {
      ...answer,
      data: { contentLog: { ...page, size: position + 1, events: [...(page['events'] as JsonObject[]), planted] } },
    };
  });
  const { code } = await refusalOf(open.root.sync());
  rig.proxy.honest();
  return code;
}

it('M07: what was signed before a demotion or already once has no second effect', async () => {
  const { open, theirs, judge, evidence } = await scene();
  await rig.admit(open, 'prosecutor-xc', third, caseRoles.lead);
  const second = new RawMember(third, rig.world.keysOf('prosecutor-xc'));
  const own = await third.cases.open(open.caseId);
  const { compartmentId } = own.root;
  const composed = composeRole((await scenesOf(own)).scene(compartmentId), judge.keys.personId, caseRoles.lead);
  const grant = { compartmentId, bytes: composed.linkBytes, boxes: composed.boxes };
  expect(await second.send(own, [grant])).toBe('LinksAppended');
  await open.sync();
  await rig.lead.cases.setRole(open, judge.keys.personId, caseRoles.contributor);
  // Still a lead: the server shows the newest head instead of taking the old grant again.
  expect(await second.send(own, [grant])).toBe('StaleHead');
  await rig.lead.cases.setRole(open, rig.personOf('prosecutor-xc'), caseRoles.reader);
  expect(await refusalOf(second.send(own, [grant]))).toMatchObject({ code: 'access/refused' });
  await theirs.sync();
  const compartment = theirs.compartment(evidence);
  await judge.client.directory.syncWhenOld(compartment.state.directoryHead);
  const said = judge.message(compartment, 'said once');
  expect(await judge.post(said.bytes, said.header)).toBe('ItemPosted');
  expect(await refusalOf(judge.post(said.bytes, said.header))).toMatchObject({ code: 'chain/sender-sequence' });
  await open.sync();
  const texts = rig.lead.messages.list(open.compartment(evidence)).map(({ text }) => text);
  expect(texts.filter((text) => text === 'said once')).toHaveLength(1);
  expect(open.root.state.members.person(judge.keys.personId)?.role).toBe(caseRoles.contributor);
});

it('M08: keys that reach for prototypes are plain data or refused, in what members send and in what a server answers', async () => {
  const { open, theirs, judge, evidence } = await scene();
  const accessToken = await judge.client.gateway.accessToken();
  const id = operations.whoAmIOperation.id;
  const reaching = [
    '{"__proto__":{"isAdmin":true,"documentId":"ID"}}',
    '{"constructor":{"prototype":{"isAdmin":true}},"documentId":"ID"}',
    '{"documentId":"ID","variables":{"__proto__":{"isAdmin":true}}}',
    '{"documentId":"ID","variables":{"constructor":{"prototype":{"isAdmin":true}}}}',
    '{"documentId":"__proto__"}',
    '{"documentId":"constructor"}',
    '{"documentId":"ID","extensions":{"__proto__":{"isAdmin":true}}}',
  ].map((body) => body.replace('ID', id));
  for (const body of reaching) {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${accessToken}` };
    const answer = await fetch(`${rig.world.url}/graphql`, { method: 'POST', headers, body });
    expect(await answer.text()).toMatch(/"whoAmI":\{"deviceId"|"code":"request\/(invalid|unknown-document)"/);
  }
  rig.proxy.lieEverywhere((answer) => JSON.parse(reachingText(JSON.stringify(answer))) as JsonObject);
  await judge.client.messages.post(theirs, evidence, { text: '{"__proto__":{"isAdmin":true}}' });
  await judge.client.whoAmI();
  rig.proxy.honest();
  await open.sync();
  const [message] = rig.lead.messages.list(open.compartment(evidence)).slice(-1);
  expect(message?.text).toBe('{"__proto__":{"isAdmin":true}}');
  expect(Object.keys(Object.prototype)).toEqual([]);
  expect(Reflect.get({}, 'isAdmin')).toBeUndefined();
  for (const text of reaching)
    expect(() => decodeKeyFile(utf8(text))).toThrow(expect.objectContaining({ code: expect.any(String) }));
});

/** Every object of an answer with one more key, which `JSON.stringify` of a plain object could not write. */
function reachingText(text: string): string {
  return text.replaceAll('{"', '{"__proto__":{"isAdmin":true},"constructor":{"prototype":{"isAdmin":true}},"');
}

it('M08: two hundred hostile names arrive as they were written and stand on a terminal as harmless text', async () => {
  const { open, theirs, judge, evidence } = await scene();
  const names = hostileNames();
  expect(names.length).toBeGreaterThanOrEqual(200);
  const text = names.join('\u2400');
  await judge.client.messages.post(theirs, evidence, { subject: names[0] ?? '', text: text.slice(0, 20_000) });
  const file = bytesSource(names[1] ?? '', new Uint8Array(10));
  await judge.client.documents.upload(theirs, evidence, file);
  await open.sync();
  const compartment = open.compartment(evidence);
  const read = rig.lead.messages.list(compartment).at(-1);
  expect(read?.text).toBe(text.slice(0, 20_000));
  expect(rig.lead.documents.list(compartment).at(-1)?.manifest.name).toBe(names[1]);
  for (const name of names) {
    const shown = harmless(name);
    expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
    const stored = safeFileName(name, 'document');
    expect(stored).not.toMatch(/[/\\:*?"<>|\p{Cc}\p{Cf}]|^[.~-]|^\s|[.\s]$/u);
    expect(Buffer.byteLength(stored)).toBeLessThanOrEqual(200);
  }
});

it('M10: two signed versions with one number are found when heads meet, and prove themselves to anybody', async () => {
  const { open, theirs, evidence } = await scene();
  await rig.admit(open, 'prosecutor-xc', third);
  await theirs.sync();
  await open.sync();
  const fork = await rig.world.fork();
  const elsewhere = await EvilProxy.start(fork.url);
  try {
    const compartment = open.compartment(evidence);
    const [here, there] = [lead.message(compartment, 'no arrest yet'), lead.message(compartment, 'arrest at dawn')];
    expect(await lead.post(here.bytes, here.header)).toBe('ItemPosted');
    rig.proxy.target = fork.url;
    // The devices of this member do not mind that the log has two heads; whether they saw both already hangs on the hour.
    const answered = await lead.post(there.bytes, there.header).catch(({ code }: { code?: string }) => code);
    expect(['ItemPosted', 'client/fork']).toContain(answered);
    rig.proxy.target = rig.world.url;

    const mine = theirs.compartment(evidence);
    await mine.sync();
    expect(rig.judge.messages.list(mine).at(-1)?.text).toBe('no arrest yet');
    third = await rig.world.client('prosecutor-xc', { route: elsewhere.route(rig.world.url) });
    const other = (await third.cases.open(open.caseId)).compartment(evidence);
    expect(third.messages.list(other).at(-1)?.text).toBe('arrest at dawn');
    await other.beat(true);
    await mine.beat(true);

    const [fromThere, fromHere] = [await beatsOf(third, other), await beatsOf(rig.judge, mine)];
    rig.proxy.lie('Heartbeats', (answer) => ({ ...answer, data: { heartbeats: fromThere } }));
    elsewhere.lie('Heartbeats', (answer) => ({ ...answer, data: { heartbeats: fromHere } }));
    expect(await refusalOf(mine.readHeartbeats())).toMatchObject({ code: 'client/fork' });
    expect(await refusalOf(other.readHeartbeats())).toMatchObject({ code: 'client/fork' });
    expect(rig.judge.concerns.at(-1)).toMatchObject({ kind: 'fork', compartmentId: evidence });
    expect(third.concerns.at(-1)).toMatchObject({ kind: 'fork', compartmentId: evidence });

    // The evidence: what each of them stored, with one number and one signature key, and nothing else needed.
    const both = [mine, other].map(({ replica }) => decodeSignedItem(rawOf(replica.items.at(-1)?.signed)));
    expect(new Set(both.map(({ header }) => `${header.senderDevice} ${header.senderSeq}`)).size).toBe(1);
    expect(both[0]?.sealed).not.toEqual(both[1]?.sealed);
    const publicKey = mine.replica.items.at(-1)?.sender.signingKey ?? new Uint8Array(0);
    for (const { headerBytes, sealed, signature } of both) {
      const message = itemSignedBytes(headerBytes, itemBodyHash(sealed));
      verifySignature({ purpose: signaturePurposes.item, publicKey, message, signature });
    }
  } finally {
    rig.proxy.target = rig.world.url;
    await elsewhere.stop();
    await fork.stop();
  }
}, 90_000);

function rawOf(signed: ReturnType<typeof decodeSignedItem> | undefined): Uint8Array {
  if (signed === undefined) throw new Error('no item');
  return Buffer.concat([signed.headerBytes, signed.sealed, signed.signature]);
}

/** The heartbeats that a server has, as one of its clients is given them. */
async function beatsOf({ gateway }: Client, { compartmentId }: Compartment): Promise<string[]> {
  const call = { variables: { compartmentId }, subject: actSubjects.readCompartment(compartmentId) };
  return gateway.call(operations.heartbeatsOperation, call, ({ heartbeats }) => [...heartbeats]);
}
