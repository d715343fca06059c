import type { PersonId } from '@rogatory/kernel';
import type { ChainState } from '@rogatory/chain';

/** Persons whom links behind a place of the content log made depart, whoever of them came again since. */
export function departedSince({ links }: ChainState, place: number): ReadonlySet<PersonId> {
  const departed = new Set<PersonId>();
  for (let seq = links.length - 1; seq >= 0; seq--) {
    const link = links.at(seq);
    if (link === undefined || link.logHead.size <= place) break;
    for (const personId of link.departed) departed.add(personId);
  }
  return departed;
}
