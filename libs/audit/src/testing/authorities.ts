import type { AuthorityId } from '@rogatory/kernel';

const authority = (pair: string): AuthorityId => pair.repeat(16) as AuthorityId;

/** Authorities of the tests: one whose oversight body asks, one of another state, another one, and the oversight body itself. */
export const [french, dutch, spanish, oversight] = [
  authority('fa'),
  authority('da'),
  authority('ea'),
  authority('fe'),
] as const;
