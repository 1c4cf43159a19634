/** After all tests: stops what setup started. */
export default async function teardown() {
  await globalThis.stopMariadb?.();
}
