import { InternalError, RefusedError, UnavailableError } from '@rogatory/kernel';

/** Codes of this feature besides those of `pki`, which judges the entries. */
export type DirectoryServerErrorCode =
  | 'directory/stored-log'
  | 'directory/no-head'
  | 'directory/page'
  | 'directory/append-size'
  | 'directory/stray-card'
  | 'directory/demo-identities'
  | 'directory/prekey-id'
  | 'directory/prekey-count'
  | 'directory/prekey-rate';

/** What the database holds does not replay: somebody wrote around the program, and nothing of it is believed. */
export const storedLog = (index: number, cause?: unknown) =>
  new InternalError<DirectoryServerErrorCode>('directory/stored-log', 'the stored directory does not replay', {
    details: { index },
    cause,
  });
export const noHead = () =>
  new UnavailableError<DirectoryServerErrorCode>('directory/no-head', 'the directory has no signed head yet');
export const wrongPage = () =>
  new RefusedError<DirectoryServerErrorCode>('directory/page', 'not a page of the directory');
export const appendSize = (maxEntries: number) =>
  new RefusedError<DirectoryServerErrorCode>('directory/append-size', 'too few or too many entries or cards', {
    details: { maxEntries },
  });
export const strayCard = () =>
  new RefusedError<DirectoryServerErrorCode>('directory/stray-card', 'no certificate in reach names this card');
export const demoIdentities = () =>
  new RefusedError<DirectoryServerErrorCode>(
    'directory/demo-identities',
    'identities of a demonstration have no place outside the demo profile',
  );
export const prekeyIdTaken = () =>
  new RefusedError<DirectoryServerErrorCode>('directory/prekey-id', 'a newer or another prekey has this number');
export const prekeyCount = (maxPrekeys: number) =>
  new RefusedError<DirectoryServerErrorCode>('directory/prekey-count', 'too few or too many prekeys at once', {
    details: { maxPrekeys },
  });
export const prekeyRate = (retryAfterMs: number) =>
  new RefusedError<DirectoryServerErrorCode>('directory/prekey-rate', 'too many prekeys read; try again later', {
    details: { retryAfterMs },
    retryable: true,
  });
