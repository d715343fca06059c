import type { AuthorityId, Clock, DeviceId, PersonId } from '@rogatory/kernel';
import { limits } from '@rogatory/kernel';
import type { Principal } from '@rogatory/access';
import type { DirectoryReader } from '@rogatory/directory';

/** What has to be known of somebody to judge whether they still stand; more facts are compared where they are given. */
export type Acting = Pick<Principal, 'deviceId' | 'personId' | 'sessionId'> & Partial<Principal>;

/**
 * Whether a principal may still act at this moment: device, person and authority live in the directory of this process,
 * post and ceiling as they were at login, session not known to be ended. Costs a few look-ups in memory.
 */
export class Standing {
  readonly #directory: Pick<DirectoryReader, 'current'>;
  readonly #clock: Clock;
  readonly #ended = new Set<string>();

  constructor(directory: Pick<DirectoryReader, 'current'>, clock: Clock) {
    this.#directory = directory;
    this.#clock = clock;
  }

  /** The principal of a session of a device as the directory has it now; undefined unless it is live. */
  principalOf(deviceId: DeviceId, sessionId: string): Principal | undefined {
    const view = this.#directory.current();
    if (this.#ended.has(sessionId) || !view.isDeviceLive(deviceId, this.#clock.nowMs())) return undefined;
    const device = view.device(deviceId);
    const person = device && view.person(device.personId);
    const authority = person && view.authority(person.authorityId);
    if (device === undefined || person === undefined || authority === undefined) return undefined;
    const { postId, postKind, roleCeiling } = person.certificate;
    return {
      ...{ deviceId, personId: person.personId, postId, authorityId: authority.authorityId },
      ...{ state: authority.record.state, postKind, roleCeiling },
      ...{ signingKey: device.certificate.signingKey, sessionId },
    };
  }

  stands(acting: Acting): boolean {
    const now = this.principalOf(acting.deviceId, acting.sessionId);
    if (now === undefined || now.personId !== acting.personId) return false;
    return (
      now.authorityId === (acting.authorityId ?? now.authorityId) &&
      now.postId === (acting.postId ?? now.postId) &&
      now.postKind === (acting.postKind ?? now.postKind) &&
      now.roleCeiling === (acting.roleCeiling ?? now.roleCeiling)
    );
  }

  /** The session ended; remembered long enough for every later look at storage to find it ended as well. */
  sessionEnded(sessionId: string): void {
    this.#ended.delete(sessionId);
    this.#ended.add(sessionId);
    const [oldest] = this.#ended;
    if (this.#ended.size > limits.maxCachedSessions && oldest !== undefined) this.#ended.delete(oldest);
  }

  /** Whose devices are concerned by a change of a person or an authority. */
  devicesOf(touched: { readonly personId?: PersonId; readonly authorityId?: AuthorityId }): readonly DeviceId[] {
    const view = this.#directory.current();
    const persons = touched.authorityId === undefined ? [] : view.personsOf(touched.authorityId);
    const personIds = [...persons.map(({ personId }) => personId), ...(touched.personId ? [touched.personId] : [])];
    return personIds.flatMap((id) => view.devicesOf(id).map(({ deviceId }) => deviceId));
  }
}
