import { CodecError, limits, parseUtf8 } from '@rogatory/kernel';
import { ByteReader, ByteWriter } from './codec.js';
import { type DocumentReference, readReferences, writeReferences } from './contents.js';

/** One line of a task's checklist. The number stays the line's own when others come and go. */
export interface TaskStep {
  readonly number: number;
  readonly text: string;
}

export interface TaskTick {
  /** Of the step. */
  readonly number: number;
  readonly isDone: boolean;
}

/** The opened content of one change of a task; which parts are filled follows from the action (docs/spec/tasks.md 4). */
export interface TaskContent {
  readonly title: string;
  /** Description, reason or comment. */
  readonly text: string;
  /** How long the work is thought to take; 0 when nobody said. */
  readonly estimateMinutes: number;
  /** In strictly ascending numbers. */
  readonly steps: readonly TaskStep[];
  /** In strictly ascending numbers. */
  readonly ticks: readonly TaskTick[];
  /** Documents of the case. */
  readonly references: readonly DocumentReference[];
}

const MAX_TITLE_BYTES = 4 * limits.maxNameCharacters;

/** @throws CodecError for what the decoder would refuse. */
export function encodeTaskContent(content: TaskContent): Uint8Array {
  checkOrder(content);
  const writer = new ByteWriter().text16(content.title).text32(content.text).u32(content.estimateMinutes);
  writer.u8(content.steps.length);
  for (const { number, text } of content.steps) writer.u16(number).text16(text);
  writer.u8(content.ticks.length);
  for (const { number, isDone } of content.ticks) writer.u16(number).u8(isDone ? 1 : 0);
  writeReferences(writer, content.references);
  return writer.finish();
}

/** @throws CodecError. */
export function decodeTaskContent(bytes: Uint8Array): TaskContent {
  const reader = new ByteReader(bytes, limits.maxItemBytes);
  const title = reader.text16(MAX_TITLE_BYTES);
  const text = parseUtf8(reader.bytes32(limits.maxItemBytes));
  const estimateMinutes = reader.u32();
  const steps = Array.from({ length: countOf(reader) }, () => {
    return { number: reader.u16(), text: reader.text16(limits.maxTaskStepBytes) };
  });
  const ticks = Array.from({ length: countOf(reader) }, () => {
    return { number: reader.u16(), isDone: reader.oneOf(reader.u8(), [0, 1]) === 1 };
  });
  const content: TaskContent = { title, text, estimateMinutes, steps, ticks, references: readReferences(reader) };
  reader.end();
  checkOrder(content);
  return content;
}

function countOf(reader: ByteReader): number {
  const count = reader.u8();
  if (count > limits.maxTaskSteps) throw new CodecError('codec/range', 'too many lines of a checklist');
  return count;
}

function checkOrder({ steps, ticks }: TaskContent): void {
  for (const lines of [steps, ticks]) {
    const isAscending = lines.every(({ number }, i) => i === 0 || (lines[i - 1]?.number ?? 0) < number);
    const isWithin = lines.length <= limits.maxTaskSteps;
    if (!isAscending || !isWithin) throw new CodecError('codec/order', 'not in ascending order, or too many');
  }
}
