/** Ends what the start of the test run started. */
export default async function stop() {
  await globalThis.rogatoryTestPostgres?.stop();
}
