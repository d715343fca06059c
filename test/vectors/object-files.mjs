/** Files of vectors whose entries are wire objects, by name (README.md). */
export const objectFiles = [
  'directory',
  'chains',
  'items',
  'tasks',
  'statements',
  'audit',
  'key-store',
  'operations',
  'witness-reads',
];
