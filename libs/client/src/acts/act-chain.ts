import { type ActId, type Clock, type DeviceId, idBytes, newActId, type RandomBytes } from '@rogatory/kernel';
import type { SigningKey } from '@rogatory/crypto/sign';
import { actHash, actPayloadHash, whyCommitment } from '@rogatory/crypto/verify';
import { type ActSubject, encodeAct, encodeSignedAct, signaturePurposes, type SignedTime } from '@rogatory/protocol';
import type { DeviceMemory } from '../state/device-memory.js';
import type { DeviceState } from '../state/device-state.js';

/** A reason as it goes with an act: the opening of its commitment, then the encoded reason. */
export interface GivenReason {
  readonly opening: Uint8Array;
  readonly bytes: Uint8Array;
}

/** A signed statement, ready to be sent. Its number is saved already. */
export interface MadeAct {
  readonly actId: ActId;
  readonly bytes: Uint8Array;
}

export interface ActChainParts {
  readonly deviceId: DeviceId;
  readonly signing: SigningKey;
  readonly state: DeviceState;
  readonly clock: Clock;
  readonly random: RandomBytes;
  /** IANA name of the zone that the person works in. */
  readonly zone: string;
}

const NO_LONG_ID = new Uint8Array(32);
const NO_SHORT_ID = new Uint8Array(16);

/**
 * Signs what this device asks for. Statements are numbered from 1 and each names the hash of the one before; number and
 * hash are saved before a statement can leave, so that no number is ever used twice, whatever crashes.
 */
export class ActChain {
  readonly #parts: ActChainParts;

  constructor(parts: ActChainParts) {
    this.#parts = parts;
  }

  /** The author's clock, as signed objects carry it. */
  time(): SignedTime {
    const timeMs = this.#parts.clock.nowMs();
    return { timeMs, offsetMinutes: -new Date(timeMs).getTimezoneOffset() };
  }

  /**
   * Makes the next statement. `journal` is saved in the same write: for what must be on disk before the request leaves.
   */
  make(
    subject: ActSubject,
    reason?: GivenReason,
    journal: (memory: DeviceMemory) => DeviceMemory = (memory) => memory,
  ): Promise<MadeAct> {
    return this.#parts.state.update((memory) => {
      const made = this.#sign(memory, subject, reason);
      const counter = memory.local.actCounter + 1;
      const noted = journal(memory);
      const local = { ...noted.local, actCounter: counter };
      return { memory: { ...noted, local, actHash: made.hash }, result: made.act };
    });
  }

  #sign(memory: DeviceMemory, subject: ActSubject, reason: GivenReason | undefined) {
    const { deviceId, signing, clock, random, zone } = this.#parts;
    const actId = newActId(clock, random);
    const signedBytes = encodeAct({
      actId,
      deviceId,
      counter: memory.local.actCounter + 1,
      previousHash: memory.actHash,
      operation: subject.event,
      caseId: subject.caseId === undefined ? NO_LONG_ID : idBytes(subject.caseId),
      compartmentId: subject.compartmentId === undefined ? NO_LONG_ID : idBytes(subject.compartmentId),
      objectId: subject.objectId === undefined ? NO_SHORT_ID : idBytes(subject.objectId),
      version: subject.version ?? 0,
      payloadHash: actPayloadHash(subject.payload),
      whyCommit: reason === undefined ? new Uint8Array(32) : whyCommitment(reason.opening, reason.bytes),
      time: this.time(),
      zone,
      auditHead: memory.auditHead,
    });
    const bytes = encodeSignedAct({ signedBytes, signature: signing.sign(signaturePurposes.auditAct, signedBytes) });
    return { act: { actId, bytes }, hash: actHash(signedBytes) };
  }
}
