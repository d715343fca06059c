import type { CaseId, CompartmentId, DeviceId, PersonId } from '@rogatory/kernel';
import type { RoleProcess } from '../role-process.js';
import type { Stage } from '../stage.js';
import { check } from '../transcript.js';

/** A person of the story at work: one device, one process. */
export interface Player {
  readonly profile: string;
  readonly title: string;
  readonly role: RoleProcess;
  readonly personId: PersonId;
  readonly deviceId: DeviceId;
}

/** The case of the story. */
export interface CaseFacts {
  readonly caseId: CaseId;
  readonly evidence: CompartmentId;
  readonly finance: CompartmentId;
}

/** Lets a person enter: starts the process, unlocks the keys, proves the device to the server. */
export async function enter(stage: Stage, profile: string, title: string): Promise<Player> {
  const role = await stage.person(profile);
  const { personId, deviceId, state } = await role.ask('login', {});
  stage.transcript.say(`${title} is logged in (process ${role.pid}, state ${state}).`);
  return { profile, title, role, personId, deviceId };
}

/** Both read the words of the other's keys from their own device and hear them from the other's. */
export async function compareFingerprints(stage: Stage, one: Player, other: Player): Promise<void> {
  for (const [reader, read] of [
    [one, other],
    [other, one],
  ] as const) {
    const spoken = await read.role.ask('fingerprint', { personId: read.personId });
    const shown = await reader.role.ask('fingerprint', { personId: read.personId });
    const { status } = await reader.role.ask('confirm', { personId: read.personId, words: spoken.words });
    const isSame = spoken.words === shown.words && status === 'trusted';
    check(stage.transcript, isSame, `${reader.title} compared ten words with ${read.title}: ${spoken.words}`);
  }
}
