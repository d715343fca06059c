type Answer = Readonly<Record<string, unknown>>;

/** The way to a server of which the answers to one question are kept, and given again later in place of the true ones. */
export class AnswerTape {
  readonly #field: string;
  readonly #kept = new Map<string, Answer>();
  #isKeeping = false;
  #change: ((answer: Answer) => Answer) | undefined;

  /** @param field root field of the question. */
  constructor(field: string) {
    this.#field = field;
  }

  /** Keeps what is answered from now on. */
  record(): void {
    this.#isKeeping = true;
  }

  /** Shows what the server says. */
  pass(): void {
    this.#isKeeping = false;
    this.#change = undefined;
  }

  /** Gives, for the same subject, what was kept, brought into the form that fits now. */
  replay(change: (answer: Answer) => Answer): void {
    this.#change = change;
  }

  readonly fetch: typeof fetch = async (...request) => {
    const response = await fetch(...request);
    const text = await response.text();
    const init = {
      status: response.status,
      headers: { 'content-type': response.headers.get('content-type') ?? '' },
    };
    return new Response(
      text.includes(`"${this.#field}"`) ? this.#taped(text, subjectOf(request[1]?.body)) : text,
      init,
    );
  };

  #taped(text: string, subject: string): string {
    const told = JSON.parse(text) as { readonly data?: Record<string, Answer | null> | null };
    const answer = told.data?.[this.#field];
    if (answer === null || answer === undefined) return text;
    if (this.#isKeeping) this.#kept.set(subject, answer);
    const kept = this.#kept.get(subject);
    if (this.#change === undefined || kept === undefined) return text;
    return JSON.stringify({ ...told, data: { ...told.data, [this.#field]: this.#change(kept) } });
  }
}

function subjectOf(body: unknown): string {
  if (typeof body !== 'string') return '';
  const { variables } = JSON.parse(body) as { readonly variables?: Answer };
  return `${String(variables?.['counted'])} ${String(variables?.['id'])}`;
}
