import { describe, expect, it } from '@jest/globals';
import { type TaskAction, taskActions, type TaskContent } from '@rogatory/protocol';
import { checkTaskContent } from './task-content-rules.js';

const nothing: TaskContent = { title: '', text: '', estimateMinutes: 0, steps: [], ticks: [], references: [] };
const described = { ...nothing, title: 'Search', steps: [{ number: 1, text: 'phones' }], estimateMinutes: 5 };
const ticked = { ...nothing, ticks: [{ number: 1, isDone: true }] };
const said = { ...nothing, text: 'why' };

describe('what a change of a task says under the seal', () => {
  const fitting: Readonly<Partial<Record<keyof typeof taskActions, readonly TaskContent[]>>> = {
    propose: [described],
    edit: [described],
    check: [ticked],
    decline: [said],
    block: [said],
    sendBack: [said],
    cancel: [said],
    comment: [
      said,
      { ...nothing, references: [{ objectId: '31'.repeat(16) as never, version: 1, itemHash: new Uint8Array(32) }] },
    ],
  };
  const samples = [
    nothing,
    described,
    ticked,
    said,
    { ...described, ...ticked, title: 'x' },
    { ...nothing, text: ' ' },
  ];

  it.each(Object.entries(taskActions))('%s has what belongs to it and nothing else', (name, action: TaskAction) => {
    const good = fitting[name as keyof typeof taskActions] ?? [nothing, said];
    for (const content of good) expect(() => checkTaskContent(action, content)).not.toThrow();
    const bad = samples.filter(
      (content) => !good.includes(content) && !(good.includes(nothing) && content.text === ' '),
    );
    for (const content of bad) {
      expect(() => checkTaskContent(action, content)).toThrow(expect.objectContaining({ code: 'task/content' }));
    }
  });
});
