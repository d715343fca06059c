import { type AuthorityId, type DeviceId, type PersonId, type PostId, UsageError } from '@rogatory/kernel';

/**
 * Database roles. `rogatory_app` may not delete from or truncate audit tables and has no DDL; `rogatory_sequencer` may
 * only order audit records, `rogatory_eraser` clear what an erasure in the same transaction names; migrations run as the
 * connecting owner.
 */
export const databaseRoles = {
  app: 'rogatory_app',
  sequencer: 'rogatory_sequencer',
  eraser: 'rogatory_eraser',
} as const;
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

/** What a transaction is told of its principal: a role, and the text that row-level policies read. */
export interface PrincipalSettings {
  readonly role: DatabaseRole;
  readonly principal: string;
}

/**
 * Role and principal of a transaction, in an alphabet without quotes.
 * @throws UsageError `database/principal` when an id or a job name is malformed: nothing runs for such a principal.
 */
export function principalSettings(principal: DatabasePrincipal): PrincipalSettings {
  switch (principal.kind) {
    case 'anonymous':
      return { role: databaseRoles.app, principal: 'anonymous|||||' };
    case 'job':
      if (!JOB.test(principal.job)) throw new UsageError('database/principal', 'a job has a malformed name');
      return { role: roleOf(principal), principal: `job|||||${principal.job}` };
    case 'device': {
      const ids = [principal.device, principal.person, principal.post ?? '', principal.authority].map(checkedId);
      if (ids[0] === '') throw malformed();
      return { role: databaseRoles.app, principal: `device|${ids.join('|')}|` };
    }
  }
}

function malformed(): UsageError {
  return new UsageError('database/principal', 'a principal carries a malformed id');
}

function checkedId(id: string): string {
  if (id !== '' && !ID.test(id)) throw malformed();
  return id;
}

function roleOf({ role = databaseRoles.app }: JobPrincipal): DatabaseRole {
  if (!Object.values(databaseRoles).includes(role)) throw malformed();
  return role;
}
