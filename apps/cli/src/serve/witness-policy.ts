/** One witness as a policy names it. */
export interface NamedWitness {
  readonly name: string;
  /** Its verifier key. */
  readonly key: string;
  readonly url?: string;
}

/**
 * A policy in tlog-policy syntax that two thirds of these witnesses, rounded up, fulfil: any two quorums share a witness.
 * @param logKeys verifier keys of the logs, as far as they are known.
 */
export function witnessPolicyText(witnesses: readonly NamedWitness[], logKeys: readonly string[]): string {
  const quorum = Math.ceil((2 * witnesses.length) / 3);
  return [
    '# Who has to vouch for the logs of this demonstration (C2SP tlog-policy).',
    ...logKeys.map((key) => `log ${key}`),
    ...witnesses.map(({ name, key, url }) => ['witness', name, key, ...(url === undefined ? [] : [url])].join(' ')),
    `group states ${quorum} ${witnesses.map(({ name }) => name).join(' ')}`,
    'quorum states',
    '',
  ].join('\n');
}

/** The verifier keys of logs that a policy text names. */
export function logKeysIn(policyText: string): readonly string[] {
  return policyText
    .split('\n')
    .filter((line) => line.startsWith('log '))
    .map((line) => line.slice('log '.length));
}
