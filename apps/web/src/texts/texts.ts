import type { en } from './en.js';

export type TextKey = keyof typeof en;

/** A catalogue: a key that is missing, or one too many, does not compile. */
export type Texts = Readonly<Record<TextKey, string>>;

/** Keys that go by a number, without their ending. */
export type CountedKey = TextKey extends infer Key ? (Key extends `${infer Stem}.other` ? Stem : never) : never;
