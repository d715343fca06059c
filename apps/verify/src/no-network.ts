/** What Node gives every program to reach the network with; no module of the bundle imports another way. */
export const waysToTheNetwork = ['fetch', 'WebSocket', 'EventSource', 'XMLHttpRequest', 'Request'] as const;

for (const way of waysToTheNetwork) {
  Object.defineProperty(globalThis, way, { value: undefined, configurable: false, writable: false });
}
