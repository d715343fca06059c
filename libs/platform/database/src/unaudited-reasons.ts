/**
 * The only writes that may commit without an audit record, each with the reason why that is right. Reviewed like a
 * permission: an act of a person is never listed here.
 */
export const unauditedReasons = {
  'audit/sequence': 'orders records that exist already; a record about it would never end',
  'audit/checkpoint': 'stores a signed head, or a cosignature, over records that exist already',
  'audit/shard-end':
    'marks that a log takes no further records; its last record, and the first of the next, tell of it',
  'audit/epoch-count': 'counts records that exist already; the epoch that tells of the counts is itself a record',
  'audit/integrity': 'fills log tiles that are derived from stored records',
  'audit/finding-progress': 'moves the place up to which findings were computed, where there were none to tell',
  'audit/month-key': 'makes the key that seals the openings of a month, before a record can be made at all',
  'bus/wake': 'wakes readers; carries ids of committed rows only',
  'delivery/cursor': 'moves the cursor of a reader whose reads are recorded on their own',
  'upload/part': 'a part of an upload arrived, which expires later for it; the upload was announced and recorded',
  'job/cleanup': 'removes expired challenges, sessions and unfinished uploads; the acts that made them are recorded',
  'login/challenge': 'issues a challenge to a caller that is not known yet; the attempt that answers it is recorded',
  'setup/platform': 'creates and upgrades the schema before the server serves anybody',
  'testing/fixture': 'lays down rows of a test; the server has no caller with this reason',
} as const;

/** Key of {@link unauditedReasons}. */
export type UnauditedReason = keyof typeof unauditedReasons;
