import { auditorDuties } from './auditor-duties.js';
import { breakInDuties } from './break-in.js';
import { caseDuties } from './case-duties.js';
import { contentDuties } from './content-duties.js';
import { taskDuties } from './task-duties.js';

/** Everything that a role can be asked, by name; input and answer are plain JSON. */
export const duties = { ...caseDuties, ...contentDuties, ...auditorDuties, ...breakInDuties, ...taskDuties };

export type Duties = typeof duties;
export type DutyName = keyof Duties;
export type DutyInput<Name extends DutyName> = Parameters<Duties[Name]>[1];
export type DutyAnswer<Name extends DutyName> = Awaited<ReturnType<Duties[Name]>>;
