/** The code that the operating system gave, such as "ENOENT"; undefined for other errors. */
export function systemCode(error: unknown): string | undefined {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** Whether a file or process is not there. */
export function isMissing(error: unknown): boolean {
  return systemCode(error) === 'ENOENT';
}
