import { describe, expect, it } from '@jest/globals';
import { limits, type DeviceId, type PersonId, type PostId } from '@rogatory/kernel';
import { KemKey } from '@rogatory/crypto/seal';
import { SigningKey } from '@rogatory/crypto/sign';
import {
  caseRoles,
  type DeviceCertificate,
  encodeDeviceCertificate,
  type PersonCertificate,
  postKinds,
  revocationActions,
  roleMask,
  signaturePurposes,
} from '@rogatory/protocol';
import {
  assembleDevice,
  draftRenewal,
  makeDevice,
  makePerson,
  openEnrolmentRequest,
  signDevice,
} from '../ceremony/enrolment.js';
import { signAll, type Signers } from '../ceremony/signatures.js';
import { applyEntry } from '../directory-state.js';
import { FederationWorld, type WorldAuthority, type WorldDevice, type WorldPerson } from '../testing.js';

const refusal = (code: string) => expect.objectContaining({ code });
const DAY_MS = 86_400_000;

function setting(seed = 3) {
  const world = new FederationWorld(seed);
  const body = world.oversightBody();
  const office = world.authority(body);
  const person = world.person(office);
  return { world, body, office, person };
}

function certificateOf(world: FederationWorld, authority: WorldAuthority): Omit<PersonCertificate, 'suite'> {
  return {
    authorityId: authority.id,
    serial: 1,
    personId: world.id<PersonId>(),
    postId: world.id<PostId>(),
    postKind: postKinds.judge,
    roleCeiling: roleMask(caseRoles.lead),
    notBeforeMs: world.nowMs,
    notAfterMs: world.nowMs + 100 * DAY_MS,
    cardHash: new Uint8Array(32),
    time: world.time,
  };
}

describe('a person', () => {
  it.each([
    ['judge without roles', postKinds.judge, 0],
    ['registrar with a role', postKinds.registrar, roleMask(caseRoles.reader)],
  ])('is refused as %s', (_, postKind, roleCeiling) => {
    const { world, office } = setting();
    const certificate = { ...certificateOf(world, office), postKind, roleCeiling };
    expect(() => world.admit(makePerson(certificate, office.registrars))).toThrow(refusal('directory/role-ceiling'));
  });

  it('is an auditor in oversight bodies and nowhere else, where auditors have no role', () => {
    const { world, office, body } = setting();
    const auditor = { postKind: postKinds.auditor, roleCeiling: 0 };
    const inOffice = { ...certificateOf(world, office), ...auditor };
    expect(() => world.admit(makePerson(inOffice, office.registrars))).toThrow(refusal('directory/post-kind'));
    const judgeInBody = certificateOf(world, body);
    expect(() => world.admit(makePerson(judgeInBody, body.registrars))).toThrow(refusal('directory/post-kind'));
    const withRole = { ...certificateOf(world, body), ...auditor, roleCeiling: roleMask(caseRoles.reader) };
    expect(() => world.admit(makePerson(withRole, body.registrars))).toThrow(refusal('directory/role-ceiling'));
    world.admit(makePerson({ ...certificateOf(world, body), ...auditor }, body.registrars));
    world.admit(
      makePerson({ ...certificateOf(world, body), ...auditor, postKind: postKinds.registrar }, body.registrars),
    );
    expect(world.view.personsOf(body.id)).toHaveLength(2);
  });

  it('needs the threshold of registrars of its own authority', () => {
    const { world, office, body, person } = setting();
    const certificate = certificateOf(world, office);
    const [first] = office.registrars as [SigningKey];
    expect(() => world.admit(makePerson(certificate, []))).toThrow(refusal('directory/threshold'));
    expect(() => world.admit(makePerson(certificate, [first]))).toThrow(refusal('directory/threshold'));
    expect(() => world.admit(makePerson(certificate, [first, first]))).toThrow(refusal('codec/order'));
    const foreign = body.registrars[0] as SigningKey;
    expect(() => world.admit(makePerson(certificate, [first, foreign]))).toThrow(refusal('directory/signer'));
    expect(() => world.admit(makePerson(certificate, world.rootKeys))).toThrow(refusal('directory/signer'));
    const device = world.device(person);
    expect(() => world.admit(makePerson(certificate, [first, device.signing]))).toThrow(refusal('directory/signer'));
    world.admit(makePerson(certificate, office.registrars));
    expect(world.view.mayHoldRole(certificate.personId, caseRoles.lead, world.nowMs)).toBe(true);
    expect(world.view.mayHoldRole(certificate.personId, caseRoles.reader, world.nowMs)).toBe(false);
    expect(world.view.mayHoldRole(certificate.personId, caseRoles.lead, world.nowMs + 100 * DAY_MS)).toBe(false);
  });

  it('is renewed with the next serial in the same authority, and a lower ceiling acts at once', () => {
    const { world, office, body } = setting();
    const first = certificateOf(world, office);
    world.admit(makePerson(first, office.registrars));
    const next = { ...first, serial: 2, roleCeiling: roleMask(caseRoles.reader) };
    const refuse = (changes: Partial<PersonCertificate>, code: string) =>
      expect(() => world.admit(makePerson({ ...next, ...changes }, office.registrars))).toThrow(refusal(code));
    refuse({ serial: 1 }, 'directory/serial');
    refuse({ serial: 3 }, 'directory/serial');
    refuse({ notBeforeMs: world.nowMs + 1 }, 'directory/validity');
    refuse({ notBeforeMs: world.nowMs - 2, notAfterMs: world.nowMs }, 'directory/validity');
    refuse({ notAfterMs: world.nowMs + limits.maxCertificateMs + 1 }, 'codec/range');
    const other = world.authority(body);
    const moved = { ...next, authorityId: other.id };
    expect(() => world.admit(makePerson(moved, other.registrars))).toThrow(refusal('directory/fixed-field'));
    world.admit(makePerson(next, office.registrars));
    expect(world.view.mayHoldRole(first.personId, caseRoles.lead, world.nowMs)).toBe(false);
  });

  it('is not renewed while suspended or revoked', () => {
    const { world, office, person } = setting();
    const next = { ...certificateOf(world, office), personId: person.id, serial: 2 };
    for (const action of [revocationActions.suspend, revocationActions.revoke]) {
      world.standPerson(person, action);
      expect(() => world.admit(makePerson(next, office.registrars))).toThrow(refusal('directory/not-live'));
    }
  });
});

describe('a device', () => {
  const draftOf = (world: FederationWorld, person: WorldPerson): WorldDevice => ({
    id: world.id<DeviceId>(),
    person,
    signing: SigningKey.generate(world.random),
    kem: KemKey.generate(world.random),
  });

  it('first: by the threshold of registrars, further: by one device of the person and one registrar', () => {
    const { world, office, person } = setting();
    const request = world.requestFor(draftOf(world, person));
    const [one, two] = office.registrars as [SigningKey, SigningKey];
    expect(() => world.admit(makeDevice(request, { registrars: [] }))).toThrow(refusal('directory/threshold'));
    expect(() => world.admit(makeDevice(request, { registrars: [one] }))).toThrow(refusal('directory/threshold'));
    world.admit(makeDevice(request, { registrars: [one, two] }));
    const first = world.device(world.person(office));
    const second = draftOf(world, first.person);
    const wish = world.requestFor(second);
    const refuse = (signers: Signers, code: string) =>
      expect(() => world.admit(makeDevice(wish, signers))).toThrow(refusal(code));
    refuse({ devices: [first.signing] }, 'directory/threshold');
    refuse({ registrars: office.registrars }, 'directory/device-consent');
    refuse({ registrars: [one], devices: [second.signing] }, 'directory/signer');
    refuse({ registrars: [one], devices: [one] }, 'codec/order');
    refuse({ registrars: [first.signing, one] }, 'directory/signer');
    const stranger = world.device(world.person(office));
    refuse({ registrars: [one], devices: [stranger.signing] }, 'directory/signer');
    world.admit(makeDevice(wish, { registrars: [one], devices: [first.signing] }));
    expect(world.view.device(second.id)?.vouchedBy).toBe(first.id);
    expect(world.view.device(first.id)?.vouchedBy).toBeUndefined();
  });

  it('first again only once every earlier one is revoked or expired; suspended does not do', () => {
    const { world, person } = setting();
    const first = world.device(person);
    expect(() => world.device(person)).toThrow(refusal('directory/device-consent'));
    world.standDevice(first, revocationActions.suspend);
    expect(() => world.device(person)).toThrow(refusal('directory/device-consent'));
    world.standDevice(first, revocationActions.revoke);
    const brief = world.device(person, undefined, DAY_MS);
    world.nowMs += DAY_MS;
    expect(world.view.deviceStatus(brief.id, world.nowMs)).toBe('expired');
    expect(world.device(person).id).toHaveLength(32);
  });

  it('vouches for nothing once revoked, suspended or expired', () => {
    const { world, person } = setting();
    const first = world.device(person);
    const lost = world.device(person, first);
    world.standDevice(lost, revocationActions.suspend);
    expect(() => world.device(person, lost)).toThrow(refusal('directory/signer'));
    world.standDevice(lost, revocationActions.reinstate);
    expect(world.device(person, lost).id).toHaveLength(32);
    world.standDevice(lost, revocationActions.revoke);
    expect(() => world.device(person, lost)).toThrow(refusal('directory/signer'));
    const brief = world.device(person, first, DAY_MS);
    world.nowMs += DAY_MS;
    expect(() => world.device(person, brief)).toThrow(refusal('directory/signer'));
  });

  it('expired is judged by the clock of the log in a replay, however early the entry claims to be', () => {
    const { world, office, person } = setting();
    const brief = world.device(person, undefined, DAY_MS);
    const third = draftOf(world, person);
    const early = makeDevice(world.requestFor(third), {
      registrars: office.registrars.slice(0, 1),
      devices: [brief.signing],
    });
    expect(applyEntry(world.state, early).size).toBe(world.state.size + 1);
    world.nowMs += DAY_MS;
    expect(() => applyEntry(world.state, early, world.nowMs)).toThrow(refusal('directory/signer'));
    world.person(office);
    expect(() => applyEntry(world.state, early)).toThrow(refusal('directory/signer'));
  });

  it('is no first one by the server’s clock while a replay still sees another in use', () => {
    const { world, office, person } = setting();
    world.device(person, undefined, DAY_MS);
    const draft = draftOf(world, person);
    const entry = makeDevice(world.requestFor(draft, 9 * DAY_MS), { registrars: office.registrars });
    for (const receivedAtMs of [undefined, world.nowMs + DAY_MS]) {
      expect(() => applyEntry(world.state, entry, receivedAtMs)).toThrow(refusal('directory/device-consent'));
    }
  });

  it('proves that it holds its key, and names nobody else’s', () => {
    const { world, office, person } = setting();
    const draft = draftOf(world, person);
    const request = world.requestFor(draft);
    const parsed = openEnrolmentRequest(request);
    const sign = (bytes: Uint8Array) =>
      signAll(signaturePurposes.deviceCertificate, bytes, { registrars: office.registrars });
    const noProof = { ...parsed, proofOfPossession: new Uint8Array(64) };
    const entry = assembleDevice(noProof, sign(parsed.certificateBytes));
    expect(() => world.admit(entry)).toThrow(refusal('directory/signature'));
    const wrongPurpose = draft.signing.sign(signaturePurposes.deviceCertificate, parsed.certificateBytes);
    const crossed = assembleDevice({ ...parsed, proofOfPossession: wrongPurpose }, sign(parsed.certificateBytes));
    expect(() => world.admit(crossed)).toThrow(refusal('directory/signature'));
    const other = world.device(world.person(office));
    for (const clone of [
      { ...draft, signing: other.signing },
      { ...draft, kem: other.kem },
      { ...draft, signing: office.registrars[2] as SigningKey },
      { ...draft, signing: world.rootKeys[0] as SigningKey },
    ]) {
      const bytes = makeDevice(world.requestFor(clone), { registrars: office.registrars.slice(0, 2) });
      expect(() => world.admit(bytes)).toThrow(refusal('directory/key-reused'));
    }
    const sameId = makeDevice(world.requestFor({ ...draft, id: other.id }), { registrars: office.registrars });
    expect(() => world.admit(sameId)).toThrow(refusal('directory/serial'));
  });

  it('takes no key to which nothing can be sealed', () => {
    const { world, office, person } = setting();
    const draft = draftOf(world, person);
    const kemKey = draft.kem.publicKey.fill(0xff, 0, 3);
    const { certificate } = openEnrolmentRequest(world.requestFor(draft));
    const certificateBytes = encodeDeviceCertificate({ ...certificate, kemKey });
    const proofOfPossession = draft.signing.sign(signaturePurposes.proofOfPossession, certificateBytes);
    const signatures = signAll(signaturePurposes.deviceCertificate, certificateBytes, {
      registrars: office.registrars,
    });
    const entry = assembleDevice({ certificateBytes, proofOfPossession }, signatures);
    expect(() => world.admit(entry)).toThrow(refusal('directory/weak-key'));
  });

  it('belongs to a live person of the authority that signs', () => {
    const { world, office, body, person } = setting();
    const nobody = { ...person, id: world.id<PersonId>() };
    expect(() => world.device(nobody)).toThrow(refusal('directory/unknown-person'));
    const other = world.authority(body);
    expect(() => world.device({ ...person, authority: other })).toThrow(refusal('directory/fixed-field'));
    world.standPerson(person, revocationActions.suspend);
    expect(() => world.device(person)).toThrow(refusal('directory/not-live'));
    const late = world.person(office);
    world.nowMs += 364 * DAY_MS;
    world.authority(body);
    world.nowMs += 2 * DAY_MS;
    expect(() => world.device(late)).toThrow(refusal('directory/not-live'));
  });

  it('is one of at most ten of a person', () => {
    const { world, person } = setting();
    const first = world.device(person);
    for (let count = 1; count < limits.maxDevicesPerPerson; count++) world.device(person, first);
    expect(() => world.device(person, first)).toThrow(refusal('directory/device-count'));
    expect(world.view.liveDevicesOf(person.id, world.nowMs)).toHaveLength(limits.maxDevicesPerPerson);
  });

  it('is prolonged under its own id with its own keys, by itself and a registrar, while it lives', () => {
    const { world, office, person } = setting();
    const device = world.device(person, undefined, 10 * DAY_MS);
    const inForce = (): DeviceCertificate => world.view.device(device.id)?.certificate as DeviceCertificate;
    const validity = () => ({ notBeforeMs: world.nowMs, notAfterMs: world.nowMs + 20 * DAY_MS, time: world.time });
    const [registrar] = office.registrars as [SigningKey];
    const signed = (draft: ReturnType<typeof draftRenewal>, withDevice = true) =>
      assembleDevice(draft, [
        signDevice(draft.certificateBytes, 1, registrar),
        ...(withDevice ? [signDevice(draft.certificateBytes, 2, device.signing)] : []),
      ]);
    const draft = draftRenewal(inForce(), validity(), device.signing);
    expect(() => world.admit(signed(draft, false))).toThrow(refusal('directory/device-consent'));
    const otherKey = { ...inForce(), kemKey: KemKey.generate(world.random).publicKey };
    const rekeyed = signed(draftRenewal(otherKey, validity(), device.signing));
    expect(() => world.admit(rekeyed)).toThrow(refusal('directory/fixed-field'));
    const skipped = signed(draftRenewal({ ...inForce(), serial: 2 }, validity(), device.signing));
    expect(() => world.admit(skipped)).toThrow(refusal('directory/serial'));
    const before = world.view.device(device.id);
    world.admit(signed(draft));
    const after = world.view.device(device.id);
    expect(after?.firstIndex).toBe(before?.firstIndex);
    expect(after?.vouchedBy).toBeUndefined();
    expect(after?.certificateHash).not.toEqual(before?.certificateHash);
    expect(world.view.isDeviceLive(device.id, world.nowMs + 15 * DAY_MS)).toBe(true);
    world.nowMs += 20 * DAY_MS;
    const tooLate = signed(draftRenewal(inForce(), validity(), device.signing));
    expect(() => world.admit(tooLate)).toThrow(refusal('directory/signer'));
    const late = draftRenewal(inForce(), validity(), device.signing);
    const byRegistrars = office.registrars.map((key) => signDevice(late.certificateBytes, 1, key));
    expect(() => world.admit(assembleDevice(late, byRegistrars))).toThrow(refusal('directory/device-consent'));
  });
});
