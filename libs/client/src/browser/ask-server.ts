import { limits } from '@rogatory/kernel';
import { verificationError } from '../client.errors.js';
import { serverOperation } from '../operations.generated.js';
import { asFlag, asText, asWhole, dataOf, readAnswer } from '../transport/answer.js';
import { FetchTransport } from '../transport/fetch-transport.js';

/** What a server says of itself to a page where no device is open. Nothing of it is verified: a device compares it with its pins. */
export interface ToldServer {
  readonly origin: string;
  readonly federationHash: string;
  readonly auditOrigin: string;
  readonly isDemo: boolean;
  readonly version: string;
  readonly witnesses: number;
  /** Since when no quorum of the witnesses vouches for what is newest; undefined while it does. */
  readonly unwitnessedSinceMs: number | undefined;
}

const MAX_TEXT = 200;

/** Loads no cryptography, so that a first page shows at once. @throws UnavailableError `client/network`; VerificationError `client/answer`. */
export async function askServer(options: { readonly build: string }): Promise<ToldServer> {
  const transport = new FetchTransport({ server: location.origin, ...options });
  const answer = await transport.request({ operation: serverOperation, variables: {}, proof: {} });
  const { server } = dataOf(answer, serverOperation.rootField) as { readonly server: Record<string, unknown> };
  return readAnswer(() => ({
    origin: transport.origin,
    federationHash: hexText(server['federationHash']),
    auditOrigin: asText(server['auditOrigin']).slice(0, MAX_TEXT),
    isDemo: asFlag(server['demo']),
    version: asText(server['version']).slice(0, MAX_TEXT),
    witnesses: Math.min(asWhole(server['witnesses']), limits.maxPageItems),
    unwitnessedSinceMs: server['unwitnessedSinceMs'] === null ? undefined : asWhole(server['unwitnessedSinceMs']),
  }));
}

function hexText(value: unknown): string {
  const text = asText(value);
  if (!/^[0-9a-f]{64}$/.test(text)) throw verificationError('client/answer');
  return text;
}
