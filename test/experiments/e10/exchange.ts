import type { GraphqlAnswer, HttpFailure } from '@rogatory/client';
import type { Json } from '../../rig/evil-proxy.js';

/** What a client asked and what an honest server answered, as it stands on the wire. */
export type Exchange =
  | {
      readonly kind: 'graphql';
      readonly operation: string;
      readonly rootField: string;
      readonly key: string;
      readonly sent: string;
      readonly answer: Json;
    }
  | {
      readonly kind: 'live';
      readonly operation: string;
      readonly rootField: string;
      readonly key: string;
      readonly sent: string;
      readonly answers: Json[];
    }
  | { readonly kind: 'put'; readonly key: string; readonly sent: string; readonly answer: HttpFailure | undefined }
  | {
      readonly kind: 'content' | 'file';
      readonly key: string;
      readonly sent: string;
      readonly answer: Uint8Array | HttpFailure | undefined;
    };

/** An answer in JSON, as a lying server would build on it. */
export function asJson(answer: GraphqlAnswer): Json {
  const { data, errors, extensions } = answer;
  return JSON.parse(JSON.stringify({ data, errors, extensions })) as Json;
}

export function copyOf(value: Json): Json {
  return structuredClone(value);
}
