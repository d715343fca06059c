import { CodecError, concatBytes, limits } from '@rogatory/kernel';

const LINE_FEED = 0x0a;

/**
 * The lines of a stream without their line feeds; a last line that lacks one is not given: it was cut off.
 * @throws CodecError `evidence/export-line` for a line of more than `limits.maxExportLineBytes`; what the source throws.
 */
export async function* splitLines(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  let waiting: Uint8Array[] = [];
  let held = 0;
  for await (const chunk of chunks) {
    let from = 0;
    for (let at = chunk.indexOf(LINE_FEED); at >= 0; at = chunk.indexOf(LINE_FEED, from)) {
      const piece = chunk.subarray(from, at);
      if (held + piece.length > limits.maxExportLineBytes) throw tooLong();
      yield held === 0 ? piece : concatBytes(...waiting, piece);
      waiting = [];
      held = 0;
      from = at + 1;
    }
    if (from === chunk.length) continue;
    held += chunk.length - from;
    if (held > limits.maxExportLineBytes) throw tooLong();
    // A source may use its buffer again.
    waiting.push(chunk.slice(from));
  }
}

function tooLong(): CodecError {
  return new CodecError('evidence/export-line', 'a line of an export is too long');
}
