import type { SignatureCheck } from '@rogatory/crypto/verify';
import type { Directory } from '../directory/directory.js';
import type { UnlockedKeyStore } from '../keys/key-store.js';
import type { Gateway } from '../session/gateway.js';
import type { Alarms } from '../state/alarms.js';
import type { DeviceState } from '../state/device-state.js';
import type { Anchors } from './anchors.js';

/** What everything that works on cases stands on. */
export interface CaseParts {
  readonly gateway: Gateway;
  readonly deviceState: DeviceState;
  readonly directory: Directory;
  readonly keys: UnlockedKeyStore;
  readonly alarms: Alarms;
  readonly anchors: Anchors;
  /** Checks signatures ahead of a replay, where the platform has threads. */
  readonly signatureCheck?: SignatureCheck;
  /** Reads what is new of the case's root chain; for a further compartment. */
  readonly syncRoot?: () => Promise<void>;
}
