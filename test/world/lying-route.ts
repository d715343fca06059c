import { WebSocket } from 'ws';

/** The value of a root field, as it was told. */
export type Told = Readonly<Record<string, unknown>>;

/** The way to a server of which the answers to one question are lies. @param field root field of the question. */
export function lyingRoute(field: string, lie: (told: Told) => unknown) {
  const lying: typeof fetch = async (...request) => {
    const response = await fetch(...request);
    const text = await response.text();
    const { status } = response;
    const init = { status, headers: { 'content-type': response.headers.get('content-type') ?? '' } };
    const told = text.includes(`"${field}"`) ? (JSON.parse(text) as { data: Record<string, Told> }) : undefined;
    const truth = told?.data[field];
    const body = truth && JSON.stringify({ ...told, data: { [field]: await lie(truth) } });
    return new Response(body ?? text, init);
  };
  return { fetch: lying, webSocketImpl: WebSocket };
}
