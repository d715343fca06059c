import type { PersonId } from '@rogatory/kernel';
import type { Client } from '@rogatory/client';
import { harmless } from './harmless.js';

/** A person as the registrars certified them; by their id where no card is kept any more. */
export function personName(client: Client, personId: PersonId): string {
  const card = client.directory.cardOf(personId);
  return card === undefined ? `person ${personId.slice(0, 8)}` : harmless(card.personName, 80);
}

/** Name, post and authority of a person in one line. */
export function personLine(client: Client, personId: PersonId): string {
  const card = client.directory.cardOf(personId);
  const person = client.directory.view.person(personId);
  const authority = person && client.directory.view.authority(person.authorityId);
  const state = authority === undefined ? '' : ` (${authority.record.state})`;
  const post = card === undefined ? '' : `, ${harmless(card.postName, 80)}`;
  return `${personName(client, personId)}${post}${state}`;
}

export function caseTitle(title: string | undefined): string {
  return title === undefined ? '(no title that this device can open)' : harmless(title, 120);
}
