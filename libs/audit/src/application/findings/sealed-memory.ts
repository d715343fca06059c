import { concatBytes, idBytes, type RandomBytes, type Secret, utf8, parseUtf8 } from '@rogatory/kernel';
import { decodeFinding, encodeFinding, type EngineSnapshot, type Finding, type FindingId } from '@rogatory/findings';
import { contexts } from '@rogatory/protocol';
import { restOpen, restSeal } from '@rogatory/crypto/rest';

/** Findings and the rules' memory hold facts about people: they lie sealed under the month's key, as openings do. */
export interface MonthSeal {
  readonly monthKey: Secret;
  readonly random: RandomBytes;
}

export function sealFinding(finding: Finding, { monthKey, random }: MonthSeal): Uint8Array {
  const place = { context: contexts.auditOpening, aad: findingAad(finding.id) };
  return restSeal({ monthKey, random, ...place, plaintext: encodeFinding(finding) });
}

/** @throws VerificationError `crypto/open` when it is not this finding's; CodecError. */
export function openFinding(id: FindingId, sealed: Uint8Array, monthKey: Secret): Finding {
  return decodeFinding(restOpen({ monthKey, context: contexts.auditOpening, aad: findingAad(id), sealed }));
}

export function sealMemory(shard: string, snapshot: EngineSnapshot, { monthKey, random }: MonthSeal): Uint8Array {
  const place = { context: contexts.auditOpening, aad: memoryAad(shard) };
  return restSeal({ monthKey, random, ...place, plaintext: utf8(JSON.stringify(snapshot)) });
}

/** @throws VerificationError `crypto/open`. */
export function openMemory(shard: string, sealed: Uint8Array, monthKey: Secret): EngineSnapshot {
  const plain = restOpen({ monthKey, context: contexts.auditOpening, aad: memoryAad(shard), sealed });
  // Sealed by this server and bound to its place: nobody else can have written it.
  return JSON.parse(parseUtf8(plain)) as EngineSnapshot;
}

/** Longer than the aad of any group, so that no opening passes for a finding. */
function findingAad(id: FindingId): Uint8Array {
  return concatBytes(utf8('finding\0'), idBytes(id));
}

function memoryAad(shard: string): Uint8Array {
  return concatBytes(utf8('finding-memory\0'), utf8(shard));
}
