import { CodecError } from '@rogatory/kernel';
import { type FindingRule, isFindingRule } from '@rogatory/findings';

export { parseFindingId } from '@rogatory/findings';

/** @throws CodecError `codec/unknown-value`. */
export function parseRuleName(text: string): FindingRule {
  if (!isFindingRule(text)) throw new CodecError('codec/unknown-value', 'unknown value of a closed field');
  return text;
}
