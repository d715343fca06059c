import { SigningKey } from '@rogatory/crypto/sign';
import { type DeviceId, fromBase64, systemRandom, toBase64, toHex } from '@rogatory/kernel';
import { encodeLoginStatement, encodeSignedLoginStatement, signaturePurposes } from '@rogatory/protocol';
import type { World } from '../../world/world.js';
import { type Channel, trustedDocument } from '../e19/channel.js';

/** Tries to log in as devices that the directory knows, and as others that it does not, with a key of neither. */
export class LoginProbe {
  readonly #known: readonly DeviceId[];
  readonly #unknown: readonly DeviceId[];
  readonly #federationHash: Uint8Array;
  readonly #stranger = SigningKey.generate(systemRandom);
  #tries = 0;

  constructor(world: World) {
    const devices = [...world.devices.values()].map(({ content }) => content);
    const [first] = devices;
    if (first === undefined) throw new Error('no devices');
    this.#federationHash = first.federationRootHash;
    this.#known = devices.map(({ deviceId }) => deviceId);
    // As many, so that both are counted alike per device.
    this.#unknown = devices.map(() => toHex(systemRandom(16)) as DeviceId);
  }

  /** One challenge and one attempt; what is timed is the attempt. @returns the code that was told. */
  async attempt(channel: Channel, isKnown: boolean): Promise<string> {
    const all = isKnown ? this.#known : this.#unknown;
    const deviceId = all[this.#tries++ % all.length] as DeviceId;
    const asked = await channel.graphql(
      {},
      { document: trustedDocument('mutation.requestChallenge'), variables: { deviceId } },
    );
    const told = JSON.parse(asked.body) as { readonly data: { readonly requestChallenge: { challenge: string } } };
    const signedBytes = encodeLoginStatement({
      ...{ federationHash: this.#federationHash, audience: channel.url, deviceId },
      challenge: fromBase64(told.data.requestChallenge.challenge),
      time: { timeMs: Date.now(), offsetMinutes: 0 },
    });
    const signature = this.#stranger.sign(signaturePurposes.login, signedBytes);
    const statement = toBase64(encodeSignedLoginStatement({ signedBytes, signature }));
    return (await channel.graphql({}, { document: trustedDocument('mutation.login'), variables: { statement } })).code;
  }
}
