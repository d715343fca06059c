import type { OwnIdentity } from '@rogatory/client';
import { limits } from '@rogatory/kernel';
import type { Call } from '../run/call.js';
import { readBounded } from '../run/files.js';
import { harmless } from '../run/harmless.js';
import { personName } from '../run/names.js';
import { isoTime, type Outcome } from '../run/outcome.js';
import { writeProfile } from '../run/profile.js';
import { type Session, withSession } from '../run/session.js';

/** `login`: pins the server at the first contact, proves the device, reads the directory. */
export async function login(call: Call): Promise<Outcome> {
  const server = call.optional('server');
  return withSession(
    call,
    async (session) => {
      const { client, profile, folder } = session;
      const policy = call.optional('policy');
      if (policy !== undefined)
        await client.trustWitnesses(await readBounded(call.path(policy), limits.maxPolicyBytes));
      const identity = await client.login();
      const { origin } = client.gateway.transport;
      if (profile.server !== origin) await writeProfile(folder, { ...profile, server: origin }, { replace: true });
      const description = await client.server();
      const shown = describe(session, identity);
      const { size } = client.directory.head;
      return {
        json: { ...shown.json, server: origin, isDemo: description.isDemo, directorySize: size },
        lines: [
          ...shown.lines,
          `server       ${harmless(origin)}${description.isDemo ? ' (demonstration)' : ''}`,
          `directory    ${size} entries, replayed and verified`,
        ],
      };
    },
    server,
  );
}

export async function logout(call: Call): Promise<Outcome> {
  return withSession(call, async ({ client }) => {
    await client.logout();
    return { json: { loggedOut: true }, lines: ['The session is ended.'] };
  });
}

export async function whoami(call: Call): Promise<Outcome> {
  return withSession(call, async (session) => {
    await session.client.directory.sync();
    return describe(session, await session.client.whoAmI());
  });
}

function describe({ client, keys }: Session, identity: OwnIdentity) {
  const { deviceId, personId, postId, authorityId, state, postKind, sessionEndsAtMs, reviewDueMs } = identity;
  const sessionEnds = isoTime(sessionEndsAtMs);
  const name = personName(client, keys.personId);
  const shown = { name, state: harmless(state, 8), postKind: harmless(postKind, 40) };
  return {
    json: {
      deviceId,
      personId,
      postId,
      authorityId,
      ...shown,
      sessionEnds,
      ...(reviewDueMs === undefined ? {} : { reviewDue: isoTime(reviewDueMs) }),
    },
    lines: [
      `${name}, ${shown.postKind} of ${shown.state}`,
      `person       ${personId}`,
      `post         ${postId}`,
      `authority    ${authorityId}`,
      `device       ${deviceId}`,
      `session      until ${sessionEnds}`,
      ...(reviewDueMs === undefined ? [] : [reviewLine(reviewDueMs, client.gateway.clock.nowMs())]),
    ],
  };
}

function reviewLine(dueMs: number, nowMs: number): string {
  return `review       ${dueMs <= nowMs ? 'DUE since' : 'due'} ${isoTime(dueMs)}`;
}
