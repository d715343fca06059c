/** Where the story is told. */
export interface Transcript {
  /** A new part of the story. */
  act(title: string): void;
  /** What happens; nothing is claimed by it. */
  say(text: string): void;
  /** Long work goes on; replaced by what comes next. */
  progress(text: string): void;
  /** A check mark, for what was verified and held. */
  held(text: string): void;
  /** Something that had to hold did not. */
  failed(text: string): void;
  /** How many checks held and failed so far. */
  readonly counts: { readonly held: number; readonly failed: number };
}

/** A transcript on a stream of lines; progress is drawn over on a terminal and thinned out elsewhere. */
export function writtenTranscript(write: (text: string) => void, terms: TranscriptTerms): Transcript {
  return new WrittenTranscript(write, terms);
}

export interface TranscriptTerms {
  readonly isTerminal: boolean;
  readonly nowMs: () => number;
}

const PROGRESS_EVERY_MS = 5_000;

class WrittenTranscript implements Transcript {
  readonly #write: (text: string) => void;
  readonly #terms: TranscriptTerms;
  readonly #startMs: number;
  #held = 0;
  #failed = 0;
  #toldMs = 0;
  #hasOpenLine = false;

  constructor(write: (text: string) => void, terms: TranscriptTerms) {
    this.#write = write;
    this.#terms = terms;
    this.#startMs = terms.nowMs();
  }

  get counts() {
    return { held: this.#held, failed: this.#failed };
  }

  act(title: string): void {
    this.#line('');
    this.#line(`[${seconds(this.#terms.nowMs() - this.#startMs).padStart(7)}] ${title}`);
  }

  say(text: string): void {
    this.#line(`            ${text}`);
  }

  progress(text: string): void {
    const nowMs = this.#terms.nowMs();
    if (this.#terms.isTerminal) {
      this.#write(`\r\u001b[2K            ${text}`);
      this.#hasOpenLine = true;
    } else if (nowMs - this.#toldMs >= PROGRESS_EVERY_MS) {
      this.#toldMs = nowMs;
      this.#line(`            … ${text}`);
    }
  }

  held(text: string): void {
    this.#held++;
    this.#line(`          ✓ ${text}`);
  }

  failed(text: string): void {
    this.#failed++;
    this.#line(`          ✗ ${text}`);
  }

  #line(text: string): void {
    this.#write(`${this.#hasOpenLine ? '\r\u001b[2K' : ''}${text}\n`);
    this.#hasOpenLine = false;
  }
}

/** "1.2 s" */
export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** "16.0 KiB", "256.0 MiB"; whole bytes below a KiB. */
export function bytesText(bytes: number): string {
  const units = ['KiB', 'MiB', 'GiB', 'TiB'];
  if (bytes < 1024) return `${bytes} bytes`;
  const power = Math.min(units.length, Math.floor(Math.log2(bytes) / 10));
  return `${(bytes / 1024 ** power).toFixed(1)} ${units[power - 1]}`;
}

/** "123 MiB/s" of bytes in a time. */
export function rateText(bytes: number, ms: number): string {
  return `${Math.round(bytes / 1024 / 1024 / (Math.max(ms, 1) / 1000))} MiB/s`;
}

/** "a of b, 42 %" */
export function progressText(doneBytes: number, totalBytes: number): string {
  const percent = totalBytes === 0 ? 100 : Math.floor((100 * doneBytes) / totalBytes);
  return `${bytesText(doneBytes)} of ${bytesText(totalBytes)}, ${percent} %`;
}

/** A step of the demo that did not hold; the story ends there. */
export class StepFailed extends Error {}

/** Marks what was verified; ends the demo when it does not hold. @throws StepFailed */
export function check(transcript: Transcript, holds: boolean, claim: string): void {
  if (!holds) {
    transcript.failed(claim);
    throw new StepFailed(claim);
  }
  transcript.held(claim);
}
