import { type AuthorityId, type DeviceId, type PersonId, type PostId, UsageError } from '@rogatory/kernel';

/**
 * Database roles. `rogatory_app` may not delete from or truncate audit tables and has no DDL; `rogatory_sequencer` may
 * only order audit records; migrations run as the connecting owner.
 */
export const databaseRoles = { app: 'rogatory_app', sequencer: 'rogatory_sequencer' } as const;
export type DatabaseRole = (typeof databaseRoles)[keyof typeof databaseRoles];

/** A proven device acting for a person in a post. Row-level security sees exactly these ids. */
export interface DevicePrincipal {
  readonly kind: 'device';
  readonly device: DeviceId;
  readonly person: PersonId;
  readonly authority: AuthorityId;
  readonly post?: PostId;
}

/** Work of the server itself. `job` is a short lower-case name that row-level policies may test. */
export interface JobPrincipal {
  readonly kind: 'job';
  readonly job: string;
  readonly role?: DatabaseRole;
}

/** A caller that has not proven anything yet: login, enrolment, public checkpoints. */
export interface AnonymousPrincipal {
  readonly kind: 'anonymous';
}

/** On whose behalf a transaction runs; the database's second wall decides by it. */
export type DatabasePrincipal = DevicePrincipal | JobPrincipal | AnonymousPrincipal;

const ID = /^[0-9a-f]{32}$/;
const JOB = /^[a-z][a-z0-9-]{0,62}$/;

/** Values of one transaction, in the order of {@link beginStatement}: role, kind, device, person, post, authority, job. */
export type PrincipalSettings = readonly [DatabaseRole, string, string, string, string, string, string];

const ANONYMOUS: PrincipalSettings = [databaseRoles.app, 'anonymous', '', '', '', '', ''];

function id(text: string | undefined): string {
  if (text === undefined) return '';
  if (!ID.test(text)) throw new UsageError('database/principal', 'a principal carries a malformed id');
  return text;
}

/** @throws UsageError `database/principal` when an id or a job name is malformed: nothing runs for such a principal. */
export function principalSettings(principal: DatabasePrincipal): PrincipalSettings {
  switch (principal.kind) {
    case 'anonymous':
      return ANONYMOUS;
    case 'job':
      if (!JOB.test(principal.job)) throw new UsageError('database/principal', 'a job has a malformed name');
      return [principal.role ?? databaseRoles.app, 'job', '', '', '', '', principal.job];
    case 'device': {
      const { device, person, post, authority } = principal;
      return [databaseRoles.app, 'device', id(device), id(person), id(post), id(authority), ''];
    }
  }
}
