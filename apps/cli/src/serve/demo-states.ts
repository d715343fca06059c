/** A fictitious state of the demonstration. */
export interface DemoStateName {
  /** A code of ISO 3166 that is free for private use. */
  readonly code: string;
  readonly name: string;
  readonly language: string;
}

/** The three states of the demonstration; by themselves, for what is needed before their people are. */
export const demoStateNames: readonly DemoStateName[] = [
  { code: 'XA', name: 'Aurelia', language: 'en' },
  { code: 'XB', name: 'Borealia', language: 'en' },
  { code: 'XC', name: 'Cassiteria', language: 'en' },
];

/** File of the working hours of the authorities of the demonstration, for findings. */
export const DEMO_CALENDARS = 'calendars.json';

/** Folder of the devices that browsers get, apart from those of the command line (ADR 0041). */
export const DEMO_BROWSER_DEVICES = 'browser';
