import { expect, it } from '@jest/globals';
import { caseTopics } from '@rogatory/cases';
import { LocalBus } from '@rogatory/platform-bus';
import type { AuthorityId, DeviceId, PersonId, PostId } from '@rogatory/kernel';
import { postKinds } from '@rogatory/protocol';
import type { Principal } from '@rogatory/access';
import { NoticeHub } from './notice-hub.js';

const someone = (digit: string): Principal => ({
  deviceId: digit.repeat(32) as DeviceId,
  personId: digit.repeat(32) as PersonId,
  postId: digit.repeat(32) as PostId,
  authorityId: 'a'.repeat(32) as AuthorityId,
  ...{ state: 'AA', postKind: postKinds.judge, roleCeiling: 0 },
  ...{ signingKey: new Uint8Array(32), sessionId: digit.repeat(32) },
});

it('tells nothing more to who no longer stands, also where the cut-off was not heard of', async () => {
  const [gone, stays] = [someone('1'), someone('2')];
  const fallen = new Set<Principal>();
  const hub = { watch: () => () => undefined, stands: (principal: Principal) => !fallen.has(principal) };
  const bus = new LocalBus((error) => {
    throw error;
  });
  const notices = new NoticeHub({ bus, clock: { nowMs: () => 1, monotonicMs: () => 1 }, hub });
  notices.start();
  const [theirs, ours] = [notices.follow(gone), notices.follow(stays)];
  const [first, waiting] = [theirs.next(), ours.next()];
  bus.publish(caseTopics.listed, [gone.personId, stays.personId]);
  expect((await first).value).toMatchObject({ kind: 'cases' });
  expect((await waiting).value).toMatchObject({ kind: 'cases' });
  const refused = theirs.next().catch((error: unknown) => error);
  fallen.add(gone);
  bus.publish(caseTopics.invited, [gone.authorityId]);
  expect(await refused).toMatchObject({ code: 'access/refused' });
  expect((await ours.next()).value).toMatchObject({ kind: 'invitations' });
  expect(await theirs.next()).toEqual({ value: undefined, done: true });
  notices.stop();
  await bus.close();
});
