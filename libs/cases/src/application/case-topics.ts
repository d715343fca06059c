/** Topics of the bus; what travels is ids of compartments and of persons. */
export const caseTopics = {
  /** Compartments whose content log grew. */
  grown: 'cases.grown',
  /** Compartments whose members changed. */
  members: 'cases.members',
  /** Persons whose list of cases changed. */
  listed: 'cases.listed',
  /** Persons who are concerned by an invitation. */
  invited: 'cases.invited',
} as const;
