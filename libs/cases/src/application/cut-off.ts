import type { CompartmentId, DeviceId, PersonId } from '@rogatory/kernel';

/** A device that lost what it had in a compartment. */
export interface LostAccess {
  readonly compartmentId: CompartmentId;
  readonly deviceId: DeviceId;
  readonly personId: PersonId;
}

/**
 * Told after the commit and before the answer: MUST end subscriptions and transfers of these devices in these
 * compartments at once here, and on other servers within `limits.cutOffMs`.
 */
export interface CutOff {
  lost(access: readonly LostAccess[]): void;
}
