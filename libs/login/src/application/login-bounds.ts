import { type Clock, type DeviceId, limits, networkOf, RateWindow } from '@rogatory/kernel';

const MINUTE_MS = 60_000;

/**
 * Counts failed attempts. It never stands between a device and a login that holds: a flood from the same address, or in the
 * name of the same device, must lock nobody out. It decides which failures are recorded one by one and which in a sum.
 */
export class LoginBounds {
  readonly #clock: Clock;
  readonly #ofDevice = rates(limits.loginAttemptsPerMinute);
  readonly #ofAddress = rates(limits.loginFailuresPerMinute);
  readonly #ofAll = rates(limits.loginFailuresPerMinuteInAll);
  readonly #challenges = new RateWindow({
    perWindow: limits.loginChallengesPerMinute,
    windowMs: MINUTE_MS,
    maxKeys: limits.maxRateKeys,
    letsStrangersPass: true,
  });
  #counted = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether this failure is told and recorded by itself; otherwise it is counted here, and the caller told to wait. */
  isFailureRecorded(address: string, deviceId: DeviceId | undefined): boolean {
    const nowMs = this.#clock.nowMs();
    const network = networkOf(address);
    const isRecorded =
      (deviceId === undefined || this.#ofDevice.take(`${network} ${deviceId}`, nowMs)) &&
      this.#ofAddress.take(network, nowMs) &&
      this.#ofAll.take('', nowMs);
    if (!isRecorded) this.#counted += 1;
    return isRecorded;
  }

  /** Whether a further challenge is given for a device id, known or not, to this address. */
  isChallengeDue(address: string, deviceId: DeviceId): boolean {
    return this.#challenges.take(`${networkOf(address)} ${deviceId}`, this.#clock.nowMs());
  }

  /** Milliseconds until attempts are told apart again. */
  get retryAfterMs(): number {
    return this.#ofAll.resetsInMs(this.#clock.nowMs());
  }

  /** Failures counted since the last call. */
  takeCounted(): number {
    const counted = this.#counted;
    this.#counted = 0;
    return counted;
  }

  /** Gives back what was taken and could not be recorded. */
  countAgain(counted: number): void {
    this.#counted += counted;
  }
}

function rates(perWindow: number): RateWindow {
  return new RateWindow({ perWindow, windowMs: MINUTE_MS, maxKeys: limits.maxRateKeys });
}
